public import SesameHTTP
public import SesameJSON
import SesameSecrets

/// What a protected resource says about itself (RFC 9728, section 2), once it is checked.
public struct ProtectedResource: Sendable, Hashable {
    /// The resource's identifier, as its own document spells it: what tokens are asked for (RFC 8707).
    public let resource: String
    /// The issuers whose tokens it takes; at least one.
    ///
    /// Whether one of them may be used is not the resource's to say (RFC 9728, section 7.6).
    public let authorizationServers: [String]
    /// The scope to ask for: of the challenge, or else all that the document names; `nil` where neither does.
    public let scope: String?
    /// The resource's name for people, safe to show.
    public let name: String?
    /// Whether it takes tokens that are bound to a key only (RFC 9449).
    public let requiresDPoP: Bool

    /// Reads a metadata document.
    /// - Parameters:
    ///   - resource: what the document has to be about: the URL that was asked for.
    ///   - challengedScope: the scope of the challenge that led here; it goes before the document's.
    ///   - isPublic: whether the resource is one of the public internet: then its authorization servers are, too.
    /// - Throws: ``OAuthError`` with `resourceMismatch`, `invalidMetadata` or `unsafeEndpoint`.
    public init(
        metadata: JSON, of resource: HTTPURL, challengedScope: String? = nil, isPublic: Bool
    ) throws(OAuthError) {
        guard let stated = metadata["resource"]?.string else {
            throw OAuthError(.invalidMetadata, "the resource's metadata do not name a resource")
        }
        // As URLs: `https://api.example` and `https://api.example/` are one (RFC 3986, section 6.2.3).
        guard HTTPURL(stated) == resource else {
            throw OAuthError(
                .resourceMismatch,
                "the metadata are about the resource '\(stated.sanitised(limit: 200))', not about '\(resource)'"
            )
        }
        self.resource = stated
        authorizationServers = try issuers(in: metadata, isPublic: isPublic)
        let methods = try texts("bearer_methods_supported", in: metadata)
        guard methods?.contains("header") != false else {
            throw OAuthError(
                .invalidMetadata,
                "the resource does not take tokens in the header, the only way that is known")
        }
        let supported = try texts("scopes_supported", in: metadata)?.filter { isScope($0) }
        scope = challengedScope.flatMap(wellFormed) ?? wellFormed(supported?.joined(separator: " "))
        name = metadata["resource_name"]?.string.map { $0.sanitised(limit: 80) }
        requiresDPoP = metadata["dpop_bound_access_tokens_required"]?.bool ?? false
    }
}

/// The authorization servers, each an issuer that discovery can begin with.
///
/// One that is not makes the whole document unusable: who writes such things is not to be chosen from.
private func issuers(in metadata: JSON, isPublic: Bool) throws(OAuthError) -> [String] {
    guard let named = metadata["authorization_servers"] else {
        throw OAuthError(.invalidMetadata, "the resource's metadata name no authorization server")
    }
    guard let elements = named.elements, (1...maximumServers).contains(elements.count) else {
        throw OAuthError(
            .invalidMetadata,
            "the metadata's authorization_servers are no list of 1 to \(maximumServers) issuers")
    }
    var found: [String] = []
    for element in elements {
        guard let text = element.string, let url = HTTPURL(text) else {
            throw OAuthError(
                .invalidMetadata, "one of the authorization servers is no plain https URL")
        }
        guard url.isSecure, url.query == nil, url.fragment == nil, !isPublic || hasName(url) else {
            throw OAuthError(
                .unsafeEndpoint,
                "the resource names an authorization server that is not to be trusted: '\(url)'")
        }
        if !found.contains(text) { found.append(text) }
    }
    return found
}

/// Whether the host is a name that is not this machine's own.
private func hasName(_ url: HTTPURL) -> Bool {
    let last = url.host.split(separator: ".").last ?? ""
    return !url.host.hasPrefix("[") && last != "localhost"
        && last.utf8.first.map { !(0x30...0x39).contains($0) } ?? false
}

private func wellFormed(_ scope: String?) -> String? {
    let words = (scope ?? "").split(separator: " ").map { String($0) }
    guard !words.isEmpty, words.count <= maximumScopes, words.allSatisfy({ isScope($0) }) else {
        return nil
    }
    return words.joined(separator: " ")
}

private let maximumServers = 20
private let maximumScopes = 100
