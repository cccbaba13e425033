import Glibc
import SesameAudit
import SesameBroker
import SesameBrokerAPI
import SesameHTTP
import SesameHTTPServer
import SesameSecrets
import SesameSystem

/// What one call hands out, as its operation notes it: recorded before the answer leaves.
final class AuditSlip: Sendable {
    private struct State {
        var event: AuditEvent?
        var hasBegun = false
        var isRecorded = false
    }

    private let trail: AuditTrail?
    private let state: Locked<State>

    init(of peer: Peer, _ trail: AuditTrail?) {
        self.trail = trail
        var event = AuditEvent(.refused)
        event.caller = AuditCaller(peer)
        state = Locked(State(event: event))
    }

    /// Names what was asked for; what tells nobody anything and changes nothing leaves no record.
    func begin(_ route: Route, _ call: Call) {
        let profile: String? = if case .profile = route.need { call.name } else { nil }
        begin(route.action, of: profile)
    }

    /// Names what is asked for; without an action there will be no record.
    func begin(_ action: AuditAction?, of profile: String?) {
        state.withLock { state in
            state.hasBegun = true
            guard let action else { return state.event = nil }
            state.event?.action = action
            state.event?.profile = profile
        }
    }

    /// Adds what is known of the caller's process.
    func note(process: PeerProcess?) {
        guard let process else { return }
        note { event in
            event.caller?.executable = process.executable
            event.caller?.unit = process.userUnit ?? process.unit
        }
    }

    /// Adds what only the operation knows.
    func note(_ change: (inout AuditEvent) -> Void) {
        state.withLock { state in
            // In its place: a copy of all its texts would cost more than the change.
            state.event?.apply(change)
        }
    }

    /// Says that there is more to come.
    func note(outcome: String) { note { $0.outcome = outcome } }

    /// Adds where a credential is wanted for.
    ///
    /// Of what is no URL nothing is kept: it may hold anything, a password among it.
    func note(method: String? = nil, url text: String) {
        note { event in
            event.method = method
            event.destination = HTTPURL(text).map { destination($0) }
            if text.hasPrefix("/"), !text.hasPrefix("//") {
                event.destination = String(text.prefix { $0 != "?" && $0 != "#" })
            }
        }
    }

    /// Adds what is wanted of which URL.
    func note(method: String, _ url: HTTPURL) {
        note { event in
            event.method = method
            event.destination = destination(url)
        }
    }

    /// Adds a token, by its fingerprint.
    func note(token: Secret, scope: String?) {
        let fingerprint = trail?.fingerprint(of: token)
        note { event in
            event.fingerprint = fingerprint
            event.scope = scope
        }
    }

    /// Adds where signed fields go, and the token in them.
    func note(_ url: HTTPURL, _ fields: HTTPFields) {
        note { $0.destination = destination(url) }
        note(fields)
    }

    /// Adds the token in signed fields.
    func note(_ fields: HTTPFields) {
        for case .secret(let value) in fields.all.map(\.value) {
            if let token = token(in: value) { note(token: token, scope: nil) }
        }
    }

    /// Records that it was done.
    /// - Throws: `audit_unwritable` where it must be recorded and cannot be.
    func record() async throws(Problem) {
        let event = state.withLock { $0.isRecorded ? nil : $0.event }
        try await recordNow(event)
    }

    /// Records what is about to leave, which may happen twice in one call.
    func recordSending(_ request: HTTPRequest) async throws(BrokerError) {
        note(request.url, request.fields)
        do throws(Problem) {
            try await recordNow(state.withLock { $0.event })
        } catch {
            throw BrokerError(.auditUnwritable, error.detail, hints: error.hints)
        }
    }

    /// Records that it was refused, or did not work.
    ///
    /// A profile that there is not is not named: whoever is refused could fill the trail with names.
    func record(_ problem: Problem, isKnown: @Sendable (String) -> Bool) async {
        let event = state.withLock { state -> AuditEvent? in
            guard !state.isRecorded, state.hasBegun || problem.isRefusal else { return nil }
            guard problem.isRefusal || trail?.hasBegun == true else { return nil }
            state.event?.outcome = problem.code.rawValue
            if let profile = state.event?.profile, !isKnown(profile) { state.event?.profile = nil }
            return state.event
        }
        try? await recordNow(event)
    }

    private func recordNow(_ event: AuditEvent?) async throws(Problem) {
        guard let trail, let event else { return }
        state.withLock { $0.isRecorded = true }
        do throws(AuditError) { try await trail.record(event) } catch {
            throw Problem(
                .auditUnwritable,
                "nothing is handed out that cannot be recorded: \(error.description.sanitised())")
        }
    }
}

extension Problem {
    /// Whether somebody was kept from something, by policy.
    fileprivate var isRefusal: Bool {
        [.callerRefused, .destinationRefused, .rateLimited].contains(code)
    }
}

/// Without user, query and fragment, of which the first does not exist.
private func destination(_ url: HTTPURL) -> String {
    "\(url.scheme.rawValue)://\(url.host):\(url.port)\(url.path)"
}

/// The token in an `Authorization` field; `nil` for a password, which has no fingerprint: people choose
/// passwords that can be guessed.
private func token(in value: Secret) -> Secret? {
    value.withBytes { bytes in
        for scheme in tokenSchemes where bytes.count > scheme.count {
            guard constantTimeEqual(bytes.extracting(0..<scheme.count), scheme.span) else {
                continue
            }
            return Secret(copying: bytes.extracting(scheme.count..<bytes.count))
        }
        return nil
    }
}

private let tokenSchemes = ["Bearer ", "DPoP "].map { Array($0.utf8) }

extension AuditEvent {
    fileprivate mutating func apply(_ change: (inout AuditEvent) -> Void) { change(&self) }
}

extension AuditCaller {
    /// What the kernel says of a peer; `nil` on TCP, unless it was asked.
    init?(_ peer: Peer) {
        switch peer {
        case .process(let pid, let uid, let gid): self.init(uid: uid, gid: gid, pid: pid)
        case .parent: self.init(uid: geteuid(), gid: getegid(), pid: getppid())
        case .user(let uid): self.init(uid: uid, gid: nil, pid: nil)
        case .loopback: return nil
        }
    }
}

extension AuditAction {
    /// What a route does; `nil` where it only looks.
    init?(route: String) {
        let actions: [String: AuditAction] = Self.routes
        guard let action = actions[route] else { return nil }
        self = action
    }

    private static let routes: [String: AuditAction] = [
        "PUT /v1/profiles/{}": .setup,
        "DELETE /v1/profiles/{}/registration": .logout,
        "GET /v1/credential": .credential,
        "POST /v1/credential/rejection": .rejection,
        "GET /v1/profiles/{}/token": .token,
        "GET /v1/profiles/{}/headers": .headers,
        "any /auth": .headers,
        "any /auth/{}": .headers,
        "any /auth/{}/{…}": .headers,
        "POST /v1/profiles/{}/requests": .request,
        "POST /v1/profiles/{}/web-identity": .exchange,
        "POST /v1/profiles/{}/login": .login,
        "DELETE /v1/profiles/{}/grant": .logout,
        "POST /v1/imports": .import,
        "POST /v1/store/key": .key,
        "POST /v1/store/rotation": .key,
        "POST /v1/store/anchor": .key,
        "POST /v1/store/unlock": .unlock,
        "POST /v1/store/lock": .lock,
        "POST /v1/store/backup": .backup,
        "POST /v1/store/restore": .restore,
        "POST /v1/store/confirmation": .confirmation,
    ]
}
