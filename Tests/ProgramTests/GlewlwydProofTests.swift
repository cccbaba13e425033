import SesameJSON
import TestSupport
import Testing

/// The built programs against an authorization server that nobody here wrote, and that takes proofs of a key
/// (RFC 9449).
@Suite(
    .enabled(
        if: ForeignProgram.isExpected("glewlwyd"),
        "glewlwyd is not installed (apt-get install glewlwyd sqlite3)"))
struct `Against glewlwyd with proofs of a key, the programs` {
    /// `bound` is registered so that the server insists; `public` has its tokens bound because it wants to.
    @Test(arguments: [
        BoundMeeting("bound", "auto", "1"), BoundMeeting("public", "required", "1"),
        BoundMeeting("bound", "required", "nonce"), BoundMeeting("public", "required", "nonce"),
        BoundMeeting("public", "required", "nonce", takesPushedOnly: true),
    ])
    func `DP-6, DP-7, DP-9: log in, renew, and use the API`(meeting: BoundMeeting) async throws {
        let server = try await Glewlwyd(
            takesPushedOnly: meeting.takesPushedOnly, proofs: meeting.proofs)
        let sesame = Sesame(browser: server.browser, server: server)
        let client = try server.client(meeting.client)
        try await sesame.run(
            "setup", "work", "--issuer", server.issuer, "--client-id", client.id, "--scope",
            "read write", "--client-auth", "none", "--redirect-uri", client.redirectURI,
            "--base-url", server.issuer)
        try await sesame.shell("echo 'dpop = \(meeting.setting)' >>config")
        try await sesame.run("login", "work")
        let token = try JSON(printed: try await sesame.run("token", "work", "--json"))
        #expect(token["token_type"]?.string == "DPoP")
        var tokens: Set<String> = [try await sesame.run("token", "work")]
        for _ in 1...5 { tokens.insert(try await sesame.run("token", "work", "--refresh")) }
        #expect(tokens.count == 6)
        let answer = try await sesame.run("request", "work", "/userinfo")
        #expect(try JSON(printed: answer)["sub"]?.string?.isEmpty == false)
    }

    @Test func `DP-5: log in with a bearer token, as ever, where nobody insists`() async throws {
        let server = try await Glewlwyd(proofs: "1")
        let sesame = Sesame(browser: server.browser, server: server)
        let client = try server.client("public")
        try await sesame.run(
            "setup", "work", "--issuer", server.issuer, "--client-id", client.id, "--scope",
            "read", "--client-auth", "none", "--redirect-uri", client.redirectURI)
        try await sesame.run("login", "work")
        let token = try JSON(printed: try await sesame.run("token", "work", "--json"))
        #expect(token["token_type"]?.string == "Bearer")
    }
}

/// One client, what its profile says, and what the server wants.
struct BoundMeeting: Sendable, CustomTestStringConvertible {
    let client: String
    let setting: String
    let proofs: String
    let takesPushedOnly: Bool

    init(_ client: String, _ setting: String, _ proofs: String, takesPushedOnly: Bool = false) {
        self.client = client
        self.setting = setting
        self.proofs = proofs
        self.takesPushedOnly = takesPushedOnly
    }

    var testDescription: String {
        "\(client), dpop = \(setting), proofs: \(proofs)"
            + (takesPushedOnly ? ", pushed requests only" : "")
    }
}
