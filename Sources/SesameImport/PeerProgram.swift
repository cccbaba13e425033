package import SesameSecrets

/// A program whose logins can be taken over.
package enum PeerProgram: String, Sendable, CaseIterable {
    case oidcAgent = "oidc-agent"
    case gcloud
    case pizauth
    case muttOAuth2 = "mutt_oauth2"
    case emailProxy = "email-oauth2-proxy"

    /// The most bytes that a file of any of them has.
    package static let mostBytes = 1 << 20

    /// The accounts in a file of this program, in its order.
    /// - Parameter name: what an account is called of which the file itself has no name.
    /// - Throws: ``ImportError`` where the file is not what the program writes.
    package func accounts(
        in file: Secret, named name: String?
    ) throws(ImportError) -> [ForeignAccount] {
        guard file.count <= Self.mostBytes else {
            throw ImportError(.malformed, "the file is too large to be one of \(rawValue)")
        }
        guard !file.isEmpty else { throw ImportError(.malformed, "there is nothing in it") }
        return switch self {
        case .oidcAgent: [try OIDCAgent.account(in: file)]
        case .gcloud: [try GCloud.account(in: file, named: name)]
        case .pizauth: try Pizauth.accounts(in: file)
        case .muttOAuth2: [try MuttOAuth2.account(in: file)]
        case .emailProxy: try EmailProxy.accounts(in: file)
        }
    }
}

/// What is known of two authorization servers that these programs name without their endpoints.
enum KnownServers {
    /// Its metadata lead to the endpoints.
    static let google: [(key: String, value: String?)] = [("issuer", "https://accounts.google.com")]

    /// The tenant `common` states another issuer than its own address, so it is named by its endpoints.
    static let microsoft: [(key: String, value: String?)] = [
        (
            "authorization_endpoint",
            "https://login.microsoftonline.com/common/oauth2/v2.0/authorize"
        ),
        ("token_endpoint", "https://login.microsoftonline.com/common/oauth2/v2.0/token"),
    ]
}
