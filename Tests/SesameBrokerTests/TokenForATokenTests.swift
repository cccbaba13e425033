import SesameOAuth
import SesameSecrets
import SesameStore
import SesameSystem
import TestSupport
import Testing

@testable import SesameBroker

/// `grant = token_exchange` with the token of another profile.
@Suite struct `A token that is had for another profile's` {
    private static let configuration = """
        [profile giving]
        token_endpoint = https://id.example/token
        grant = client_credentials
        client_id = cli

        [profile taking]
        token_endpoint = https://id.example/token
        grant = token_exchange
        client_id = cli
        client_auth = none
        subject_profile = giving

        [profile other]
        token_endpoint = https://id.example/token
        grant = client_credentials
        client_id = cli

        """
    private static let exchanged =
        #"{"access_token":"exchanged","token_type":"Bearer","expires_in":3600,"#
        + #""issued_token_type":"urn:ietf:params:oauth:token-type:access_token"}"#

    /// The key is changed, or the store locked, while the other profile's token is still to come.
    @Test func `is there before what wants the store for itself begins`() async throws {
        let house = try await house()
        house.server.hold()
        async let token = house.token("taking")
        await house.server.arrival()
        async let other = house.token("other")
        let done = Locked(false)
        async let alone: Bool = house.broker.exclusively {
            done.withLock { $0 = true }
            return .success(true)
        }
        // It has asked for the store by now, and waits.
        while await house.broker.exclusive == nil { await Task.yield() }
        #expect(!done.withLock { $0 })
        house.server.prepare(
            .answer(status: 200, type: "application/json", body: Self.exchanged))
        house.server.release()
        _ = try? await token
        _ = try? await other
        #expect(try await alone)
    }

    /// Ticket first, saved before seen: also for a caller who may have less.
    @Test func `is narrowed by a renewal where it came with a refresh token`() async throws {
        let house = try await house()
        house.server.prepare(
            .answer(
                status: 200, type: "application/json",
                body: #"{"access_token":"subject","token_type":"Bearer","expires_in":3600}"#),
            .answer(
                status: 200, type: "application/json",
                body: Self.exchanged.replacing(
                    #""expires_in""#,
                    with: #""scope":"read write","refresh_token":"refresh-1","expires_in""#)))
        #expect(try await house.token("taking") == "exchanged")
        house.server.prepare(
            .answer(
                status: 200, type: "application/json",
                body:
                    #"{"access_token":"narrow","token_type":"Bearer","expires_in":3600,"scope":"read","refresh_token":"refresh-2"}"#
            ))
        var query = Broker.TokenQuery(profile: "taking")
        query.narrowedScope = "read"
        let token = try await house.broker.accessToken(query)
        #expect(token.value.equals(Secret(utf8: "narrow")))
        let stored = try await house.store.credential(of: "taking")?.value
        #expect(stored?.refreshToken?.equals(Secret(utf8: "refresh-2")) == true)
    }

    private func house() async throws -> Household {
        let house = try Household(Self.configuration)
        for name in ["giving", "other"] {
            try await house.store.put(
                ClientSecrets(clientSecret: Secret(utf8: "s"), username: nil, password: nil),
                for: name)
        }
        return house
    }
}
