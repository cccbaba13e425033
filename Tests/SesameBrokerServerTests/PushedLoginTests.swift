import SesameHTTP
import SesameJSON
import SesamePlayground
import SesameSystem
import TestSupport
import Testing

/// RFC 9126: PA-2, PA-3 and PA-5, with a server that takes nothing else.
@Suite struct `A login whose request is pushed` {
    private static func profile(
        _ issuer: String, _ client: String = "practice-public", _ more: String = ""
    ) -> String {
        """
        [profile p]
        issuer = @/\(issuer)
        base_url = @/\(issuer)/api
        client_id = \(client)
        scope = read
        \(more)

        """
    }

    @Test(arguments: ["practice-public", "practice-confidential", "practice-post"])
    func `ends with a token where the server wants it so`(client: String) async throws {
        let method = client == "practice-post" ? "client_auth = client_secret_post" : ""
        let rig = try Rig(.unixSocket, Self.profile("par", client, method))
        if client != "practice-public" { try await rig.give("practice-secret", to: "p") }
        let login = try await rig.beginLogin("p")
        let form = try ReceivedForm(query: login.url.query)
        #expect(form.names.sorted() == ["client_id", "request_uri"])
        _ = try await PracticeBrowser().open(login.url)
        let done = try await rig.call("GET", "/logins/\(login.id)?wait=20").json
        #expect(done["state"]?.string == "done")
        #expect(try await rig.token("p").status == 200)
    }

    @Test func `has a new reference each time`() async throws {
        let rig = try Rig(.unixSocket, Self.profile("par"))
        let first = try await rig.beginLogin("p").url
        let second = try await rig.beginLogin("p").url
        #expect(first != second)
        #expect(try await PracticeBrowser().open(second).body.contains("Signed in"))
    }

    @Test(arguments: [
        ("rfc", "par = required", "has no endpoint for pushed authorization requests"),
        ("par", "par = off", "takes pushed authorization requests only"),
    ])
    func `is not begun against what the profile says`(
        issuer: String, setting: String, words: String
    ) async throws {
        let rig = try Rig(.unixSocket, Self.profile(issuer, "practice-public", setting))
        let answer = try await rig.call("POST", "/profiles/p/login", #"{"mode":"browser"}"#)
        #expect(answer.problem == "configuration")
        #expect(answer.text.contains(words), "\(answer.text)")
    }

    @Test func `goes to the endpoint that the profile names itself`() async throws {
        let more = "pushed_authorization_request_endpoint = @/par/par"
        let rig = try Rig(.unixSocket, Self.profile("rfc", "practice-public", more))
        // The other issuer does not know what was pushed there; but it is there that it was.
        let login = try await rig.beginLogin("p")
        #expect(login.url.query?.contains("request_uri=urn") == true)
    }

    @Test(arguments: [Fault.serverError, .htmlPage, .lostAnswer, .unavailable])
    func `that fails there is over, and the next one is not disturbed`(
        fault: Fault
    ) async throws {
        let rig = try Rig(.unixSocket, Self.profile("par"))
        rig.playground.install(fault.at(.par, of: "par"))
        let answer = try await rig.call("POST", "/profiles/p/login", #"{"mode":"browser"}"#)
        #expect(answer.problem == "temporary", "\(answer.text)")
        let done = try await rig.logIn("p")
        #expect(done["state"]?.string == "done")
    }
}
