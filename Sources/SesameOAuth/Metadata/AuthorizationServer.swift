public import SesameHTTP
public import SesameJSON
import SesameSecrets

/// An authorization server: its endpoints and what it says about itself (RFC 8414, section 2).
///
/// It is a snapshot. A login goes on with the one that it began with, whatever the server's
/// metadata say meanwhile (RFC 9700, section 4.4.2).
public struct AuthorizationServer: Sendable, Hashable {
    /// The identifier that metadata and callbacks are compared with; unknown when set up by hand.
    public var issuer: String?
    /// Where a person agrees.
    public var authorizationEndpoint: HTTPURL?
    /// Where grants become tokens.
    public var tokenEndpoint: HTTPURL
    /// Where tokens are revoked (RFC 7009).
    public var revocationEndpoint: HTTPURL?
    /// Where a device asks for a code (RFC 8628).
    public var deviceAuthorizationEndpoint: HTTPURL?
    /// Where a resource server asks about a token (RFC 7662).
    public var introspectionEndpoint: HTTPURL?
    /// Where an authorization request is left beforehand (RFC 9126).
    public var pushedAuthorizationRequestEndpoint: HTTPURL?
    /// Whether the server takes no authorization request that was not left there (RFC 9126, section 5).
    public var requiresPushedAuthorizationRequests = false
    /// Whether the server takes no authorization request that is not signed (RFC 9101, section 10.5).
    public var requiresSignedRequestObjects = false
    /// Whether the server says that it takes no signed ones (`request_parameter_supported`).
    public var refusesRequestObjects = false
    /// Algorithms of signed authorization requests; `nil` when the server does not say.
    public var requestObjectSigningAlgorithms: [String]?
    /// Where a client registers itself (RFC 7591).
    public var registrationEndpoint: HTTPURL?
    /// Where the server's public keys are.
    public var jwksURI: HTTPURL?
    /// Whether every callback carries `iss` (RFC 9207, section 3).
    public var supportsIssuerParameter: Bool
    /// Ways of client authentication; `nil` when the server does not say.
    public var tokenEndpointAuthMethods: [String]?
    /// Algorithms of a client's signed statements; `nil` when the server does not say.
    public var tokenEndpointAuthSigningAlgorithms: [String]?
    /// Algorithms of proofs that a client has a key (RFC 9449, section 5.1); `nil` when the server does not say.
    public var dpopSigningAlgorithms: [String]?
    /// PKCE methods; `nil` when the server does not say.
    public var codeChallengeMethods: [String]?
    /// Grant types; `nil` when the server does not say.
    public var grantTypes: [String]?
    /// Algorithms of ID tokens (OpenID Connect Discovery 1.0, section 3); `nil` when the server does not say.
    public var idTokenSigningAlgorithms: [String]?
    /// Algorithms of signed authorization responses (JARM, section 3); `nil` when the server does not say.
    public var authorizationSigningAlgorithms: [String]?
    /// Ways back for authorization responses; `nil` when the server does not say.
    public var responseModes: [String]?
    /// Where a client goes that shows a certificate (RFC 8705, section 5).
    public var mutualTLSEndpoints: MutualTLSEndpoints?
    /// Whether the server can bind access tokens to the client's certificate (RFC 8705, section 3.3).
    public var bindsTokensToCertificates = false
    /// Whether the URL of a document can be a client's id (OAuth Client ID Metadata Document).
    public var supportsClientIDMetadataDocuments = false
    /// Where it departs from the RFCs; not from its metadata.
    public var manners = ServerManners()

    /// Describes a server by hand; each endpoint is checked when it is used.
    public init(
        tokenEndpoint: HTTPURL, authorizationEndpoint: HTTPURL? = nil, issuer: String? = nil,
        revocationEndpoint: HTTPURL? = nil, deviceAuthorizationEndpoint: HTTPURL? = nil,
        introspectionEndpoint: HTTPURL? = nil, pushedAuthorizationRequestEndpoint: HTTPURL? = nil,
        registrationEndpoint: HTTPURL? = nil, jwksURI: HTTPURL? = nil,
        supportsIssuerParameter: Bool = false, tokenEndpointAuthMethods: [String]? = nil,
        tokenEndpointAuthSigningAlgorithms: [String]? = nil,
        codeChallengeMethods: [String]? = nil, grantTypes: [String]? = nil
    ) {
        self.tokenEndpoint = tokenEndpoint
        self.authorizationEndpoint = authorizationEndpoint
        self.issuer = issuer
        self.revocationEndpoint = revocationEndpoint
        self.deviceAuthorizationEndpoint = deviceAuthorizationEndpoint
        self.introspectionEndpoint = introspectionEndpoint
        self.pushedAuthorizationRequestEndpoint = pushedAuthorizationRequestEndpoint
        self.registrationEndpoint = registrationEndpoint
        self.jwksURI = jwksURI
        self.supportsIssuerParameter = supportsIssuerParameter
        self.tokenEndpointAuthMethods = tokenEndpointAuthMethods
        self.tokenEndpointAuthSigningAlgorithms = tokenEndpointAuthSigningAlgorithms
        self.codeChallengeMethods = codeChallengeMethods
        self.grantTypes = grantTypes
    }

