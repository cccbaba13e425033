public import SesameHTTP
import SesameJSON

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
        var failure: OAuthError?
        for candidate in try candidates(for: issuer) {
            let response = try await fetch(candidate, over: transport, certificateAuthorityFile)
            do throws(OAuthError) {
                return try AuthorizationServer(
                    metadata: try document(in: response), expectedIssuer: issuer)
            } catch {
                if error.code == .issuerMismatch { throw error }
                if failure == nil || failure?.code == .discoveryFailed { failure = error }
            }
        }
        throw failure ?? OAuthError(.discoveryFailed, "the issuer has no metadata")
    }

    /// Reads a document of the server's, also behind redirects within its own origin.
    static func fetch(
        _ url: HTTPURL, over transport: any HTTPTransport, _ certificateAuthorityFile: String?
    ) async throws(OAuthError) -> HTTPResponse {
        var request = HTTPRequest("GET", url)
        request.fields.set("Accept", "application/json")
        request.fields.set("Accept-Encoding", "identity")
        request.connection = .reusable
        request.certificateAuthorityFile = certificateAuthorityFile
        for _ in 0...maximumRedirects {
            let response = try await send(request, over: transport)
            guard (300..<400).contains(response.status) else { return response }
            guard let target = redirected(request.url, by: response) else { return response }
            request.url = target
        }
        throw OAuthError(.discoveryFailed, "the metadata are behind too many redirects")
    }

    /// Where a redirect within the same origin leads.
    ///
    /// Nothing else can be trusted to speak for the issuer: a redirect to elsewhere, often to a
    /// login page, is taken for an answer without metadata.
    private static func redirected(_ url: HTTPURL, by response: HTTPResponse) -> HTTPURL? {
        let location = response.fields["Location"] ?? ""
        let isPath = location.hasPrefix("/") && !location.hasPrefix("//")
        guard let target = HTTPURL(isPath ? url.origin + location : location),
            target.origin == url.origin, target.fragment == nil
        else { return nil }
        return target
    }

    private static func document(in response: HTTPResponse) throws(OAuthError) -> JSON {
        let status = response.status
        if status == 429 || status >= 500 {
            throw OAuthError(.temporary, "the server's metadata answer \(status)", status: status)
        }
        guard status == 200, isJSON(response.mediaType), !isEncoded(response) else {
            throw OAuthError(
                .discoveryFailed, "the issuer has no metadata at the well-known places",
                status: status)
        }
        do throws(JSON.Refusal) {
            return try JSON(parsing: response.body)
        } catch {
            throw OAuthError(.invalidMetadata, "the server's metadata are \(error)", status: status)
        }
    }
}

private let maximumRedirects = 3
