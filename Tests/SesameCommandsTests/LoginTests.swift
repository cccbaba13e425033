import SesameCommands
import SesameJSON
import SesameSecrets
import Testing

@Suite struct `sesame login` {
    private let begun =
        #"{"id":"7","profile":"a","state":"pending","#
        + #""authorization_url":"https://id.example/authorize?state=x","#
        + #""redirect_uri":"http://127.0.0.1:8400/callback","expires_at":"2027-01-15T08:05:00Z"}"#
    private let pending = #"{"id":"7","profile":"a","state":"pending"}"#
    private let done =
        #"{"id":"7","profile":"a","state":"done","scope":"read","expires_at":"2027-01-15T09:00:00Z"}"#

    @Test func `opens the browser and waits`() throws {
        var stage = Stage([(201, begun), (200, pending), (200, done)], terminals: [.error])
        stage.environment["BROWSER"] = "sh"
        stage.environment["DISPLAY"] = ":0"
        stage.environment["SESAME_TOKEN"] = "t"
        #expect(stage.run("login", "a") == 0)
        let entry = try #require(stage.machine.entries.first)
        #expect(entry.program.hasSuffix("/sh"))
        #expect(entry.arguments == ["https://id.example/authorize?state=x"])
        #expect(entry.environment["DISPLAY"] == ":0")
        #expect(entry.environment["SESAME_TOKEN"] == nil)
        #expect(stage.output == "")
        #expect(stage.errors.hasSuffix("sesame: logged in: a; the access token expires in 1 h\n"))
        #expect(
            stage.broker.requests == [
                #"POST /v1/profiles/a/login {"mode":"browser","timeout":300}"#,
                "GET /v1/logins/7?wait=1", "GET /v1/logins/7?wait=1",
            ])
    }

    @Test func `prints events with --json`() {
        let stage = Stage([(201, begun), (200, done)])
        #expect(stage.run("login", "a", "--json", "--no-browser") == 0)
        #expect(
            stage.output == """
                {"event":"authorize","url":"https://id.example/authorize?state=x"}
                {"event":"done","profile":"a","scope":"read","expires_at":"2027-01-15T09:00:00Z"}

                """)
        #expect(stage.errors == "")
    }

    @Test func `prints the URL only, with --no-browser or without a display`() {
        for arguments in [["login", "a", "--no-browser"], ["login", "a"]] {
            let stage = Stage([(201, begun), (200, done)])
            #expect(stage.run(arguments) == 0)
            #expect(stage.output == "https://id.example/authorize?state=x\n")
            #expect(stage.machine.entries.isEmpty)
        }
    }

    @Test func `over SSH says how the browser can reach us`() {
        var stage = Stage([(201, begun), (200, done)], terminals: [.error])
        stage.environment["SSH_CONNECTION"] = "1 2 3 4"
        stage.environment["DISPLAY"] = ":0"
        #expect(stage.run("login", "a") == 0)
        #expect(stage.errors.contains("ssh -L 8400:127.0.0.1:8400 HOST"))
        #expect(stage.errors.contains("sesame login a --paste"))
    }

    @Test(arguments: [
        "javascript:alert(1)", "http://evil.example/", "file:///etc/passwd", "https://a b",
    ])
    func `never opens what is not https, and gives the login up`(url: String) {
        let begun = #"{"id":"7","profile":"a","state":"pending","authorization_url":"\#(url)"}"#
        var stage = Stage([(201, begun), (204, "")])
        stage.environment["BROWSER"] = "sh"
        #expect(stage.run("login", "a") == 7)
        #expect(stage.machine.entries.isEmpty)
        #expect(stage.broker.requests.last == "DELETE /v1/logins/7")
    }

    @Test func `takes the address by hand with --paste`() {
        let stage = Stage(
            [(201, begun), (200, done)], input: ["", "  http://127.0.0.1:8400/callback?code=c  "])
        #expect(stage.run("login", "a", "--paste") == 0)
        #expect(stage.output == "https://id.example/authorize?state=x\n")
        #expect(
            stage.broker.requests == [
                #"POST /v1/profiles/a/login {"mode":"paste","timeout":300}"#,
                #"POST /v1/logins/7/callback {"url":"http://127.0.0.1:8400/callback?code=c"}"#,
            ])
    }

    @Test func `asks again on a terminal when the address is not ours`() {
        let wrong = (409, #"{"code":"bad_callback","detail":"not this login's"}"#)
        let typing = Stage(
            [(201, begun), wrong, (200, done)], input: ["wrong", "right"],
            terminals: [.input, .error])
        #expect(typing.run("login", "a", "--paste") == 0)
        let piped = Stage([(201, begun), wrong, (204, "")], input: ["wrong", "right"])
        #expect(piped.run("login", "a", "--paste") == 7)
        #expect(piped.broker.requests.last == "DELETE /v1/logins/7")
    }

    @Test func `is cancelled by Ctrl-C`() {
        let stage = Stage([(201, begun), (200, pending), (200, pending), (204, "")])
        stage.terminal.interrupt(afterQuestions: 3)
        #expect(stage.run("login", "a", "--no-browser") == 130)
        #expect(stage.broker.requests.last == "DELETE /v1/logins/7")
        #expect(stage.errors == "sesame: interrupted\n")
    }

    @Test func `says why it failed`() {
        let failed =
            #"{"id":"7","profile":"a","state":"failed","#
            + #""error":{"code":"login_required","detail":"no answer came in time","hints":["what did the browser show?"]}}"#
        let stage = Stage([(201, begun), (200, failed)])
        #expect(stage.run("login", "a", "--no-browser", "--timeout", "10") == 3)
        #expect(
            stage.errors
                == "sesame: no answer came in time\nhint: what did the browser show?\n")
    }

    @Test func `needs no browser for a grant without a person`() {
        let stage = Stage([(201, #"{"id":null,"profile":"a","state":"done","scope":null}"#)])
        #expect(stage.run("login", "a") == 0)
        #expect(stage.errors == "sesame: logged in: a\n")
    }

    @Test func `has no two ways at once`() {
        let stage = Stage()
        #expect(stage.run("login", "a", "--paste", "--no-browser") == 2)
        #expect(stage.broker.requests.isEmpty)
    }
}
