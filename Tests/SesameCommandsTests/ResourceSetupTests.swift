import SesameCommands
import TestSupport
import Testing

@Suite struct `sesame setup from the address of a resource` {
    private let mcp = "https://mcp.test/notes"
    private let noProfiles = (200, #"{"profiles":[]}"#)

    @Test func `PR-3: takes a server that a profile uses already`() {
        let stage = Stage([noProfiles, (200, found([("https://as.test", true)])), (200, made)])
        #expect(stage.run("setup", "notes", "--resource", mcp) == 0)
        #expect(
            stage.broker.requests == [
                "GET /v1/profiles?names=true",
                #"POST /v1/profiles/notes/resource {"resource":"https://mcp.test/notes"}"#,
                #"PUT /v1/profiles/notes {"settings":{"resource":["https://mcp.test/notes"],"#
                    + #""issuer":["https://as.test"],"allow":["https://mcp.test/notes"],"#
                    + #""scope":["read"]},"register":true}"#,
            ])
    }

    @Test func `PR-3: takes no other by itself, and says what to type`() {
        let stage = Stage([noProfiles, (200, found([("https://as.test", false)]))])
        #expect(stage.run("setup", "notes", "--resource", mcp) == 6)
        #expect(stage.broker.requests.count == 2, "nothing is set up")
        #expect(
            stage.errors.contains(
                "sesame setup notes --resource https://mcp.test/notes --trust-issuer https://as.test\n"
            ))
    }

    /// A person may copy the command into a shell.
    @Test func `I-6: writes what a server said as one word of the command`() {
        let evil = "https://as.test/$(id);'x"
        let stage = Stage([noProfiles, (200, found([(evil, false)]))])
        #expect(stage.run("setup", "notes", "--resource", mcp) == 6)
        #expect(stage.errors.contains(#"--trust-issuer 'https://as.test/$(id);'\''x'"#))
    }

    @Test func `PR-3: takes the one that is named`() {
        for option in ["--trust-issuer", "--issuer"] {
            let servers = found([("https://as.test", false), ("https://b.test", false)])
            let stage = Stage([noProfiles, (200, servers), (200, made)])
            let code = stage.run("setup", "notes", "--resource", mcp, option, "https://b.test")
            #expect(code == 0)
            #expect(stage.broker.requests.last?.contains(#""issuer":["https://b.test"]"#) == true)
        }
    }

    @Test func `PR-3: takes none that the resource does not name`() {
        let stage = Stage([noProfiles, (200, found([("https://as.test", false)]))])
        let code = stage.run(
            "setup", "notes", "--resource", mcp, "--trust-issuer", "https://evil.test")
        #expect(code == 6)
        #expect(stage.broker.requests.count == 2)
    }

    @Test func `does not choose among several`() {
        let servers = found([("https://as.test", true), ("https://b.test", false)])
        let stage = Stage([noProfiles, (200, servers)])
        #expect(stage.run("setup", "notes", "--resource", mcp) == 6)
        #expect(stage.errors.contains("--trust-issuer https://as.test\n"))
        #expect(stage.errors.contains("--trust-issuer https://b.test\n"))
    }

    @Test func `PR-3: shows the host to a person, who says no by pressing Enter`() {
        let stage = Stage(
            [noProfiles, (200, found([("https://login.test/a", false)]))], input: [""],
            terminals: [.input, .error])
        #expect(stage.run("setup", "notes", "--resource", mcp) == 6)
        #expect(stage.errors.contains("host:   login.test\n"))
        #expect(stage.errors.contains("Do you trust login.test? [y/N]"))
        #expect(stage.broker.requests.count == 2)
    }

    @Test func `lets a person choose, and agree`() {
        let servers = found([("https://as.test", true), ("https://b.test", false)])
        let stage = Stage(
            [noProfiles, (200, servers), (200, made)], input: ["2", "y"],
            terminals: [.input, .error])
        #expect(stage.run("setup", "notes", "--resource", mcp) == 0)
        #expect(stage.errors.contains("1) https://as.test (in use here)"))
        #expect(stage.broker.requests.last?.contains(#""issuer":["https://b.test"]"#) == true)
    }

    @Test func `keeps the scope and the client that are given`() {
        let stage = Stage([noProfiles, (200, found([("https://as.test", true)])), (200, made)])
        let code = stage.run(
            "setup", "notes", "--resource", mcp, "--scope", "mine", "--client-id", "cli")
        #expect(code == 0)
        #expect(
            stage.broker.requests.last
                == #"PUT /v1/profiles/notes {"settings":{"client_id":["cli"],"scope":["mine"],"#
                + #""resource":["https://mcp.test/notes"],"issuer":["https://as.test"],"#
                + #""allow":["https://mcp.test/notes"]}}"#)
    }

    @Test func `asks for tokens that are bound to a key where the resource takes no others`() {
        let text = found([("https://as.test", true)]).replacing("false,\"auth", with: "true,\"auth")
        let stage = Stage([noProfiles, (200, text), (200, made)])
        #expect(stage.run("setup", "notes", "--resource", mcp) == 0)
        #expect(stage.broker.requests.last?.contains(#""dpop":["required"]"#) == true)
    }

    @Test(arguments: [
        ["--issuer", "https://as.test", "--client-id", "cli"], ["--provider", "mautic"],
        ["--resource", "https://other.test"],
    ])
    func `looks nothing up where the server and its client are given`(options: [String]) {
        let stage = Stage([(200, made)])
        #expect(stage.run(["setup", "notes", "--resource", mcp] + options) == 0)
        #expect(stage.broker.requests.count == 1)
        #expect(stage.broker.requests[0].hasPrefix("PUT "))
    }

    @Test func `looks nothing up for a profile that is there`() {
        let stage = Stage([(200, #"{"profiles":[{"profile":"notes"}]}"#), (200, made)])
        #expect(stage.run("setup", "notes", "--resource", mcp) == 0)
        #expect(
            stage.broker.requests.last
                == #"PUT /v1/profiles/notes {"settings":{"resource":["https://mcp.test/notes"]}}"#)
    }

    @Test func `registers, ends a registration, and prints a document`() {
        let register = Stage([(200, made)], input: ["initial"])
        #expect(register.run("setup", "notes", "--register", "--initial-access-token-stdin") == 0)
        #expect(
            register.broker.requests == [
                #"PUT /v1/profiles/notes {"settings":{},"register":true,"initial_access_token":"initial"}"#
            ])
        let end = Stage([(204, "")])
        #expect(end.run("setup", "notes", "--unregister") == 0)
        #expect(end.broker.requests == ["DELETE /v1/profiles/notes/registration"])
        let document = Stage([(200, #"{"client_id":"https://id.test/s"}"#)])
        let code = document.run(
            "setup", "notes", "--print-client-metadata", "--client-id", "https://id.test/s")
        #expect(code == 0)
        #expect(document.output == #"{"client_id":"https://id.test/s"}"# + "\n")
    }

    @Test(arguments: [
        ["--initial-access-token-stdin"], ["--print-client-metadata"],
        ["--trust-issuer", "https://as.test"],
    ])
    func `refuses an option without what it goes with`(options: [String]) {
        let stage = Stage(input: ["initial"])
        #expect(stage.run(["setup", "notes"] + options) == 2)
        #expect(stage.broker.requests.isEmpty)
    }

    @Test func `is one of the guide's ways`() async {
        let stage = Stage(
            [
                (200, found([("https://as.test", false)])), (200, #"{"profiles":[]}"#),
                (200, Stage.fileStore), (200, made),
            ],
            input: ["4", "", "mcp.test/notes", "", "y", "n"], terminals: [.input, .error])
        #expect(await stage.runApart(["setup"]) == 0)
        #expect(
            stage.broker.requests.first
                == #"POST /v1/profiles/mcp/resource {"resource":"https://mcp.test/notes"}"#)
        #expect(stage.broker.requests.last?.hasSuffix(#""register":true}"#) == true)
    }

    private func found(_ servers: [(String, Bool)]) -> String {
        let list = servers.map { #"{"issuer":"\#($0.0)","trusted":\#($0.1)}"# }
        return
            #"{"resource":"https://mcp.test/notes","name":null,"scope":"read","dpop_required":false,"#
            + #""authorization_servers":[\#(list.joined(separator: ","))]}"#
    }

    private let made =
        #"{"profile":"notes","created":true,"grant":"authorization_code","settings":{},"#
        + #""register":{"redirect_uri":null},"warnings":[],"instructions":[],"ready":false}"#
}
