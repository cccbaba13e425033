import SesameHTTP
import SesameHTTPServer
import SesameJSON
import SesamePlayground
import SesameSecrets
import TestSupport
import Testing

@Suite struct `An endpoint for pushed authorization requests` {
    private let practice = Practice()

    private func push(
        _ changes: [String: String?] = [:], client: String = "practice-public"
    ) async -> ServerResponse {
        let query = practice.authorizeTarget("par", changes, client: client)
            .split(separator: "?")[1]
        let fields = [("Content-Type", "application/x-www-form-urlencoded")]
        return await practice.send("POST", "/par/par", fields, body: String(query))
    }

    private func reference() async throws -> String {
        let pushed = try JSON(parsing: await push().body)
        return try #require(pushed["request_uri"]?.string)
    }

    private func target(_ reference: String, _ more: String = "") -> String {
        "/par/authorize?client_id=practice-public&request_uri=\(reference)\(more)"
    }

    @Test func `keeps a request for one login`() async throws {
        let answer = await push()
        #expect(answer.status == 201)
        let reference = try await reference()
        let page = await practice.send("GET", target(reference))
        #expect(page.status == 200 && page.text.contains("<code>read</code>"))
        #expect(await practice.decide(target(reference), password: "guess").status == 403)
        let decided = await practice.decide(target(reference))
        #expect(try decided.callback("state") == "s&1")
        #expect(try decided.callback("code").count == 43)
        #expect(await practice.send("GET", target(reference)).status == 400)
        #expect(await practice.decide(target(reference)).status == 400)
    }

    @Test func `takes no other authorization request, and nothing beside its reference`()
        async throws
    {
        let reference = try await reference()
        for target in [
            practice.authorizeTarget("par"), target(reference, "&scope=write"),
            target(reference, "&state=x"), target("urn:unknown"),
            target(reference).replacing("practice-public", with: "practice-post"),
        ] {
            #expect(await practice.send("GET", target).status == 400, "\(target)")
        }
        #expect(await practice.send("GET", target(reference)).status == 200)
    }

    @Test func `forgets a request after a minute`() async throws {
        let reference = try await reference()
        practice.time.advance(seconds: 61)
        #expect(await practice.send("GET", target(reference)).status == 400)
    }

    @Test(arguments: [
        (["redirect_uri": "https://evil.example/"], "invalid_request"),
        (["code_challenge": nil], "invalid_request"),
        (["response_type": "token"], "unsupported_response_type"),
        (["scope": "admin"], "invalid_scope"),
        (["client_id": nil], "invalid_client"), (["client_id": "practice-post"], "invalid_client"),
    ])
    func `refuses what the browser could not ask for either`(
        changes: [String: String?], code: String
    ) async throws {
        let answer = await push(changes)
        #expect([400, 401].contains(answer.status))
        #expect(try JSON(parsing: answer.body)["error"]?.string == code)
    }

    @Test func `refuses a reference to another request`() async throws {
        let query = practice.authorizeTarget("par").split(separator: "?")[1]
        let fields = [("Content-Type", "application/x-www-form-urlencoded")]
        let answer = await practice.send(
            "POST", "/par/par", fields, body: query + "&request_uri=urn:a")
        #expect(answer.status == 400)
    }

    @Test func `is announced where it is, and nowhere else`() async throws {
        for (issuer, isThere) in [("par", true), ("rfc", false)] {
            let answer = await practice.send(
                "GET", "/.well-known/oauth-authorization-server/\(issuer)")
            let metadata = try JSON(parsing: answer.body)
            #expect((metadata["pushed_authorization_request_endpoint"] != nil) == isThere)
            #expect((metadata["require_pushed_authorization_requests"]?.bool == true) == isThere)
        }
        #expect(await practice.post("/rfc/par", []).status == 404)
    }
}
