public import SesameHTTP
import SesameJSON
import SesameSecrets

/// A client id that is the URL of a document about the client (OAuth Client ID Metadata Document, section 3).
public struct ClientIDDocument: Sendable, Hashable {
    /// Where the document is.
    public let url: HTTPURL
    /// The client id: the URL exactly as it was given.
    public let clientID: String

    /// `nil` for a client id that is no https URL at all.
    /// - Throws: ``OAuthError`` with `badParameter` for a URL that the draft does not take: without a path, with dot
    ///   segments, a fragment or a user in it.
    public init?(_ clientID: String) throws(OAuthError) {
        guard clientID.lowercased().hasPrefix("https://") else { return nil }
        guard let url = HTTPURL(clientID), url.fragment == nil else {
            throw OAuthError(
                .badParameter,
                "a client id that is a URL has no fragment, no user and no strange characters")
        }
        let segments = url.path.split(separator: "/", omittingEmptySubsequences: false)
        let isDotted = segments.contains { segment in
            [".", ".."].contains(segment.lowercased().replacing("%2e", with: "."))
        }
        guard url.path != "/", !isDotted else {
            throw OAuthError(
                .badParameter, "a client id that is a URL has a path, without dot segments")
        }
        // It is compared as a text: another spelling is another client.
        guard url.description == clientID else {
            throw OAuthError(.badParameter, "a client id that is a URL is written as '\(url)'")
        }
        self.url = url
        self.clientID = clientID
    }

    /// Reads the document as an authorization server would, from the public internet, and compares what it says.
    /// - Parameter redirectURI: what it must name, without a port where any will do.
    /// - Throws: ``OAuthError``: `invalidMetadata` where the document does not fit, others where it cannot be read.
    public func check(
        redirectURI: String?, over transport: any HTTPTransport,
        certificateAuthorityFile: String? = nil
    ) async throws(OAuthError) {
        let fetch = DocumentFetch(
            transport: transport, certificateAuthorityFile: certificateAuthorityFile,
            addresses: url.isLoopback ? .any : .publicOnly)
        let json = try fetch.document(in: try await fetch.get(url), "the client")
        guard json["client_id"]?.string == clientID else {
            throw OAuthError(
                .invalidMetadata, "the document at \(url) is about another client than itself")
        }
        let uris = try texts("redirect_uris", in: json) ?? []
        guard redirectURI.map(uris.contains) ?? true else {
            throw OAuthError(
                .invalidMetadata,
                "the document at \(url) does not have the redirect URI of this profile")
        }
        guard json["client_secret"] == nil else {
            throw OAuthError(.invalidMetadata, "the document at \(url) has a secret in it")
        }
    }
}
