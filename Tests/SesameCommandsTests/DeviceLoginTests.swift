import SesameCommands
import Testing

@Suite struct `sesame login by device code` {
    private let begun = Self.message(
        #""user_code":"WDJB-MJHT","verification_uri":"https://id.example/device","#
            + #""verification_uri_complete":"https://id.example/device?user_code=WDJB-MJHT""#)
    private let pending = #"{"id":"7","profile":"a","state":"pending"}"#
    private let done =
        #"{"id":"7","profile":"a","state":"done","scope":"read","expires_at":"2027-01-15T09:00:00Z"}"#

    @Test func `prints the event of the contract with --json`() {
        let stage = Stage([(201, begun), (200, pending), (200, done)])
        #expect(stage.run("login", "a", "--device", "--json") == 0)
        #expect(
            stage.output == #"""
                {"event":"device","user_code":"WDJB-MJHT","verification_uri":"https://id.example/device","verification_uri_complete":"https://id.example/device?user_code=WDJB-MJHT","expires_in":300}
                {"event":"done","profile":"a","scope":"read","expires_at":"2027-01-15T09:00:00Z"}

                """#)
        #expect(stage.errors == "")
        #expect(
            stage.broker.requests == [
                #"POST /v1/profiles/a/login {"mode":"device","timeout":300}"#,
                "GET /v1/logins/7?wait=1", "GET /v1/logins/7?wait=1",
            ])
    }

    @Test func `has null in the event where the server has no such address`() {
        let begun = Self.message(
            #""user_code":"A","verification_uri":"https://id.example/device""#)
        let stage = Stage([(201, begun), (200, done)])
        #expect(stage.run("login", "a", "--device", "--json") == 0)
        #expect(stage.output.contains(#""verification_uri_complete":null,"expires_in":300}"#))
    }

    @Test func `D-7: prints address and code, a line each, and nothing else into a pipe`() {
        let stage = Stage([(201, begun), (200, pending), (200, done)])
        #expect(stage.run("login", "a", "--device") == 0)
        #expect(stage.output == "https://id.example/device\nWDJB-MJHT\n")
        #expect(stage.errors == "sesame: logged in: a; the access token expires in 1 h\n")
    }

    @Test func `D-7: names the host and counts down for a person at a terminal`() {
        let stage = Stage(
            [(201, begun), (200, pending), (200, done)], terminals: [.output, .error])
        var plain = stage
        plain.environment["NO_COLOR"] = "1"
        #expect(plain.run("login", "a", "--device") == 0)
        #expect(
            plain.errors == """
                In a browser on any device, open this page of id.example:


                Enter this code there, or compare it with the one that the page shows:


                This address has the code in it:

                https://id.example/device?user_code=WDJB-MJHT

                hint: never enter a code that somebody has sent you: they would be logged in as you
                \r\u{1B}[KWaiting for you; the code expires in 5 min\
                \r\u{1B}[KWaiting for you; the code expires in 5 min\
                \r\u{1B}[Ksesame: logged in: a; the access token expires in 1 h

                """)
        #expect(plain.output == "https://id.example/device\nWDJB-MJHT\n")
    }

    /// Whoever is sent to a page that fills the code in compares nothing (RFC 8628, section 5.4).
    @Test func `D-8: opens no browser, with whatever address`() {
        for terminals in [[], [.input, .output, .error]] as [Set<SesameCommands.Stream>] {
            var stage = Stage([(201, begun), (200, done)], terminals: terminals)
            stage.environment["BROWSER"] = "sh"
            stage.environment["DISPLAY"] = ":0"
            #expect(stage.run("login", "a", "--device") == 0)
            #expect(stage.machine.entries.isEmpty)
            #expect(stage.output.contains("WDJB-MJHT"))
        }
    }

    @Test func `D-7: shows nothing that would steer a terminal, whatever the broker passes on`() {
        let begun = Self.message(
            #""user_code":"A\u001b[2J\u202eB\nC","verification_uri":"https://id.example/device""#)
        for arguments in [["login", "a", "--device"], ["login", "a", "--device", "--json"]] {
            let stage = Stage([(201, begun), (200, done)])
            #expect(stage.run(arguments) == 0)
            #expect(
                !stage.output.unicodeScalars.contains { $0.value == 0x1B || $0.value == 0x202E })
        }
    }

    @Test(arguments: [
        "javascript:alert(1)", "http://evil.example/", "file:///etc/passwd", "https://a b", "",
    ])
    func `D-7: gives up where the address is not https`(address: String) {
        let begun = Self.message(#""user_code":"A","verification_uri":"\#(address)""#)
        let stage = Stage([(201, begun), (204, "")])
        #expect(stage.run("login", "a", "--device") == 7)
        #expect(stage.output == "")
        #expect(stage.broker.requests.last == "DELETE /v1/logins/7")
    }

    @Test(arguments: ["javascript:alert(1)", "https://evil.example/device?user_code=WDJB-MJHT"])
    func `D-8: leaves out an address with the code that leads elsewhere`(address: String) {
        let begun = Self.message(
            #""user_code":"A","verification_uri":"https://id.example/device","#
                + #""verification_uri_complete":"\#(address)""#)
        for arguments in [["login", "a", "--device"], ["login", "a", "--device", "--json"]] {
            let stage = Stage([(201, begun), (200, done)], terminals: [.error])
            #expect(stage.run(arguments) == 0)
            #expect(!(stage.output + stage.errors).contains(address))
        }
    }

    @Test func `is cancelled by Ctrl-C`() {
        let stage = Stage([(201, begun), (200, pending), (200, pending), (204, "")])
        stage.terminal.interrupt(afterQuestions: 3)
        #expect(stage.run("login", "a", "--device") == 130)
        #expect(stage.broker.requests.last == "DELETE /v1/logins/7")
    }

    @Test func `is left to the server where no browser is at hand`() throws {
        for (name, value) in [("SSH_CONNECTION", "1 2 3 4"), ("HOME", "/home/ada")] {
            var stage = Stage([(201, begun), (200, done)])
            stage.environment[name] = value
            #expect(stage.run("login", "a") == 0)
            let first = try #require(stage.broker.requests.first)
            #expect(first.contains(#""mode":"elsewhere""#))
            #expect(stage.output == "https://id.example/device\nWDJB-MJHT\n")
        }
    }

    @Test func `is not asked for where a browser is, or the address was wished for (D-10)`() {
        let begun = Self.message(
            #""authorization_url":"https://id.example/a","redirect_uri":"http://127.0.0.1:1/c""#)
        for (arguments, mode) in [
            (["login", "a"], "browser"), (["login", "a", "--no-browser"], "browser"),
        ] {
            var stage = Stage([(201, begun), (200, done)])
            stage.environment["BROWSER"] = "sh"
            #expect(stage.run(arguments) == 0)
            #expect(stage.broker.requests.first?.contains(#""mode":"\#(mode)""#) == true)
        }
    }

    @Test func `is shown where the profile has no other way`() {
        var stage = Stage([(201, begun), (200, done)])
        stage.environment["BROWSER"] = "sh"
        #expect(stage.run("login", "a") == 0)
        #expect(stage.output == "https://id.example/device\nWDJB-MJHT\n")
        #expect(stage.machine.entries.isEmpty)
    }

    @Test(arguments: [["--paste"], ["--no-browser"], ["--paste", "--no-browser"]])
    func `goes with no other way at once`(others: [String]) {
        let stage = Stage()
        #expect(stage.run(["login", "a", "--device"] + others) == 2)
        #expect(stage.broker.requests.isEmpty)
    }

    private static func message(_ members: String) -> String {
        #"{"id":"7","profile":"a","state":"pending","expires_at":"2027-01-15T08:05:00Z",\#(members)}"#
    }
}
