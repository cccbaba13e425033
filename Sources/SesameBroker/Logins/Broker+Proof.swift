import SesameHTTP
import SesameOAuth
import SesameSystem

/// For a grant that needs no person, «log in» means: show that the server accepts what is stored.
extension Broker {
    /// How the proof went; `nil` for a grant that needs a person.
    func proof(of name: String) async throws(BrokerError) -> LoginReport? {
        let profile = try parts.configuration.profile(name)
        switch profile.grant {
        case .authorizationCode, .deviceCode: return nil
        case .clientCredentials, .jwtBearer, .tokenExchange: return try await proveClient(profile)
        case .basic: return try await provePassword(profile)
        }
    }

    private func proveClient(_ profile: Profile) async throws(BrokerError) -> LoginReport {
        var query = TokenQuery(profile: profile.name)
        query.forcesRenewal = true
        let token = try await accessToken(query)
        return LoginReport(
            id: nil, profile: profile.name,
            state: .done(scope: token.scope, expiresAt: token.expiresAt))
    }

    /// Asks the API who the user is, where the provider's preset knows how.
    private func provePassword(_ profile: Profile) async throws(BrokerError) -> LoginReport {
        let done = LoginReport(
            id: nil, profile: profile.name, state: .done(scope: nil, expiresAt: nil))
        guard let path = profile.provider.probePath,
            let url = profile.baseURL?.appending(path: path)
        else { return done }
        let response = try await send(
            HTTPRequest("GET", url), to: url.description, for: profile.name)
        switch response.status {
        case 200..<300: return done
        case 401:
            throw BrokerError(
                .serverRefused, "the server does not accept this user name and password",
                hints: [
                    "give them again: sesame setup \(profile.name) --username U --password-stdin"
                ])
        case 403:
            throw BrokerError(
                .serverRefused, "the server's API takes no user name and password",
                hints: profile.instructions)
        default:
            throw BrokerError(
                .temporary, "the server answers \(response.status), which proves nothing",
                hints: ["try again later, and check base_url"])
        }
    }
}
