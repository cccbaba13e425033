package import SesameSecrets
package import SesameSystem

/// What one login gave, and what has become of it.
package struct Credential: Sendable {
    /// The access token that is held, if any.
    package var accessToken: Secret?
    /// Its type, as the server spelled it.
    package var tokenType: String
    /// What it may do, where the server said so.
    package var scope: String?
    /// When it ends, where the server said so.
    package var accessExpiresAt: Timestamp?
    /// When it was received, by our clock.
    package var accessReceivedAt: Timestamp
    /// What renews it.
    package var refreshToken: Secret?
    /// When the login itself ends, where the server said so, or its kind is known.
    package var loginExpiresAt: Timestamp?
    /// Whether that is what is known of such servers, and not this one's own word.
    package var isLoginExpiryPreset = false
    /// When a person, or the client itself, logged in.
    package var loggedInAt: Timestamp
    /// When it was last renewed.
    package var renewedAt: Timestamp?
    /// When it was last seen to work.
    package var aliveAt: Timestamp { renewedAt ?? loggedInAt }
    /// Where the refresh token belongs: it is never sent elsewhere.
    package var tokenEndpoint: String
    /// Whom the refresh token belongs to.
    package var clientID: String
    /// The issuer that the profile named when it was given.
    package var issuer: String?
    /// What was granted in detail, as JSON (RFC 9396, section 7), where the server said so.
    package var authorizationDetails: String?
    /// Which resources the access token was asked for (RFC 8707); `nil` where nobody knows, as of an earlier version.
    package var resources: [String]?
    /// Set when only a new login helps.
    package var ended: Ending?
    /// Which backup it came from, in words, as long as nobody has said that the host which made the
    /// backup has stopped using the login.
    ///
    /// Until then the refresh token is not used: two hosts that renew one single-use token end the
    /// login for both.
    package var restoredFrom: String?
    /// For whom it was asked, by a grant without a person; `nil` for every other.
    package var grantIdentity: String?
    /// The private key that its tokens are bound to, as a JWK (RFC 9449); `nil` for bearer tokens.
    package var dpopKey: Secret?
    /// Who has logged in, where an ID token said so.
    package var identity: Identity?
    /// How earlier logins of the profile went, the newest last.
    package var pastLogins: [PastLogin] = []

    /// What is kept of an ID token: whom it is about, and for whom (OpenID Connect Core 1.0, section 12.2).
    package struct Identity: Sendable, Equatable {
        /// Who says so (`iss`).
        package var issuer: String
        /// The person's name there (`sub`).
        package var subject: String
        /// For whom it was said (`aud`).
        package var audience: [String]
        /// The client that it was given to (`azp`), where it says so.
        package var authorizedParty: String?
        /// When the person proved who they are (`auth_time`), where it says so.
        package var authenticatedAt: Timestamp?

        package init(
            issuer: String, subject: String, audience: [String], authorizedParty: String? = nil,
            authenticatedAt: Timestamp? = nil
        ) {
            self.issuer = issuer
            self.subject = subject
            self.audience = audience
            self.authorizedParty = authorizedParty
            self.authenticatedAt = authenticatedAt
        }
    }

    /// Why a login is over.
    package struct Ending: Sendable, Equatable {
        /// Words for a person.
        package var reason: String
        /// The server's error code, such as `invalid_grant`.
        package var serverCode: String?
        /// When it was noticed.
        package var at: Timestamp
        /// Whether a renewal before it may have spent the refresh token, without an answer.
        package var answerWasLost: Bool

        package init(
            reason: String, serverCode: String? = nil, at: Timestamp, answerWasLost: Bool = false
        ) {
            self.reason = reason
            self.serverCode = serverCode
            self.at = at
            self.answerWasLost = answerWasLost
        }
    }

    package init(
        accessToken: Secret? = nil, tokenType: String = "Bearer", scope: String? = nil,
        accessExpiresAt: Timestamp? = nil, accessReceivedAt: Timestamp,
        refreshToken: Secret? = nil, loginExpiresAt: Timestamp? = nil, loggedInAt: Timestamp,
        renewedAt: Timestamp? = nil, tokenEndpoint: String, clientID: String, issuer: String? = nil,
        ended: Ending? = nil
    ) {
        self.accessToken = accessToken
        self.tokenType = tokenType
        self.scope = scope
        self.accessExpiresAt = accessExpiresAt
        self.accessReceivedAt = accessReceivedAt
        self.refreshToken = refreshToken
        self.loginExpiresAt = loginExpiresAt
        self.loggedInAt = loggedInAt
        self.renewedAt = renewedAt
        self.tokenEndpoint = tokenEndpoint
        self.clientID = clientID
        self.issuer = issuer
        self.ended = ended
    }
}

/// What a profile needs to say who it is.
package struct ClientSecrets: Sendable {
    /// The client's password at the token endpoint.
    package var clientSecret: Secret?
    /// For whom it was given: it is never sent elsewhere; `nil` where version 0.1.0 stored it.
    package var clientSecretFor: String?
    /// When the server stops to take it; `nil` where it has no end.
    package var clientSecretExpiresAt: Timestamp?
    /// Those that are tried behind it, for the same server.
    package var laterClientSecrets: [DatedSecret] = []
    /// For Basic authentication at the resource.
    package var username: Secret?
    /// For Basic authentication at the resource.
    package var password: Secret?
    /// For whom it was given, as with the client secret.
    package var passwordFor: String?
    /// For whom the client may sign with its key, which is a file of its own; `nil` until it first does.
    package var clientKeyFor: String?
    /// How the client is managed at its server, where Sesame has registered it.
    package var registration: Registration?

    /// What reads, changes and ends the registration of a client (RFC 7592).
    package struct Registration: Sendable {
        /// Which client it is.
        package var clientID: String
        /// The access token for it.
        ///
        /// It is kept with the place that it is for, and sent nowhere else; `nil` where the server gave none.
        package var accessToken: Secret?
        /// Where that is.
        package var managementURI: String?

        package init(clientID: String) { self.clientID = clientID }
    }

    package init(clientSecret: Secret? = nil, username: Secret? = nil, password: Secret? = nil) {
        self.clientSecret = clientSecret
        self.username = username
        self.password = password
    }
}

/// The last failure of a profile, for `status`.
///
/// A login and a successful renewal clear it.
package struct Outcome: Sendable, Equatable {
    /// When it happened.
    package var at: Timestamp
    /// A stable word.
    package var code: String
    /// Words for a person, without secrets.
    package var message: String

    package init(at: Timestamp, code: String, message: String) {
        self.at = at
        self.code = code
        self.message = message
    }
}
