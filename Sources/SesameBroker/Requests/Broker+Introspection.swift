import SesameHTTP
package import SesameOAuth
import SesameStore
import SesameSystem

extension Broker {
    /// What the server says about the access token that a profile holds (RFC 7662).
    ///
    /// It renews nothing and keeps nothing of the answer.
    package func introspect(_ name: String) async throws(BrokerError) -> IntrospectionResponse {
        let profile = try usableProfile(name)
        guard let held = try await look(profile).credential, let token = held.accessToken else {
            throw BrokerError(
                .loginRequired, "profile \(name) holds no access token to ask about",
                hints: ["log in: sesame login \(name)"])
        }
        let client = try await client(of: profile)
        guard client.server.tokenEndpoint.description == held.tokenEndpoint else {
            throw BrokerError(
                .configuration, "the token of profile \(name) comes from another server",
                hints: ["log in again: sesame login \(name)"])
        }
        try requireOwnPlace(profile, client.server.tokenEndpoint)
        do throws(OAuthError) { return try await client.introspect(token, at: time.now) } catch {
            throw BrokerError(error, profile: profile)
        }
    }

    /// The token goes along, so a place that the profile names by itself is the server's or one of its destinations.
    private func requireOwnPlace(
        _ profile: Profile, _ tokenEndpoint: HTTPURL
    ) throws(BrokerError) {
        guard let named = profile.settings.url("introspection_endpoint"),
            named.origin != tokenEndpoint.origin
        else { return }
        do throws(Destinations.Refusal) { _ = try profile.destinations.admit(named) } catch {
            throw BrokerError(refusal: error, url: named.description, profile: profile)
        }
    }
}
