public import SesameSecrets

/// What an ID token has to say to be believed (OpenID Connect Core 1.0, section 3.1.3.7).
public struct IDTokenExpectation: Sendable {
    /// Whom it has to be for.
    public var clientID: String
    /// What was sent with the authorization request, and has to come back; `nil` where nothing was.
    public var nonce: Secret?
    /// The code that it was got for, which `c_hash` is about.
    public var code: Secret?
    /// How many seconds ago the person may have proved who they are, where that was asked for (`max_age`).
    public var maximumAge: Int64?
    /// In which ways they may have, where that was asked for (`acr_values`); empty for any.
    public var contexts: [String] = []
    /// Others that it may be for as well; whoever is not among them is not trusted.
    public var trustedAudiences: Set<String> = []
    /// Whom the first ID token of the login was about, for one that comes with a renewal (section 12.2).
    public var earlier: Identity?
    /// Whether there has to be one.
    public var isRequired = false

    /// Expects a token for this client.
    public init(clientID: String) {
        self.clientID = clientID
    }
}

/// Whom an ID token is about, and for whom: what is kept of it.
///
/// A person is known by issuer and subject together, and by nothing else: addresses change hands
/// (OpenID Connect Core 1.0, section 5.7).
public struct Identity: Sendable, Equatable {
    /// Who says so (`iss`).
    public let issuer: String
    /// The person's name at the issuer (`sub`).
    public let subject: String
    /// For whom it was said (`aud`).
    public let audience: [String]
    /// The client that it was given to (`azp`), where it says so.
    public let authorizedParty: String?
    /// When the person proved who they are, in seconds since 1970 (`auth_time`), where it says so.
    public let authenticatedAt: Int64?

    /// Describes one that was kept.
    public init(
        issuer: String, subject: String, audience: [String], authorizedParty: String? = nil,
        authenticatedAt: Int64? = nil
    ) {
        self.issuer = issuer
        self.subject = subject
        self.audience = audience
        self.authorizedParty = authorizedParty
        self.authenticatedAt = authenticatedAt
    }

    /// Whether both are about the same person.
    public func isSamePerson(as other: Identity) -> Bool {
        issuer.utf8.elementsEqual(other.issuer.utf8)
            && subject.utf8.elementsEqual(other.subject.utf8)
    }
}
