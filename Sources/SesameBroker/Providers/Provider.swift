import SesameOAuth

/// A preset: what is known about one kind of server, as data.
///
/// Nothing asks for a host by name. What stands here is used: by a profile for what it does not say itself,
/// by `sesame setup` for what to register, and by `sesame setup --list-providers`.
package struct Provider: Sendable {
    /// The words that `provider =` takes.
    package let names: [String]
    /// What people call it.
    package let title: String
    /// Its issuer, for a profile that names none; with ``endpoints``, where those begin with a slash.
    var issuer: AddressForm?
    /// Where its API is, for a profile that does not say.
    var baseURL: AddressForm?
    /// Its endpoints; `nil` where discovery finds them.
    var endpoints: PresetEndpoints?
    /// Where tokens may go besides the base URL, for a profile that says neither `allow` nor `base_url`.
    var otherDestinations: [String] = []
    /// How the client authenticates unless the profile says otherwise.
    var clientAuthentication: String?
    /// Whether a login needs a client secret.
    package var needsClientSecret = false
    /// The redirect URI that is registered unless the profile says otherwise.
    var redirectURI: String?
    /// What becomes of PKCE there.
    package var proof = ProofKeySupport.notKnown
    /// Whether the server refuses any `scope`.
    var refusesScope = false
    /// Whether a profile has to name a scope.
    var needsScope = false
    /// Words that a login's scope must have for a refresh token; added to the profile's own.
    package var loginScope: [String] = []
    /// What stands between the words of a scope that is asked for (RFC 6749, section 3.3: a space).
    var requestedScopeSeparator = " "
    /// Parameters of the authorization request; the profile's own win.
    var authorizationParameters: [(name: String, value: String)] = []
    /// Where it departs from the RFCs.
    var manners = ServerManners()
    /// How long things live there.
    package var lifetimes = Lifetimes()
    /// What a renewal does to the refresh token.
    package var rotation = Rotation.notKnown
    /// A path below `base_url` that answers 401 to a stranger when the API is there.
    var probePath: String?
    /// The page where a client is registered.
    package var registrationPage: String?
    /// What somebody should know who registers a client.
    package var notes: [String] = []
    /// What to do at the provider before the first use, by grant, where that is no matter of the page and the
    /// notes; `%REDIRECT%` is filled in.
    var instructions: [Profile.Grant: [String]] = [:]
    /// What to do at the provider when tokens cannot be revoked from here.
    var afterLogout: String?
    /// Where this is from.
    package var sources: [Source] = []

    init(_ names: [String], _ title: String) {
        self.names = names
        self.title = title
    }

    /// The month in which the sources were read.
    package static let lookedUp = "2026-11"

    static func named(_ name: String?) -> Provider {
        guard let name else { return generic }
        return all.first { $0.names.contains(name) } ?? generic
    }

    /// Nothing is known: the profile says all.
    static let generic = Provider(["generic"], "another OAuth 2 server")

    /// All presets.
    package static let all = [
        generic, mautic, github, gitlab, google, microsoft, atlassian, salesforce, hubspot, slack,
        keycloak, auth0, okta, zoho, linkedin, dropbox,
    ]
}

/// Endpoints that no metadata tell: whole URLs, or paths below a profile's base URL or issuer.
struct PresetEndpoints: Sendable {
    /// What a path is below.
    enum Root: Sendable {
        case baseURL
        case issuer
    }

    var root = Root.baseURL
    let authorization: String
    let token: String
    var revocation: String?
    var device: String?
    var introspection: String?

    /// By the names of RFC 8414, section 2.
    var named: [(key: String, place: String)] {
        [
            ("authorization_endpoint", authorization), ("token_endpoint", token),
            ("revocation_endpoint", revocation), ("device_authorization_endpoint", device),
            ("introspection_endpoint", introspection),
        ].compactMap { key, place in place.map { (key, $0) } }
    }
}

extension Provider {
    /// What becomes of PKCE (RFC 7636) at a server.
    package enum ProofKeySupport: String, Sendable {
        case supported
        /// It is sent, and the server does not look at it.
        case ignored
        /// Not sent, since the server refuses it.
        case refused
        /// It is sent.
        case notKnown = "not_known"
    }

    /// What a renewal does to the refresh token.
    package enum Rotation: String, Sendable {
        /// The old one is spent.
        case always
        /// It stays.
        case never
        /// As somebody has set it at the server.
        case configurable
        case notKnown = "not_known"
    }

    /// A page that says so.
    package struct Source: Sendable {
        package let url: String
        /// What it was read for.
        package let facts: String

        init(_ url: String, _ facts: String) {
            self.url = url
            self.facts = facts
        }
    }
}
