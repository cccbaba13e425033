import SesameHTTP

/// A client that is registered from the start.
///
/// Its secret is printed by `--help`: it guards nothing.
package struct PracticeClient: Sendable {
    /// How it proves who it is.
    package enum Authentication: String, Sendable {
        case none
        case basic = "client_secret_basic"
        /// Basic with the values as they are, as servers do that never decode them.
        case rawBasic = "client_secret_basic (raw)"
        case post = "client_secret_post"
        case secretJWT = "client_secret_jwt"
        /// With a key of its own, whose public half is registered at run time.
        case privateKeyJWT = "private_key_jwt"
    }

    /// Which redirect URIs it may use.
    package enum RedirectRule: Sendable {
        /// This text, character by character.
        case exact(String)
        /// This one at any port (RFC 8252, section 7.3); it names none itself.
        case anyPort(String)
        /// Mautic's rule: it begins with this text in any case, at the same host and port.
        case prefix(String)
        /// As ``prefix(_:)``, at any port. Mautic has no such thing; tests run side by side need it.
        case prefixAnyPort(String)
    }

    package let id: String
    package var secret: String?
    package var authentication = Authentication.none
    package var redirects: [RedirectRule] = []
    package var grantTypes = ["authorization_code", "refresh_token"]
    /// The name a person gave it.
    package var name = ""

    package init(_ id: String) {
        self.id = id
    }
}

extension PracticeClient.RedirectRule {
    /// The URI as it was registered.
    package var uri: String {
        switch self {
        case .exact(let uri), .anyPort(let uri), .prefix(let uri), .prefixAnyPort(let uri): uri
        }
    }

    /// Whether a request may name this URI.
    func covers(_ requested: String) -> Bool {
        guard let mine = HTTPURL(uri), let theirs = HTTPURL(requested), theirs.fragment == nil
        else {
            return false
        }
        switch self {
        case .exact: return requested == uri
        case .anyPort:
            return theirs.isLoopback && theirs.host == mine.host && theirs.path == mine.path
                && theirs.query == mine.query
        case .prefix: return theirs.origin == mine.origin && begins(theirs, mine)
        case .prefixAnyPort: return theirs.host == mine.host && begins(theirs, mine)
        }
    }

    private func begins(_ requested: HTTPURL, _ registered: HTTPURL) -> Bool {
        let isClimbing = requested.path.contains("/./") || requested.path.contains("/../")
        return !isClimbing && requested.path.lowercased().hasPrefix(registered.path.lowercased())
    }
}
