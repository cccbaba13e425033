public import SesameHTTP

/// Finds a server's metadata from its issuer (RFC 8414, section 3; OpenID Connect Discovery 1.0).
public enum Discovery {
    /// The places where an issuer's metadata may be, in the order in which they are tried.
    ///
    /// RFC 8414 puts its well-known segment before the issuer's path, OpenID Connect behind it, and
    /// some servers use OpenID's name in RFC 8414's place (RFC 8414, section 5).
    /// - Throws: ``OAuthError`` with `unsafeEndpoint` unless the issuer is an `https` URL (`http`
    ///   for this machine) without query and fragment.
    public static func candidates(for issuer: String) throws(OAuthError) -> [HTTPURL] {
        guard let base = HTTPURL(issuer) else {
            throw OAuthError(.unsafeEndpoint, "the issuer is no plain http(s) URL")
        }
        try requireSafe(base, "issuer")
        guard base.query == nil else {
            throw OAuthError(.unsafeEndpoint, "the issuer has a query: '\(base)'")
        }
        var root = base
        root.path = "/"
        let path = base.path.hasSuffix("/") ? String(base.path.dropLast()) : base.path
        let found = [
            root.appending(path: "/.well-known/oauth-authorization-server" + path),
            base.appending(path: "/.well-known/openid-configuration"),
            root.appending(path: "/.well-known/openid-configuration" + path),
        ]
        return found[2] == found[1] ? Array(found[..<2]) : found
    }

    /// Fetches and checks an issuer's metadata.
    ///
    /// A place that answers 404 or with a web page is passed over. Another issuer's document ends
    /// the search: it may be an attack (RFC 8414, section 6.2).
    /// - Throws: ``OAuthError`` with `issuerMismatch`, `invalidMetadata`, `unsafeEndpoint`,
    ///   `discoveryFailed` or `temporary`.
    public static func discover(
        issuer: String, over transport: any HTTPTransport, certificateAuthorityFile: String? = nil
    ) async throws(OAuthError) -> AuthorizationServer {
        let fetch = DocumentFetch(
            transport: transport, certificateAuthorityFile: certificateAuthorityFile)
        var failure: OAuthError?
        for candidate in try candidates(for: issuer) {
            let response = try await fetch.get(candidate)
            do throws(OAuthError) {
                return try AuthorizationServer(
                    metadata: try fetch.document(in: response, "the issuer"),
                    expectedIssuer: issuer)
            } catch {
                if error.code == .issuerMismatch { throw error }
                if failure == nil || failure?.code == .discoveryFailed { failure = error }
            }
        }
        throw failure ?? OAuthError(.discoveryFailed, "the issuer has no metadata")
    }
}
