public import SesameHTTP
public import SesameSecrets

/// A step of the protocol that did not succeed.
///
/// Only ``Code/grantEnded`` means that a stored grant is worthless; after anything else it is kept.
public struct OAuthError: Error, Sendable {
    /// What kind of failure it was.
    public struct Code: Hashable, Sendable {
        /// A stable name for logs.
        public let name: String
        private init(_ name: String) { self.name = name }

        /// The server's metadata, or what was configured instead, cannot be used.
        public static let invalidMetadata = Code("invalid_metadata")
        /// Metadata or a callback names another issuer than the one that was asked.
        public static let issuerMismatch = Code("issuer_mismatch")
        /// Metadata are those of another resource than the one that was asked for (RFC 9728, section 3.3).
        public static let resourceMismatch = Code("resource_mismatch")
        /// No metadata was found.
        public static let discoveryFailed = Code("discovery_failed")
        /// An endpoint is neither `https` nor this machine, or is malformed in another way.
        public static let unsafeEndpoint = Code("unsafe_endpoint")
        /// The server says that it does not know PKCE with S256; there is no weaker way.
        public static let pkceUnsupported = Code("pkce_unsupported")
        /// A parameter given by the caller is malformed or would collide with one of the protocol.
        public static let badParameter = Code("bad_parameter")
        /// The callback is ours, but malformed.
        public static let badCallback = Code("bad_callback")
        /// The callback belongs to another request, or was forged.
        public static let stateMismatch = Code("state_mismatch")
        /// The person, or the server on its own, said no (`access_denied`).
        public static let authorizationDenied = Code("authorization_denied")
        /// The authorization endpoint reported another error.
        public static let authorizationFailed = Code("authorization_failed")
        /// The grant has expired, was revoked or was used already: a person must log in.
        public static let grantEnded = Code("grant_ended")
        /// The server does not accept this client: its id, its secret, or this grant type for it.
        public static let clientRejected = Code("client_rejected")
        /// The client cannot sign: its key is missing, or not of a kind that the server takes.
        public static let clientKeyUnusable = Code("client_key_unusable")
        /// The key that tokens are bound to cannot be made, or not be read, or the server takes no such (RFC 9449).
        public static let proofKeyUnusable = Code("proof_key_unusable")
        /// The server gave a token that is not bound to the client's key, which it has to be (RFC 9449).
        public static let tokenNotBound = Code("token_not_bound")
        /// The client's certificate for TLS is missing, or cannot be shown.
        public static let clientCertificateUnusable = Code("client_certificate_unusable")
        /// The server refused for another reason, and will again.
        public static let serverRefused = Code("server_refused")
        /// No usable answer this time; later may be different.
        public static let temporary = Code("temporary")
        /// An answer that breaks the protocol; nothing of it was used, but see
        /// ``OAuthError/rotatedRefreshToken``.
        public static let badResponse = Code("bad_response")
        /// The ID token of an answer is missing or wrong: the answer may be another person's, or forged.
        public static let idTokenRefused = Code("id_token_refused")
        /// The server granted less than was asked for.
        public static let scopeNotGranted = Code("scope_not_granted")
        /// New tokens could not be saved; they are kept in memory and saved with the next call.
        public static let notSaved = Code("not_saved")
    }

    /// The kind of failure.
    public let code: Code
    /// Words for a person: ours, never the server's, never a secret.
    public let message: String
    /// The server's own error code, such as `invalid_grant`, safe to show.
    public let serverCode: String?
    /// The server's own words, safe to show and at most 200 characters.
    public let serverDescription: String?
    /// The status of the answer, if there was one.
    public let status: Int?
    /// How the exchange failed, where there was no answer.
    public let transport: TransportError.Code?
    /// Whether the server may have acted on the request.
    ///
    /// `false` is a proof that it has not.
    public let mayHaveBeenSent: Bool
    /// A new refresh token, in an answer whose access token cannot be used.
    ///
    /// The server has most likely spent the earlier one for it: keep this one in its place. It is
    /// never part of ``description``.
    public let rotatedRefreshToken: Secret?
    /// The key that it is bound to (RFC 9449), to be kept with it.
    public internal(set) var boundKey: DPoPKey?

    /// Makes an error; what came from the server is made safe to show here.
    public init(
        _ code: Code, _ message: String, serverCode: String? = nil,
        serverDescription: String? = nil, status: Int? = nil, mayHaveBeenSent: Bool = false,
        rotatedRefreshToken: Secret? = nil, transport: TransportError.Code? = nil
    ) {
        self.code = code
        self.transport = transport
        self.message = message
        self.serverCode = serverCode?.sanitised(limit: 64)
        self.serverDescription = serverDescription?.sanitised(limit: 200)
        self.status = status
        self.mayHaveBeenSent = mayHaveBeenSent
        self.rotatedRefreshToken = rotatedRefreshToken
    }

    /// An exchange without an answer: temporary, unless the request, the answer or the client's
    /// certificate was bad.
    public init(_ error: TransportError) {
        let code: Code =
            switch error.code {
            case .badRequest, .addressRefused: .unsafeEndpoint
            case .badResponse: .badResponse
            case .clientCertificate: .clientCertificateUnusable
            default: .temporary
            }
        self.init(
            code, error.message, mayHaveBeenSent: error.mayHaveBeenSent, transport: error.code)
    }
}

extension OAuthError: CustomStringConvertible {
    /// Code, words, and the server's code; the server's words stay out of logs.
    public var description: String {
        "\(code.name): \(message)" + (serverCode.map { " (\($0))" } ?? "")
    }
}
