import SesameHTTP
import SesameJSON
import SesamePlayground
import SesameSecrets
import SesameStore
import SesameSystem
import TestSupport
import Testing

/// While a client secret is replaced at its server, both are there.
@Suite struct `A client with several secrets` {
    private static let service =
        "[profile p]\nissuer = @/rfc\nclient_id = practice-service\ngrant = client_credentials\n"

    private func add(_ secret: String, _ end: String? = nil, to rig: Rig) async throws {
        let time = end.map { #","client_secret_expires_at":"\#($0)""# } ?? ""
        let answer = try await rig.call(
            "PUT", "/profiles/p", #"{"settings":{},"added_client_secret":"\#(secret)"\#(time)}"#)
        try #require(answer.status == 200, "\(answer.text)")
    }

    private func held(_ rig: Rig) async throws -> [String] {
        try await rig.store.secrets(of: "p")?.clientSecrets.map {
            $0.secret.dangerouslyRevealedText()
        } ?? []
    }

    @Test func `uses the next one where the first is refused, and that one first from then on`()
        async throws
    {
        let rig = try Rig(.unixSocket, Self.service)
        try await rig.give("old-secret", to: "p")
        try await add("practice-secret", to: rig)
        #expect(try await rig.token("p").status == 200)
        #expect(rig.playground.tokenRequests(of: "rfc") == 2)
        #expect(try await held(rig) == ["practice-secret", "old-secret"])
        #expect(try await rig.token("p", "?refresh=true").status == 200)
        #expect(rig.playground.tokenRequests(of: "rfc") == 3)
    }

    @Test func `spends neither code nor refresh token by it`() async throws {
        let rig = try Rig(
            .unixSocket, "[profile p]\nissuer = @/rfc\nclient_id = practice-confidential\n")
        try await rig.give("old-secret", to: "p")
        try await add("practice-secret", to: rig)
        let done = try await rig.logIn("p")
        #expect(done["state"]?.string == "done", "\(done["error"]?["detail"]?.string ?? "")")
        #expect(try await held(rig).first == "practice-secret")
        // It is turned around again for the refresh.
        try await rig.give("old-secret", to: "p")
        try await add("practice-secret", to: rig)
        #expect(try await rig.token("p", "?refresh=true").status == 200)
        let logout = try await rig.call("DELETE", "/profiles/p/grant")
        #expect(try logout.json["revoked"]?.bool == true, "\(logout.text)")
    }

    @Test(arguments: ["5xx", "other"])
    func `tries no other where the server says anything else`(answer: String) async throws {
        let (status, error) =
            answer == "5xx" ? (500, "invalid_client") : (400, "unauthorized_client")
        let body = #"{"error":"\#(error)"}"#
        let refusing = try ScriptedServer(
            answer: "HTTP/1.1 \(status) No\r\nContent-Type: application/json\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
        let own = try Rig(
            .unixSocket,
            "[profile p]\ntoken_endpoint = \(try refusing.url("/token"))\nclient_id = c\n"
                + "grant = client_credentials\n")
        try await own.give("first", to: "p")
        try await add("second", to: own)
        _ = try await own.token("p")
        #expect(refusing.requests.count == 1)
        #expect(try await held(own) == ["first", "second"])
    }

    @Test func `is refused when all are, and keeps them`() async throws {
        let rig = try Rig(.unixSocket, Self.service)
        try await rig.give("one", to: "p")
        try await add("two", to: rig)
        #expect(try await rig.token("p").problem == "server_refused")
        #expect(rig.playground.tokenRequests(of: "rfc") == 2)
        #expect(try await held(rig) == ["one", "two"])
    }

    @Test func `skips one that is over, and forgets it once another one has worked`() async throws {
        let rig = try Rig(.unixSocket, Self.service)
        let past = #""client_secret_expires_at":"2020-01-01T00:00:00Z""#
        let first = #"{"settings":{},"client_secret":"over",\#(past)}"#
        #expect(try await rig.call("PUT", "/profiles/p", first).status == 200)
        try await add("practice-secret", to: rig)
        #expect(try await held(rig) == ["over", "practice-secret"])
        #expect(try await rig.token("p").status == 200)
        #expect(rig.playground.tokenRequests(of: "rfc") == 1)
        #expect(try await held(rig) == ["practice-secret"])
    }

    @Test func `hears within a month before the last one ends`() async throws {
        let rig = try Rig(.unixSocket, Self.service)
        func warnings() async throws -> [String] {
            let status = try await rig.call("GET", "/profiles/p").json
            return status["warnings"]?.elements?.compactMap(\.string) ?? []
        }
        try await rig.give("practice-secret", to: "p")
        #expect(try await warnings().isEmpty)
        let soon = SystemTime().now.adding(seconds: 20 * 86_400)
        try await add("practice-secret", "\(soon)", to: rig)
        #expect(try await warnings().first?.contains("client secret ends at \(soon)") == true)
        try await add("next", "\(SystemTime().now.adding(seconds: 400 * 86_400))", to: rig)
        #expect(try await warnings().isEmpty)
    }

    @Test func `takes no further one for another server`() async throws {
        let rig = try Rig(.unixSocket, Self.service)
        try await rig.give("practice-secret", to: "p")
        let moved = """
            {"settings":{"issuer":["\(rig.playground.issuer("strict"))"]},"added_client_secret":"next"}
            """
        #expect(try await rig.call("PUT", "/profiles/p", moved).problem == "configuration")
        #expect(try await held(rig) == ["practice-secret"])
    }
}
