import SesameJSON
import SesameSecrets
import SesameSystem

/// What somebody asked the broker for.
package enum AuditAction: String, Sendable, CaseIterable {
    case token, headers, request, renewal, login, logout, setup, unlock, lock, key, backup, restore
    /// A login of another program was looked at, or taken over.
    case `import`
    /// A credential for a destination, as a credential helper asks for it.
    case credential
    /// A token that a destination has refused.
    case rejection
    /// A token is given to a service that gives keys of its own for it.
    case exchange
    /// Restored logins are used from now on.
    case confirmation
    /// A token was put in a file.
    case file
    /// Somebody was turned away before it was looked at what was asked.
    case refused
    /// The trail speaks of itself; see ``AuditNote``.
    case trail
}

/// Who asked: what the kernel says of a process that connected, and what was made of it.
package struct AuditCaller: Sendable, Hashable {
    package var uid: UInt32
    /// `nil` where the kernel tells the user alone, as on TCP.
    package var gid: UInt32?
    /// `nil` in a record that stands for several requests.
    package var pid: Int32?
    /// The program's file, where it is known.
    package var executable: String?
    /// The systemd unit that it runs in, where it is known.
    package var unit: String?
    /// The rule of the policy that decided, where there is one.
    package var rule: String?

    package init(uid: UInt32, gid: UInt32?, pid: Int32?) {
        self.uid = uid
        self.gid = gid
        self.pid = pid
    }
}

/// One thing that the broker did or refused, for the trail: never with a token, a query or a fragment.
package struct AuditEvent: Sendable, Hashable {
    package var action: AuditAction
    /// `granted`, or the code of the problem.
    package var outcome = AuditEvent.granted
    package var profile: String?
    package var caller: AuditCaller?
    /// Scheme, host, port and path that the credential was for; or the file that it is in.
    package var destination: String?
    package var method: String?
    package var scope: String?
    /// By which the token can be recognised; see ``FingerprintKey``.
    package var fingerprint: String?

    package init(_ action: AuditAction) {
        self.action = action
    }

    /// The outcome of what was done.
    package static let granted = "granted"

    /// What repeats of the same have in common: all but the process.
    var purpose: AuditEvent {
        var copy = self
        copy.caller?.pid = nil
        return copy
    }

    /// The members of its record.
    ///
    /// What comes from outside is cut and loses what could fool a terminal: people read the file with
    /// tools of their own.
    var members: [(String, JSONValue)] {
        var members: [(String, JSONValue)] = [
            ("action", .string(action.rawValue)), ("outcome", .string(outcome)),
        ]
        let add = { (name: String, text: String?, limit: Int) in
            if let text { members.append((name, .string(text.sanitised(limit: limit)))) }
        }
        add("profile", profile, 64)
        if let caller { members.append(("caller", caller.json)) }
        add("destination", destination, 512)
        add("method", method, 32)
        add("scope", scope, 256)
        add("fingerprint", fingerprint, 64)
        return members
    }
}

extension AuditCaller {
    fileprivate var json: JSONValue {
        var members: [(String, JSONValue)] = [("uid", .integer(Int64(uid)))]
        if let gid { members.append(("gid", .integer(Int64(gid)))) }
        if let pid { members.append(("pid", .integer(Int64(pid)))) }
        for (name, text) in [("executable", executable), ("unit", unit), ("rule", rule)] {
            if let text { members.append((name, .string(text.sanitised(limit: 256)))) }
        }
        return .object(members)
    }
}
