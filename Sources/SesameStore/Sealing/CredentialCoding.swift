import SesameJSON
import SesameSecrets
import SesameSystem

/// What is kept in a record: JSON, in bytes that are wiped.
protocol RecordContents: Sendable {
    static var kind: RecordKind { get }
    var json: JSONValue { get }
    init?(_ json: JSON)
}

extension RecordContents {
    /// The bytes to seal: only what can be read again.
    func encoded() throws(StoreError) -> Secret {
        let contents = json.encoded()
        guard Self(decoding: contents) != nil else {
            throw StoreError(
                .internal,
                "the \(Self.kind.rawValue) record holds something that is not text, or too much")
        }
        return contents
    }

    init?(decoding contents: Secret) {
        var limits = JSON.Limits()
        limits.bytes = 8 << 20
        guard let json = try? JSON(parsing: contents, limits: limits) else { return nil }
        self.init(json)
    }
}

extension Credential: RecordContents {
    static var kind: RecordKind { .credential }

    var json: JSONValue {
        .object(
            [
                ("access_token", optional(accessToken)), ("token_type", .string(tokenType)),
                ("scope", .optional(scope)), ("access_expires_at", optional(accessExpiresAt)),
                ("access_received_at", .integer(accessReceivedAt.seconds)),
                ("refresh_token", optional(refreshToken)),
                ("login_expires_at", optional(loginExpiresAt)),
                ("logged_in_at", .integer(loggedInAt.seconds)), ("renewed_at", optional(renewedAt)),
                ("token_endpoint", .string(tokenEndpoint)), ("client_id", .string(clientID)),
                ("issuer", .optional(issuer)),
                ("ended", ended?.json ?? .null), ("restored_from", .optional(restoredFrom)),
            ] + laterMembers)
    }

    /// What earlier versions did not know: written only where there is something to say.
    private var laterMembers: [(String, JSONValue)] {
        var members: [(String, JSONValue)] = []
        if isLoginExpiryPreset { members.append(("login_expiry_preset", .bool(true))) }
        if !pastLogins.isEmpty { members.append(("past_logins", .array(pastLogins.map(\.json)))) }
        if let identity { members.append(("identity", identity.json)) }
        if let authorizationDetails {
            members.append(("authorization_details", .string(authorizationDetails)))
        }
        if let resources {
            members.append(("resources", .array(resources.map(JSONValue.string))))
        }
        if let grantIdentity { members.append(("grant_identity", .string(grantIdentity))) }
        if let dpopKey { members.append(("dpop_key", .secret(dpopKey))) }
        return members
    }

    init?(_ json: JSON) {
        guard let tokenType = json["token_type"]?.string,
            let endpoint = json["token_endpoint"]?.string,
            let clientID = json["client_id"]?.string,
            let received = time(json, "access_received_at"),
            let loggedIn = time(json, "logged_in_at")
        else { return nil }
        self.init(
            accessToken: json["access_token"]?.secret, tokenType: tokenType,
            scope: json["scope"]?.string, accessExpiresAt: time(json, "access_expires_at"),
            accessReceivedAt: received, refreshToken: json["refresh_token"]?.secret,
            loginExpiresAt: time(json, "login_expires_at"), loggedInAt: loggedIn,
            renewedAt: time(json, "renewed_at"), tokenEndpoint: endpoint, clientID: clientID,
            issuer: json["issuer"]?.string)
        restoredFrom = json["restored_from"]?.string
        grantIdentity = json["grant_identity"]?.string
        dpopKey = json["dpop_key"]?.secret
        isLoginExpiryPreset = json["login_expiry_preset"]?.bool ?? false
        if let identity = json["identity"] {
            guard let identity = Identity(identity) else { return nil }
            self.identity = identity
        }
        authorizationDetails = json["authorization_details"]?.string
        resources = json["resources"]?.elements?.compactMap(\.string)
        for past in json["past_logins"]?.elements ?? [] {
            guard let login = PastLogin(past) else { return nil }
            pastLogins.append(login)
        }
        if let ended = json["ended"] {
            guard let ending = Ending(ended) else { return nil }
            self.ended = ending
        }
    }
}

extension Credential.Identity {
    fileprivate var json: JSONValue {
        .object([
            ("iss", .string(issuer)), ("sub", .string(subject)),
            ("aud", .array(audience.map(JSONValue.string))), ("azp", .optional(authorizedParty)),
            ("auth_time", optional(authenticatedAt)),
        ])
    }