    /// Reads a metadata document.
    /// - Parameter expectedIssuer: what the document's `issuer` must equal, byte for byte
    ///   (RFC 8414, section 3.3).
    /// - Throws: ``OAuthError`` with `issuerMismatch`, `invalidMetadata` or `unsafeEndpoint`.
    public init(metadata: JSON, expectedIssuer: String) throws(OAuthError) {
        guard let issuer = metadata["issuer"]?.string else {
            throw OAuthError(.invalidMetadata, "the server's metadata have no issuer")
        }
        guard issuer.utf8.elementsEqual(expectedIssuer.utf8) else {
            throw OAuthError(
                .issuerMismatch,
                "the metadata name the issuer '\(issuer.sanitised())', "
                    + "not '\(expectedIssuer.sanitised())'"
            )
        }
        guard let tokenEndpoint = try endpoint("token_endpoint", in: metadata) else {
            throw OAuthError(.invalidMetadata, "the server's metadata have no token_endpoint")
        }
        self.init(
            tokenEndpoint: tokenEndpoint,
            authorizationEndpoint: try endpoint("authorization_endpoint", in: metadata),
            issuer: issuer,
            revocationEndpoint: try endpoint("revocation_endpoint", in: metadata),
            deviceAuthorizationEndpoint: try endpoint(
                "device_authorization_endpoint", in: metadata),
            introspectionEndpoint: try endpoint("introspection_endpoint", in: metadata),
            pushedAuthorizationRequestEndpoint:
                try endpoint("pushed_authorization_request_endpoint", in: metadata),
            registrationEndpoint: try endpoint("registration_endpoint", in: metadata),
            jwksURI: try endpoint("jwks_uri", in: metadata),
            supportsIssuerParameter:
                metadata["authorization_response_iss_parameter_supported"]?.bool ?? false,
            tokenEndpointAuthMethods:
                try texts("token_endpoint_auth_methods_supported", in: metadata),
            tokenEndpointAuthSigningAlgorithms:
                try texts("token_endpoint_auth_signing_alg_values_supported", in: metadata),
            codeChallengeMethods: try texts("code_challenge_methods_supported", in: metadata),
            grantTypes: try texts("grant_types_supported", in: metadata))
        requiresPushedAuthorizationRequests =
            metadata["require_pushed_authorization_requests"]?.bool ?? false
        requiresSignedRequestObjects = metadata["require_signed_request_object"]?.bool ?? false
        refusesRequestObjects = metadata["request_parameter_supported"]?.bool == false
        requestObjectSigningAlgorithms = try texts(
            "request_object_signing_alg_values_supported", in: metadata)
        dpopSigningAlgorithms = try texts("dpop_signing_alg_values_supported", in: metadata)
        responseModes = try texts("response_modes_supported", in: metadata)
        authorizationSigningAlgorithms = try texts(
            "authorization_signing_alg_values_supported", in: metadata)
        idTokenSigningAlgorithms = try texts("id_token_signing_alg_values_supported", in: metadata)
        mutualTLSEndpoints = try metadata["mtls_endpoint_aliases"].map {
            aliases throws(OAuthError) in try MutualTLSEndpoints(aliases)
        }
        bindsTokensToCertificates =
            metadata["tls_client_certificate_bound_access_tokens"]?.bool ?? false
        supportsClientIDMetadataDocuments =
            metadata["client_id_metadata_document_supported"]?.bool ?? false
        try requireNoLocalEndpoint(unless: HTTPURL(issuer)?.isLoopback ?? false)
    }
}

extension AuthorizationServer {
    /// Refuses metadata of another machine that send credentials to this one: what listens here is none of its.
    private func requireNoLocalEndpoint(unless isLocal: Bool) throws(OAuthError) {
        let endpoints = [
            tokenEndpoint, authorizationEndpoint, revocationEndpoint, deviceAuthorizationEndpoint,
            introspectionEndpoint, pushedAuthorizationRequestEndpoint, registrationEndpoint,
            jwksURI, mutualTLSEndpoints?.token, mutualTLSEndpoints?.revocation,
            mutualTLSEndpoints?.introspection, mutualTLSEndpoints?.deviceAuthorization,
            mutualTLSEndpoints?.pushedAuthorizationRequest,
        ]
        guard !isLocal, let local = endpoints.compactMap(\.self).first(where: \.isLoopback) else {
            return
        }
        throw OAuthError(
            .unsafeEndpoint, "another machine's metadata name an endpoint on this one: '\(local)'")
    }
}

/// A member that is the URL of an endpoint.
func endpoint(_ name: String, in metadata: JSON) throws(OAuthError) -> HTTPURL? {
    guard let value = metadata[name] else { return nil }
    guard let url = value.string.flatMap({ HTTPURL($0) }) else {
        throw OAuthError(.invalidMetadata, "the metadata's \(name) is no plain http(s) URL")
    }
    try requireSafe(url, name)
    return url
}

/// A member that is a list; what is no text in it is left out.
func texts(_ name: String, in metadata: JSON) throws(OAuthError) -> [String]? {
    guard let value = metadata[name] else { return nil }
    guard let elements = value.elements else {
        throw OAuthError(.invalidMetadata, "the metadata's \(name) is no list")
    }
    return elements.compactMap(\.string)
}
