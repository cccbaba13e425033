public import SesameJSON
public import SesameSecrets
public import SesameSystem

/// Begins a login: `POST /v1/profiles/{p}/login`.
public struct LoginStartMessage: Sendable, Hashable {
    /// How the person's answer comes back.
    public enum Mode: String, Sendable {
        /// To a port on this machine.
        case browser
        /// By hand: the person pastes the address the browser ended at. No port is opened.
        case paste
        /// At the server: the person enters a code there, on any device (RFC 8628).
        case device
        /// As `device` where the server offers that, else as `browser`.
        ///
        /// For a person whose browser is most likely on another machine.
        case elsewhere
    }

    /// How the person's answer comes back.
    public var mode: Mode
    /// How long the person has, in seconds.
    public var timeout: Int64

    /// Makes a message.
    public init(mode: Mode = .browser, timeout: Int64 = 300) {
        self.mode = mode
        self.timeout = timeout
    }

    /// Reads a message; what is missing has its usual value.
    public init(json: JSON) throws(MalformedMessage) {
        self.init(
            mode: json["mode"] == nil ? .browser : try json.choice("mode", Mode.self),
            timeout: try json.optionalNumber("timeout") ?? 300)
        guard (1...3600).contains(timeout) else {
            throw MalformedMessage("timeout: not 1 to 3600 seconds")
        }
    }

    /// The message as JSON.
    public var json: JSONValue {
        .object([("mode", .string(mode.rawValue)), ("timeout", .integer(timeout))])
    }
}

/// How a login stands: the answer to its begin, to `GET /v1/logins/{id}` and to a pasted address.
public struct LoginMessage: Sendable, Hashable {
    /// How far it is.
    public enum State: String, Sendable {
        /// The person is still at it.
        case pending
        /// A credential was stored.
        case done
        /// It ended without one; ``LoginMessage/error`` says why.
        case failed
    }

    /// The login's name for further requests; `nil` for grants that need no person.
    public var id: String?
    /// The profile's name.
    public var profile: String
    /// How far it is.
    public var state: State
    /// Where the person's browser must go; only in the answer to the begin.
    public var authorizationURL: String?
    /// Where the browser will be sent back to; only in the answer to the begin.
    public var redirectURI: String?
    /// What the person enters, or compares, at ``verificationURI``; only in the answer to the begin of a
    /// login by device code.
    public var userCode: String?
    /// Where the person enters it, with any browser.
    public var verificationURI: String?
    /// The same address with the code in it, where the server has one.
    ///
    /// Show the code beside it: it is how people notice that they would agree to somebody else's login.
    public var verificationURIComplete: String?
    /// The scope that was granted, once done and where the server says.
    public var scope: String?
    /// While pending: when the login is given up.
    ///
    /// Once done: until when the access token is valid.
    public var expiresAt: Timestamp?
    /// What the person should know of a login that is done, where there is something.
    public var note: String?
    /// Why it failed.
    public var error: Problem?

    /// Makes a message.
    public init(id: String?, profile: String, state: State) {
        self.id = id
        self.profile = profile
        self.state = state
    }

    /// Reads a message.
    public init(json: JSON) throws(MalformedMessage) {
        self.init(
            id: try json.optionalText("id"), profile: try json.text("profile"),
            state: try json.choice("state", State.self))
        authorizationURL = try json.optionalText("authorization_url")
        redirectURI = try json.optionalText("redirect_uri")
        userCode = try json.optionalText("user_code")
        verificationURI = try json.optionalText("verification_uri")
        verificationURIComplete = try json.optionalText("verification_uri_complete")
        scope = try json.optionalText("scope")
        expiresAt = try json.time("expires_at")
        note = try json.optionalText("note")
        if let error = json["error"] { self.error = try Problem(json: error) }
    }

    /// The message as JSON; what a person needs only where it is known.
    public var json: JSONValue {
        var members: [(String, JSONValue)] = [
            ("id", .optional(id)), ("profile", .string(profile)),
            ("state", .string(state.rawValue)),
        ]
        let needed = [
            ("authorization_url", authorizationURL), ("redirect_uri", redirectURI),
            ("user_code", userCode), ("verification_uri", verificationURI),
            ("verification_uri_complete", verificationURIComplete),
        ]
        members += needed.compactMap { name, text in text.map { (name, .string($0)) } }
        if let note { members.append(("note", .string(note))) }
        members += [
            ("scope", .optional(scope)), ("expires_at", .optional(expiresAt)),
            ("error", error?.json ?? .null),
        ]
        return .object(members)
    }
}

/// The address a browser ended at, by hand: `POST /v1/logins/{id}/callback`.
///
/// It holds a code.
public struct CallbackMessage: Sendable {
    /// The whole address.
    public var url: Secret

    /// Makes a message.
    public init(url: Secret) {
        self.url = url
    }

    /// Reads a message.
    public init(json: JSON) throws(MalformedMessage) {
        url = try json.secret("url")
    }

    /// The message as JSON.
    public var json: JSONValue { .object([("url", .secret(url))]) }
}

/// What logging out did: `DELETE /v1/profiles/{p}/grant`.
public struct LogoutMessage: Sendable, Hashable {
    /// The profile's name.
    public var profile: String
    /// Whether the server revoked the grant.
    public var revoked: Bool
    /// Whether something stored here was deleted.
    public var forgotten: Bool
    /// What the person should know, such as that this server has no revocation.
    public var note: String?

    /// Makes a message.
    public init(profile: String, revoked: Bool, forgotten: Bool, note: String? = nil) {
        self.profile = profile
        self.revoked = revoked
        self.forgotten = forgotten
        self.note = note
    }

    /// Reads a message.
    public init(json: JSON) throws(MalformedMessage) {
        self.init(
            profile: try json.text("profile"), revoked: try json.flag("revoked"),
            forgotten: try json.flag("forgotten"), note: try json.optionalText("note"))
    }

    /// The message as JSON.
    public var json: JSONValue {
        .object([
            ("profile", .string(profile)), ("revoked", .bool(revoked)),
            ("forgotten", .bool(forgotten)),
            ("note", .optional(note)),
        ])
    }
}
