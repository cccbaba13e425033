/// How one virtual issuer behaves.
///
/// The playground serves each below a path of its own.
package struct Scenario: Sendable {
    /// Whose manners the endpoints have.
    package enum Dialect: String, Sendable {
        /// The OAuth RFCs.
        case rfc
        /// A Mautic 7 instance, with its contact API.
        case mautic
    }

    /// What a refresh does to the refresh token that was used.
    package enum Rotation: Sendable, Hashable {
        /// It stays good, and no new one is given.
        case none
        /// It is spent at once; a second use is refused.
        case strict
        /// It is spent, but for some seconds a second use gets the same answer again.
        case grace(seconds: Int64)
        /// It is spent; a second use ends the login with every token that belongs to it.
        case familyRevocation
    }

    /// Where metadata is found.
    package enum Discovery: Sendable {
        /// Nowhere.
        case absent
        /// RFC 8414: the well-known path in front of the issuer's.
        case oauth
        /// OpenID Connect: the well-known path behind the issuer's.
        case openID
        /// Both.
        case both
    }

    /// The first segment of the issuer's path.
    package let name: String
    package var dialect = Dialect.rfc
    package var rotation = Rotation.strict
    package var discovery = Discovery.both
    /// Whether callbacks carry `iss` (RFC 9207), and the metadata says so.
    package var sendsIssuer = true
    package var requiresPKCE = true
    /// Whether authorization requests must be pushed (RFC 9126); else there is no place for them.
    package var takesPushedRequestsOnly = false
    /// Whether authorization requests must be signed by their client (RFC 9101); else they may.
    package var takesSignedRequestsOnly = false
    /// What it makes of proofs that a client has a key; `nil` where it knows none (RFC 9449).
    package var proofs: ProofRule?
    /// Whether there is a resource that says whose tokens it takes (RFC 9728); tokens are for it only then.
    package var describesResource = false
    /// Whether clients register themselves (RFC 7591).
    package var registersClients = false
    /// What clients may sign their statements with.
    package var signingAlgorithms = ["ES256", "Ed25519", "EdDSA", "PS256", "RS256", "HS256"]
    /// Whether such a statement has to name the endpoint, and not the issuer.
    package var wantsEndpointAudience = false
    /// Whether there is a refresh token for an assertion, which few servers give.
    package var givesRefreshTokensForAssertions = false
    /// Whether a token request with a `code_verifier` is refused, as by LinkedIn.
    package var refusesCodeVerifier = false
    /// What stands between the words of a scope that is asked for; by the RFC a space.
    package var askedScopeSeparator = " "
    /// What stands between the words of a scope that is granted.
    package var grantedScopeSeparator = " "
    /// Seconds.
    package var accessTokenLifetime: Int64 = 3600
    /// Seconds, counted anew at every rotation.
    package var refreshTokenLifetime: Int64 = 14 * 86_400
    /// Seconds.
    package var codeLifetime: Int64 = 60
    /// Whether there is a device authorization endpoint (RFC 8628).
    package var offersDeviceCodes = true
    /// Seconds.
    package var deviceCodeLifetime: Int64 = 600
    /// Seconds between two polls at the least; it does not grow with `slow_down`.
    package var deviceInterval: Int64 = 1
    package var scopes = ["read", "write"]
    package var clients: [PracticeClient] = []
    package var users = PracticeUser.all
    /// Mautic only: whether HTTP Basic is switched on.
    package var acceptsBasic = false
    /// Mautic only: whether the API is switched on at all.
    package var hasAPI = true
    /// How long a token or API request takes, in milliseconds.
    package var serviceTime: Int64 = 0
    /// Faults that are there from the start.
    package var faults: [Fault] = []
    /// What it is for, in words.
    package var summary = ""

    package init(_ name: String) {
        self.name = name
    }
}

extension Scenario.Rotation {
    /// The mode a word names: `none`, `strict`, `grace`, `grace:30`, `family`.
    package init?(_ word: String) {
        switch word {
        case "none": self = .none
        case "strict": self = .strict
        case "family": self = .familyRevocation
        case "grace": self = .grace(seconds: 30)
        default:
            guard word.hasPrefix("grace:"), let seconds = Int64(word.dropFirst(6)), seconds > 0
            else {
                return nil
            }
            self = .grace(seconds: seconds)
        }
    }

    /// How long a second use is answered.
    var graceSeconds: Int64 { if case .grace(let seconds) = self { seconds } else { 0 } }

    /// The word that names this mode.
    package var word: String {
        switch self {
        case .none: "none"
        case .strict: "strict"
        case .grace(let seconds): "grace:\(seconds)"
        case .familyRevocation: "family"
        }
    }
}