    fileprivate init?(_ json: JSON) {
        guard let issuer = json["iss"]?.string, let subject = json["sub"]?.string,
            let audience = json["aud"]?.elements?.compactMap(\.string)
        else { return nil }
        self.init(
            issuer: issuer, subject: subject, audience: audience,
            authorizedParty: json["azp"]?.string, authenticatedAt: time(json, "auth_time"))
    }
}

extension Credential.Ending {
    fileprivate var json: JSONValue {
        .object(
            [
                ("reason", .string(reason)), ("server_code", .optional(serverCode)),
                ("at", .integer(at.seconds)),
            ] + (answerWasLost ? [("answer_lost", .bool(true))] : []))
    }

    fileprivate init?(_ json: JSON) {
        guard let reason = json["reason"]?.string, let at = time(json, "at") else { return nil }
        self.init(
            reason: reason, serverCode: json["server_code"]?.string, at: at,
            answerWasLost: json["answer_lost"]?.bool ?? false)
    }
}

extension PastLogin {
    fileprivate var json: JSONValue {
        .object([
            ("logged_in_at", .integer(loggedInAt.seconds)),
            ("alive_at", .integer(aliveAt.seconds)), ("ended_at", .integer(endedAt.seconds)),
        ])
    }

    fileprivate init?(_ json: JSON) {
        guard let loggedIn = time(json, "logged_in_at"), let alive = time(json, "alive_at"),
            let ended = time(json, "ended_at")
        else { return nil }
        self.init(loggedInAt: loggedIn, aliveAt: alive, endedAt: ended)
    }
}

extension ClientSecrets: RecordContents {
    static var kind: RecordKind { .secrets }

    var json: JSONValue {
        let owners = [
            ("client_secret_for", clientSecretFor), ("password_for", passwordFor),
            ("client_key_for", clientKeyFor),
        ]
        var members: [(String, JSONValue)] = [
            ("client_secret", optional(clientSecret)), ("username", optional(username)),
            ("password", optional(password)),
        ]
        members += owners.compactMap { name, owner in owner.map { (name, .string($0)) } }
        if let clientSecretExpiresAt {
            members.append(("client_secret_expires_at", optional(clientSecretExpiresAt)))
        }
        if !laterClientSecrets.isEmpty {
            members.append(("later_client_secrets", .array(laterClientSecrets.map(\.json))))
        }
        if let registration { members.append(("registration", registration.json)) }
        return .object(members)
    }

    init?(_ json: JSON) {
        guard json.isObject else { return nil }
        self.init(
            clientSecret: json["client_secret"]?.secret, username: json["username"]?.secret,
            password: json["password"]?.secret)
        clientSecretFor = json["client_secret_for"]?.string
        passwordFor = json["password_for"]?.string
        clientKeyFor = json["client_key_for"]?.string
        clientSecretExpiresAt = time(json, "client_secret_expires_at")
        for later in json["later_client_secrets"]?.elements ?? [] {
            guard let secret = DatedSecret(later) else { return nil }
            laterClientSecrets.append(secret)
        }
        if let registration = json["registration"] {
            guard let registration = Registration(registration) else { return nil }
            self.registration = registration
        }
    }
}

extension DatedSecret {
    fileprivate var json: JSONValue {
        .object([("secret", .secret(secret)), ("expires_at", optional(expiresAt))])
    }

    fileprivate init?(_ json: JSON) {
        guard let secret = json["secret"]?.secret else { return nil }
        self.init(secret, expiresAt: time(json, "expires_at"))
    }
}

extension ClientSecrets.Registration {
    fileprivate var json: JSONValue {
        .object([
            ("client_id", .string(clientID)), ("access_token", optional(accessToken)),
            ("management_uri", .optional(managementURI)),
        ])
    }

    fileprivate init?(_ json: JSON) {
        guard let clientID = json["client_id"]?.string else { return nil }
        self.init(clientID: clientID)
        accessToken = json["access_token"]?.secret
        managementURI = json["management_uri"]?.string
    }
}

extension Outcome: RecordContents {
    static var kind: RecordKind { .outcome }

    var json: JSONValue {
        .object([
            ("at", .integer(at.seconds)), ("code", .string(code)), ("message", .string(message)),
        ])
    }

    init?(_ json: JSON) {
        guard let at = time(json, "at"), let code = json["code"]?.string,
            let message = json["message"]?.string
        else { return nil }
        self.init(at: at, code: code, message: message)
    }
}

private func optional(_ secret: Secret?) -> JSONValue { secret.map(JSONValue.secret) ?? .null }

private func optional(_ time: Timestamp?) -> JSONValue { .optional(time?.seconds) }

private func time(_ json: JSON, _ name: String) -> Timestamp? {
    json[name]?.integer.map(Timestamp.init(seconds:))
}
