public import SesameHTTP
import SesameSecrets

/// Finds what a protected resource says about itself, from its URL (RFC 9728, sections 3 and 5).
///
/// No URL that comes from elsewhere is fetched blindly (RFC 9728, section 7.7): the document is at the resource's own
/// origin, and where the resource is on the public internet, nothing else is connected to.
public struct ResourceDiscovery: Sendable {
    private let url: HTTPURL
    private let transport: any HTTPTransport
    private let certificateAuthorityFile: String?

    /// - Parameter resource: an `https` URL (`http` for this machine) without a fragment.
    /// - Throws: ``OAuthError`` with `badParameter`.
    public init(
        of resource: String, over transport: any HTTPTransport,
        certificateAuthorityFile: String? = nil
    ) throws(OAuthError) {
        guard let url = HTTPURL(resource), url.isSecure, url.fragment == nil else {
            throw OAuthError(
                .badParameter,
                "a resource is an https URL without a fragment: '\(resource.sanitised(limit: 200))'"
            )
        }
        self.url = url
        self.transport = transport
        self.certificateAuthorityFile = certificateAuthorityFile
    }

    /// The places of the document where the resource does not name one: the well-known segment before the resource's
    /// path, and before none.
    public var candidates: [HTTPURL] {
        var root = url
        root.path = "/"
        root.query = nil
        let well = root.appending(path: "/.well-known/oauth-protected-resource")
        guard url.path != "/" || url.query != nil else { return [well] }
        var inserted = well
        if url.path != "/" { inserted.path += url.path }
        inserted.query = url.query
        return [inserted, well]
    }

    /// Asks the resource without a token, and reads the document that it names, or else the one at a well-known place.
    ///
    /// A well-known place that answers 404 or with a web page is passed over. Another resource's document ends the search,
    /// and so does a name that leads elsewhere: both may be attacks.
    /// - Throws: ``OAuthError`` with `resourceMismatch`, `invalidMetadata`, `unsafeEndpoint`, `discoveryFailed` or
    ///   `temporary`.
    public func discover() async throws(OAuthError) -> ProtectedResource {
        // Whether the resource is on the public internet shows when it is asked.
        var addresses: HTTPRequest.Addresses = url.isLoopback ? .any : .publicOnly
        var answer = await ask(addresses)
        if case .failure(let error) = answer, error.code == .addressRefused {
            addresses = .any
            answer = await ask(addresses)
        }
        let challenge = try challenge(in: answer)
        let fetch = DocumentFetch(
            transport: transport, certificateAuthorityFile: certificateAuthorityFile,
            addresses: addresses)
        let scope = challenge?["scope"]
        if let named = challenge?["resource_metadata"] {
            return try await read(try admit(named), fetch, scope)
        }
        var failure: OAuthError?
        for candidate in candidates {
            do throws(OAuthError) {
                return try await read(candidate, fetch, scope)
            } catch {
                guard error.code == .discoveryFailed else { throw error }
                if failure == nil { failure = error }
            }
        }
        throw failure ?? OAuthError(.discoveryFailed, "the resource has no metadata")
    }

    /// What the resource answers to a stranger.
    private func ask(
        _ addresses: HTTPRequest.Addresses
    ) async -> Result<HTTPResponse, TransportError> {
        var request = HTTPRequest("GET", url)
        // What an MCP server answers with; others take no notice.
        request.fields.set("Accept", "application/json, text/event-stream")
        request.fields.set("Accept-Encoding", "identity")
        request.addresses = addresses
        request.timeout = 10
        request.maximumResponseBytes = 1 << 16
        request.certificateAuthorityFile = certificateAuthorityFile
        do throws(TransportError) { return .success(try await transport.send(request)) } catch {
            return .failure(error)
        }
    }

    /// The challenge of a 401 that is about tokens (RFC 6750, section 3; RFC 9449, section 7.1), if there is one.
    private func challenge(
        in answer: Result<HTTPResponse, TransportError>
    ) throws(OAuthError) -> Challenge? {
        switch answer {
        case .failure(let error):
            // A page without end is an answer, too.
            guard [.badResponse, .timeout, .connectionLost].contains(error.code) else {
                throw OAuthError(error)
            }
            return nil
        case .success(let response):
            guard response.status == 401 else { return nil }
            let challenges = response.fields.values("WWW-Authenticate")
                .flatMap { Challenge.all(in: $0) }
                .filter { challenge in
                    ["Bearer", "DPoP"].contains { equalIgnoringCase($0, challenge.scheme) }
                }
            return challenges.first { $0["resource_metadata"] != nil } ?? challenges.first
        }
    }

    /// The place that a challenge names, if it is the resource's own.
    private func admit(_ named: String) throws(OAuthError) -> HTTPURL {
        guard let place = HTTPURL(named), place.fragment == nil, place.origin == url.origin else {
            throw OAuthError(
                .unsafeEndpoint,
                "the resource has its metadata on another server, which is not asked: "
                    + "'\(named.sanitised(limit: 200))'")
        }
        return place
    }

    private func read(
        _ place: HTTPURL, _ fetch: DocumentFetch, _ scope: String?
    ) async throws(OAuthError) -> ProtectedResource {
        let response = try await fetch.get(place)
        return try ProtectedResource(
            metadata: try fetch.document(in: response, "the resource"), of: url,
            challengedScope: scope, isPublic: fetch.addresses == .publicOnly)
    }
}
