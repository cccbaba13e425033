import Glibc
import SesameJSON
import TestSupport
import Testing

/// The built programs, and a practice resource that says whose tokens it takes, as an MCP server does.
@Suite struct `From the address of a resource` {
    @Test func `PR-1, PR-3, RG-5, R-1: it is three commands to an answer of it`() async throws {
        let resource = try ResourcePractice()
        let strange = try await resource.sesame.attempt([
            "setup", "notes", "--resource", resource.url,
        ])
        #expect(strange.status == 6)
        let command = try #require(
            strange.errors.split(separator: "\n").first { $0.contains("--trust-issuer") })
        let words = command.split(separator: " ").drop { $0 != "setup" }.map { String($0) }
        try await resource.sesame.run(words, input: "")
        try await resource.sesame.run("login", "notes")
        let answer = try JSON(
            printed: try await resource.sesame.run("request", "notes", resource.url))
        #expect(answer["subject"]?.string == "ada")
        #expect(answer["scope"]?.string == "read", "what the challenge asked for")
        // Nowhere else goes what is for the resource.
        let elsewhere = try await resource.sesame.attempt(
            ["request", "notes", "\(resource.playground.origin)/rfc/api/x"])
        #expect(elsewhere.status == 6)
        // The issuer is known now.
        try await resource.sesame.run("setup", "others", "--resource", resource.url)
        #expect(try await resource.sesame.run("token", "notes", "--refresh").count > 20)
    }

    @Test func `RG-3, RG-4: the client is changed at the server, and ended there`() async throws {
        let resource = try ResourcePractice()
        try await resource.sesame.run(
            "setup", "notes", "--resource", resource.url, "--trust-issuer", resource.issuer)
        try await resource.sesame.run("setup", "notes", "--scope", "read write")
        try await resource.sesame.run("login", "notes")
        let status = try JSON(printed: try await resource.sesame.run("token", "notes", "--json"))
        #expect(status["scope"]?.string == "read write")
        try await resource.sesame.run("setup", "notes", "--unregister")
        #expect(try await resource.sesame.attempt(["token", "notes"]).status == 2)
        try await resource.sesame.run("setup", "notes", "--register")
        #expect(try await resource.sesame.attempt(["token", "notes"]).status == 3)
        try await resource.sesame.run("login", "notes")
    }

    @Test func `R-3: a server that gives no tokens for a resource is not asked again`() async throws
    {
        let resource = try ResourcePractice()
        try await resource.sesame.run(
            "setup", "notes", "--resource", resource.url, "--trust-issuer", resource.issuer)
        try await resource.sesame.run("setup", "notes", "--resource", "\(resource.url)/other")
        let login = try await resource.sesame.attempt(["login", "notes"])
        #expect(login.status == 7)
        #expect(login.errors.contains("resource"), "\(login.errors)")
    }

    @Test(arguments: [
        (#""resource":"https://honest.test/api""#, 6),
        (#""authorization_servers":["http://169.254.169.254/"]"#, 6),
        (#""authorization_servers":[]"#, 2),
    ])
    func `PR-1, PR-3, T-20: no profile comes of what it must not say`(
        _ vector: (members: String, status: Int32)
    ) async throws {
        let resource = try ResourcePractice()
        _ = try await resource.playground.control(
            "POST", "faults",
            #"{"kind":"none","issuer":"mcp","endpoint":"discovery","members":{\#(vector.members)}}"#
        )
        let refused = try await resource.sesame.attempt(
            ["setup", "notes", "--resource", resource.url, "--trust-issuer", resource.issuer])
        #expect(refused.status == vector.status, "\(refused.errors)")
        #expect(try await resource.sesame.run("profiles").isEmpty)
    }
}

private struct ResourcePractice {
    let sesame: Sesame
    let playground: Playground
    private let browserFolder = TemporaryFolder()
    var issuer: String { "\(playground.origin)/mcp" }
    var url: String { "\(playground.origin)/mcp/api" }

    init() throws {
        playground = try Playground("--quiet")
        let browser = browserFolder.file("practice-browser")
        try #require(unsafe symlink(BuiltPrograms.path(of: "sesame-playground"), browser) == 0)
        sesame = Sesame(browser: browser, server: playground)
    }
}
