package import SesameHTTP
import SesameOAuth
import SesameSecrets
package import SesameStore

/// Why the broker could not do what it was asked, in words for the person who asked.
package struct BrokerError: Error, Sendable {
    /// What kind of failure it is; the raw value is the `code` of the problem document.
    package enum Code: String, Sendable, CaseIterable {
        case `internal`, usage, configuration, temporary
        case unknownProfile = "unknown_profile"
        case loginRequired = "login_required"
        case storeLocked = "store_locked"
        case keyMissing = "key_missing"
        case keyWrong = "key_wrong"
        case keyUnreadable = "key_unreadable"
        case storeUnwritable = "store_unwritable"
        case auditUnwritable = "audit_unwritable"
        case storeDamaged = "store_damaged"
        case storeRolledBack = "store_rolled_back"
        case destinationRefused = "destination_refused"
        case callerRefused = "caller_refused"
        case rateLimited = "rate_limited"
        case serverRefused = "server_refused"
        case badCallback = "bad_callback"
    }

    package let code: Code
    /// One sentence, lower case, without a full stop; text from outside in it is sanitised.
    package let message: String
    /// What to do next.
    package let hints: [String]

    /// What became of a request that the broker was to send for its caller.
    package let transport: TransportError?

    /// Seconds after which trying again makes sense; `nil` where nobody knows.
    package let retryAfter: Int64?

    package init(
        _ code: Code, _ message: String, hints: [String] = [], transport: TransportError? = nil,
        retryAfter: Int64? = nil
    ) {
        self.code = code
        self.message = message
        self.hints = hints
        self.transport = transport
        self.retryAfter = retryAfter
    }
}

extension OAuthError {
    /// Whether the server has refused for want of a proof (RFC 9449, sections 5 and 8).
    fileprivate var wantsProof: Bool {
        ["use_dpop_nonce", "invalid_dpop_proof"].contains(serverCode)
    }
}

extension BrokerError {
    /// A failure of the store, which knows best what to do about it.
    package init(_ error: StoreError) {
        let code: Code =
            switch error.code {
            case .keyMissing: .keyMissing
            case .keyWrong: .keyWrong
            case .keyUnreadable: .keyUnreadable
            case .usage: .usage
            case .locked: .storeLocked
            case .damaged: .storeDamaged
            case .rolledBack: .storeRolledBack
            case .unwritable: .storeUnwritable
            case .busy: .temporary
            case .newerFormat, .notPrivate, .keySource: .configuration
            default: .internal
            }
        self.init(code, error.message)
    }

    /// A refusal or a failure of the authorization server.
    init(_ error: OAuthError, profile: Profile) {
        let code: Code =
            switch error.code {
            case .grantEnded, .authorizationDenied: .loginRequired
            case .temporary, .discoveryFailed, .badResponse: .temporary
            case .invalidMetadata, .issuerMismatch, .unsafeEndpoint, .pkceUnsupported,
                .clientKeyUnusable, .clientCertificateUnusable, .proofKeyUnusable:
                .configuration
            case .badCallback, .stateMismatch: .badCallback
            default: .serverRefused
            }
        self.init(code, Self.sentence(error), hints: Self.hints(error, profile: profile))
    }

    private static func sentence(_ error: OAuthError) -> String {
        guard let description = error.serverDescription, !error.message.contains(description) else {
            return error.message
        }
        return "\(error.message) (the server says: \(description))"
    }

    private static func hints(_ error: OAuthError, profile: Profile) -> [String] {
        switch error.code {
        case .clientRejected
        where profile.isMautic && error.serverCode == "unauthorized_client"
            && profile.grant == .clientCredentials:
            [
                "Mautic gives tokens without a login only to a credential that an administrator has made: let one make a new one"
            ]
        case .clientRejected: profile.hintsForRejectedClient
        case .clientKeyUnusable: [profile.hintForUnusableKey]
        case .proofKeyUnusable: ["if bearer tokens are enough: `dpop = off` in this profile"]
        case .tokenNotBound:
            [
                "ask the server's owner for tokens that are bound by DPoP (RFC 9449)",
                "or take bearer tokens: `dpop = off` in this profile, and log in again",
            ]
        // Mautic's own codes, which it answers to every request and so to one for tokens.
        case .serverRefused where profile.isMautic && error.serverCode == "api_disabled":
            ["in Mautic: Settings, Configuration, API Settings: set “API enabled?” to Yes and save"]
        case .serverRefused
        where profile.isMautic && error.serverCode == "access_denied" && error.status == 403:
            [
                "Mautic takes a client secret by HTTP Basic only where that is switched on: remove client_auth from the profile, and the secret goes in the form"
            ]
        case .serverRefused where profile.binding == .off && error.wantsProof:
            ["the server wants DPoP (RFC 9449): take `dpop = off` out of this profile"]
        case .idTokenRefused: ["nothing of the server's answer is used"]
        case .clientCertificateUnusable: [profile.hintForUnusableCertificate]
        case .authorizationDenied: ["log in again and allow access: sesame login \(profile.name)"]
        // Some servers refuse a client so, without a word.
        case .temporary where error.status == 403 && profile.signs:
            ["nothing stored was changed"] + profile.hintsForRejectedClient
        case .temporary where error.transport == .tls:
            [profile.hintForUntrustedServer, hintForLater]
        case .temporary, .serverRefused:
            (profile.isMautic && error.isOfAnotherServer ? [hintForOtherServer] : [])
                + (error.code == .temporary ? [hintForLater] : [])
        // Without an issuer it is the configuration that lacks something, and the message says what.
        case .invalidMetadata where profile.issuer == nil: []
        case .issuerMismatch, .invalidMetadata:
            ["check the issuer's spelling, down to the last slash"]
        default: []
        }
    }
}

private let hintForLater = "nothing stored was changed; try again later"
private let hintForOtherServer =
    "check base_url: it is the address that Mautic's own pages have, with its folder if it has one; a proxy, a firewall or a login page may answer there instead"

extension OAuthError {
    /// Whether the answer is one that an authorization server does not give.
    fileprivate var isOfAnotherServer: Bool {
        guard let status, serverCode == nil else { return false }
        return status < 500 && ![408, 429].contains(status)
    }
}

extension Profile {
    /// For a certificate that nobody here vouches for.
    var hintForUntrustedServer: String {
        "compare the address; for a certificate of an authority of your own: sesame setup \(name) --ca-file FILE"
    }

    fileprivate var isMautic: Bool { provider.names.contains("mautic") }
}
