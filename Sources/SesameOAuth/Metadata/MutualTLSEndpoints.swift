public import SesameHTTP
import SesameJSON

/// Where a client goes that shows a certificate, as far as that is elsewhere (RFC 8705, section 5).
///
/// A server that asks each browser for a certificate would frighten people, so some have hosts for it.
public struct MutualTLSEndpoints: Sendable, Hashable {
    /// In the place of ``AuthorizationServer/tokenEndpoint``.
    public var token: HTTPURL?
    /// In the place of ``AuthorizationServer/revocationEndpoint``.
    public var revocation: HTTPURL?
    /// In the place of ``AuthorizationServer/introspectionEndpoint``.
    public var introspection: HTTPURL?
    /// In the place of ``AuthorizationServer/deviceAuthorizationEndpoint``.
    public var deviceAuthorization: HTTPURL?
    /// In the place of ``AuthorizationServer/pushedAuthorizationRequestEndpoint``.
    public var pushedAuthorizationRequest: HTTPURL?

    /// No other places.
    public init() {}

    /// Reads `mtls_endpoint_aliases`; what it does not name stays where it is.
    init(_ aliases: JSON) throws(OAuthError) {
        guard aliases.isObject else {
            throw OAuthError(.invalidMetadata, "the metadata's mtls_endpoint_aliases is no object")
        }
        token = try endpoint("token_endpoint", in: aliases)
        revocation = try endpoint("revocation_endpoint", in: aliases)
        introspection = try endpoint("introspection_endpoint", in: aliases)
        deviceAuthorization = try endpoint("device_authorization_endpoint", in: aliases)
        pushedAuthorizationRequest = try endpoint(
            "pushed_authorization_request_endpoint", in: aliases)
    }
}

extension AuthorizationServer {
    /// The server as a client sees it that shows a certificate: each endpoint at its other place where it
    /// has one.
    public var forMutualTLS: AuthorizationServer {
        guard let aliases = mutualTLSEndpoints else { return self }
        var server = self
        server.tokenEndpoint = aliases.token ?? tokenEndpoint
        server.revocationEndpoint = aliases.revocation ?? revocationEndpoint
        server.introspectionEndpoint = aliases.introspection ?? introspectionEndpoint
        server.deviceAuthorizationEndpoint =
            aliases.deviceAuthorization ?? deviceAuthorizationEndpoint
        server.pushedAuthorizationRequestEndpoint =
            aliases.pushedAuthorizationRequest ?? pushedAuthorizationRequestEndpoint
        server.mutualTLSEndpoints = nil
        return server
    }
}
