import Glibc
import SesameBroker
import SesameHTTP
import SesameSecrets
import SesameStore
import SesameSystem
import TestSupport
import Testing

@Suite struct `A client secret` {
    private let given = ClientSecrets(clientSecret: Secret(utf8: "s3cret"))

    @Test func `goes nowhere but to the server that it was given for`() async throws {
        let house = try Household()
        _ = try await house.broker.setUp("robot", changes: ["scope": ["read"]], secrets: given)
        _ = try await house.token("robot")
        let moved = try await house.broker.setUp(
            "robot", changes: ["token_endpoint": ["https://evil.example/token"]],
            secrets: ClientSecrets())
        #expect(!moved.isReady)
        #expect(moved.warnings.contains { $0.contains("it is not used there unasked") })
        let before = house.server.requests.count
        let error = await failure { () throws(BrokerError) in try await house.token("robot") }
        #expect(error?.code == .configuration)
        #expect(error?.message.contains("evil.example") == true)
        #expect(house.server.requests.count == before)

        // A person who means it gives it again.
        let again = try await house.broker.setUp(
            "robot", changes: [:], secrets: ClientSecrets(clientSecret: Secret(utf8: "other")))
        #expect(again.isReady)
        _ = try await house.token("robot")
    }

    @Test(arguments: [
        "revocation_endpoint", "device_authorization_endpoint",
        "pushed_authorization_request_endpoint", "introspection_endpoint",
    ])
    func `goes to no other host for another endpoint, either`(endpoint: String) async throws {
        let house = try Household()
        _ = try await house.broker.setUp("robot", changes: [:], secrets: given)
        _ = try await house.broker.setUp(
            "robot", changes: [endpoint: ["https://evil.example/revoke"]],
            secrets: ClientSecrets())
        let error = await failure { () throws(BrokerError) in try await house.token("robot") }
        #expect(error?.code == .configuration)
        // The same host is the same server.
        _ = try await house.broker.setUp(
            "robot", changes: [endpoint: ["https://id.example/revoke"]],
            secrets: ClientSecrets())
        _ = try await house.token("robot")
    }

    /// It names no owner there: the first one who gets it is the owner from then on.
    @Test(arguments: [true, false])
    func `of a store of version 0.1.0 is bound by its first use, or by a change`(isUsed: Bool)
        async throws
    {
        let house = try Household()
        try await house.store.put(given, for: "robot")
        if isUsed { _ = try await house.token("robot") }
        _ = try await house.broker.setUp(
            "robot", changes: ["token_endpoint": ["https://evil.example/token"]],
            secrets: ClientSecrets())
        let error = await failure { () throws(BrokerError) in
            try await house.token("robot", refresh: true)
        }
        #expect(error?.code == .configuration)
        #expect(try await house.store.secrets(of: "robot")?.clientSecretFor != nil)
    }

    @Test func `such as a password goes to no host that was allowed later`() async throws {
        let house = try Household()
        let login = ClientSecrets(username: Secret(utf8: "ada"), password: Secret(utf8: "engine"))
        _ = try await house.broker.setUp("plain", changes: [:], secrets: login)
        _ = try await house.broker.setUp(
            "plain", changes: ["allow": ["https://acme.example/api", "https://evil.example/"]],
            secrets: ClientSecrets())
        let url = "https://evil.example/"
        let request = HTTPRequest("GET", try #require(HTTPURL(url)))
        let error = await failure { () throws(BrokerError) in
            try await house.broker.send(request, to: url, for: "plain")
        }
        #expect(error?.code == .configuration)
    }

    @Test func `and a password do not take each other along`() async throws {
        let house = try Household()
        _ = try await house.broker.setUp("robot", changes: [:], secrets: given)
        let login = ClientSecrets(username: Secret(utf8: "ada"), password: Secret(utf8: "engine"))
        let basic = ["grant": ["basic"], "base_url": ["https://other.example"]]
        #expect(try await house.broker.setUp("robot", changes: basic, secrets: login).isReady)
        _ = try await house.broker.setUp(
            "robot", changes: ["base_url": ["https://evil.example"]], secrets: ClientSecrets())
        let url = "https://evil.example/"
        let request = HTTPRequest("GET", try #require(HTTPURL(url)))
        let error = await failure { () throws(BrokerError) in
            try await house.broker.send(request, to: url, for: "robot")
        }
        #expect(error?.code == .configuration)
        _ = try await house.broker.setUp(
            "robot", changes: ["grant": ["client_credentials"]], secrets: ClientSecrets())
        _ = try await house.token("robot")
    }

    /// The new one would not fit the profile that is left.
    @Test func `is as before when the configuration cannot be written`() async throws {
        let house = try Household()
        _ = try await house.broker.setUp("robot", changes: [:], secrets: given)
        let folder = house.folder.path
        house.store.whenRead.withLock { $0 = { unsafe chmod(folder, 0o777) } }
        let error = await failure { () throws(BrokerError) in
            try await house.broker.setUp(
                "robot", changes: ["client_id": ["other"]],
                secrets: ClientSecrets(clientSecret: Secret(utf8: "new")))
        }
        #expect(error?.code == .configuration)
        let secret = try await house.store.secrets(of: "robot")?.clientSecret
        #expect(secret?.dangerouslyRevealedText() == "s3cret")
    }

    @Test func `that is damaged keeps the configuration as it is, unless it is given anew`()
        async throws
    {
        let house = try Household()
        _ = try await house.broker.setUp("robot", changes: [:], secrets: given)
        house.store.damaged.withLock { $0 = ["robot"] }
        let before = try house.text("config")
        let error = await failure { () throws(BrokerError) in
            try await house.broker.setUp(
                "robot", changes: ["scope": ["write"]], secrets: ClientSecrets())
        }
        #expect(error?.code == .storeDamaged)
        #expect(try house.text("config") == before)
    }
}
