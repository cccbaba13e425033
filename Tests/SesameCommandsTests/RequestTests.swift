import SesameCommands
import Testing

@Suite struct `sesame request` {
    private let ok = #"{"status":200,"headers":[{"name":"X-A","value":"b"}],"body":"aGk"}"#

    @Test func `prints the body as it is`() {
        let stage = Stage([(200, ok)])
        #expect(stage.run("request", "a", "/api") == 0)
        #expect(stage.output == "hi")
        #expect(
            stage.broker.requests == [
                #"POST /v1/profiles/a/requests {"method":"GET","url":"/api","headers":[],"body":null,"timeout":30}"#
            ])
    }

    @Test func `shows status and fields with -i`() {
        let stage = Stage([(200, ok)])
        #expect(stage.run("request", "a", "/api", "-i") == 0)
        #expect(stage.output == "HTTP 200\nX-A: b\n\nhi")
    }

    @Test(arguments: [
        (#"{"a":1}"#, "application/json"), ("a=1&b=2", "application/x-www-form-urlencoded"),
    ])
    func `posts data by its kind`(data: String, type: String) {
        let stage = Stage([(200, ok)])
        #expect(stage.run("request", "a", "/api", "-d", data) == 0)
        #expect(stage.broker.requests[0].contains(#""method":"POST""#))
        #expect(stage.broker.requests[0].contains(#"{"name":"Content-Type","value":"\#(type)"}"#))
    }

    @Test func `takes method, fields and standard input`() {
        let stage = Stage([(200, ok)], input: ["hi"])
        let code = stage.run(
            "request", "-XPATCH", "a", "/api", "-H", "X-B:  c", "-H", "content-type: text/plain",
            "-d", "@-")
        #expect(code == 0)
        #expect(
            stage.broker.requests == [
                #"POST /v1/profiles/a/requests {"method":"PATCH","url":"/api","headers":"#
                    + #"[{"name":"X-B","value":"c"},{"name":"content-type","value":"text/plain"}],"#
                    + #""body":"aGk","timeout":30}"#
            ])
    }

    @Test(arguments: [(404, 7), (400, 7), (429, 5), (500, 5), (503, 5), (302, 0), (204, 0)])
    func `exits by the server's status, body printed`(status: Int, exit: Int32) {
        let stage = Stage([(200, #"{"status":\#(status),"headers":[],"body":"aGk"}"#)])
        #expect(stage.run("request", "a", "/api") == exit)
        #expect(stage.output == "hi")
    }

    @Test(arguments: [
        ["-H", "no colon"], ["-H", "Authorization: x"], ["-H", "A: b\r\nC: d"], ["-X", "G T"],
        ["-d", "@/nowhere/file"], ["--timeout", "0"],
    ])
    func `refuses nonsense before anything is sent`(options: [String]) {
        let stage = Stage()
        #expect(stage.run("request", "a", "/api", options[0], options[1]) == 2)
        #expect(stage.broker.requests.isEmpty)
    }

    @Test func `does not let a body reprogram the terminal`() {
        let stage = Stage(
            [(200, #"{"status":200,"headers":[],"body":"YRtbMkoKCWI"}"#)], terminals: [.output])
        #expect(stage.run("request", "a", "/") == 0)
        #expect(stage.output == "a\\u{1b}[2J\n\tb\n")
    }

    @Test func `needs a profile and a URL`() {
        let stage = Stage()
        #expect(stage.run("request", "/api") == 2)
        #expect(stage.run("request", "a", "/api", "more") == 2)
    }
}

@Suite struct `sesame exec` {
    private let token = #"{"profile":"a","access_token":"t0ken","token_type":"Bearer"}"#

    @Test func `becomes the program with the token and without our secrets`() throws {
        var stage = Stage([(200, token)])
        stage.environment["SESAME_PASSPHRASE"] = "p"
        stage.environment["SESAME_HOME"] = "/h"
        // The stage cannot become anything: it says EACCES.
        #expect(stage.run("exec", "a", "--", "sh", "-c", "--json") == 126)
        let entry = try #require(stage.machine.entries.first)
        #expect(entry.program.hasSuffix("/sh"))
        #expect(entry.arguments == ["sh", "-c", "--json"])
        #expect(entry.environment["SESAME_TOKEN"] == "t0ken")
        #expect(entry.environment["SESAME_PASSPHRASE"] == nil)
        #expect(entry.environment["SESAME_HOME"] == "/h")
        #expect(entry.environment["HOME"] == "/home/ada")
        #expect(!stage.errors.contains("t0ken"))
    }

    @Test func `uses the variable that was named`() {
        let stage = Stage([(200, token)])
        _ = stage.run("exec", "a", "--env", "API_TOKEN", "--", "sh")
        #expect(stage.machine.entries.first?.environment["API_TOKEN"] == "t0ken")
        #expect(stage.machine.entries.first?.environment["SESAME_TOKEN"] == nil)
    }

    @Test func `does not ask for a token when the program is missing`() {
        let stage = Stage()
        #expect(stage.run("exec", "a", "--", "no-such-program-anywhere") == 127)
        #expect(stage.run("exec", "a", "--", "/nowhere/program") == 127)
        #expect(stage.broker.requests.isEmpty)
    }

    @Test(arguments: [
        ["exec", "a"], ["exec", "a", "sh"], ["exec", "a", "--env", "1A", "--", "sh"],
    ])
    func `needs a program behind two dashes, and a variable`(arguments: [String]) {
        let stage = Stage()
        #expect(stage.run(arguments) == 2)
        #expect(stage.broker.requests.isEmpty)
    }
}
