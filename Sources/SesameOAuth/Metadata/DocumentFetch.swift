import SesameHTTP
import SesameJSON

/// Fetches documents that somebody publishes about himself: with limits, and from nobody else's server.
struct DocumentFetch {
    let transport: any HTTPTransport
    var certificateAuthorityFile: String?
    /// Which machines may be asked.
    var addresses = HTTPRequest.Addresses.any

    /// What is at a URL, after redirects within its origin.
    func get(_ url: HTTPURL) async throws(OAuthError) -> HTTPResponse {
        var request = HTTPRequest("GET", url)
        request.fields.set("Accept", "application/json")
        request.fields.set("Accept-Encoding", "identity")
        request.connection = .reusable
        request.addresses = addresses
        request.certificateAuthorityFile = certificateAuthorityFile
        for _ in 0...maximumRedirects {
            let response = try await send(request, over: transport)
            guard (300..<400).contains(response.status) else { return response }
            guard let target = redirected(request.url, by: response) else { return response }
            request.url = target
        }
        throw OAuthError(.discoveryFailed, "the metadata are behind too many redirects")
    }

    /// The JSON of an answer.
    /// - Parameter owner: whose metadata they are, in words.
    func document(in response: HTTPResponse, _ owner: String) throws(OAuthError) -> JSON {
        let status = response.status
        if status == 429 || status >= 500 {
            throw OAuthError(.temporary, "the server's metadata answer \(status)", status: status)
        }
        guard status == 200, isJSON(response.mediaType), !isEncoded(response) else {
            throw OAuthError(
                .discoveryFailed, "\(owner) has no metadata at the well-known places",
                status: status)
        }
        do throws(JSON.Refusal) {
            return try JSON(parsing: response.body)
        } catch {
            throw OAuthError(.invalidMetadata, "the server's metadata are \(error)", status: status)
        }
    }

    /// Where a redirect within the same origin leads.
    ///
    /// Nothing else can be trusted to speak for the owner: a redirect to elsewhere, often to a
    /// login page, is taken for an answer without metadata.
    private func redirected(_ url: HTTPURL, by response: HTTPResponse) -> HTTPURL? {
        let location = response.fields["Location"] ?? ""
        let isPath = location.hasPrefix("/") && !location.hasPrefix("//")
        guard let target = HTTPURL(isPath ? url.origin + location : location),
            target.origin == url.origin, target.fragment == nil
        else { return nil }
        return target
    }
}

private let maximumRedirects = 3
