import SesameCommands
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@Suite struct `sesame setup` {
    private let changed =
        #"{"profile":"a","created":true,"grant":"authorization_code","settings":{},"#
        + #""register":{"redirect_uri":"http://127.0.0.1:8400/callback"},"#
        + #""warnings":["the server is down."],"instructions":["click here"],"ready":false}"#

    @Test func `hands the options over and says what to register`() {
        let stage = Stage([(200, changed)], input: ["s3cret"])
        let code = stage.run(
            "setup", "a", "--provider", "mautic", "--base-url", "https://acme.example",
            "--client-id",
            "1_x", "--resource", "https://r1", "--resource", "https://r2", "--scope", "",
            "--client-secret-stdin")
        #expect(code == 0)
        #expect(
            stage.broker.requests == [
                #"PUT /v1/profiles/a {"settings":{"provider":["mautic"],"#
                    + #""base_url":["https://acme.example"],"client_id":["1_x"],"scope":[],"#
                    + #""resource":["https://r1","https://r2"]},"client_secret":"s3cret"}"#
            ])
        #expect(
            stage.output == """
                profile a created
                redirect URI to register: http://127.0.0.1:8400/callback
                - click here

                """)
        #expect(stage.errors == "sesame: warning: the server is down\n")
    }

    @Test func `prints the whole answer with --json`() {
        let stage = Stage([(200, changed)])
        #expect(stage.run("setup", "a", "--scope", "x", "--json") == 0)
        #expect(stage.output == changed + "\n")
    }

    @Test func `takes a password for Basic`() {
        let stage = Stage([(200, changed)], input: ["p w\r", ""])
        let code = stage.run(
            "setup", "a", "--grant", "basic", "--username", "u", "--password-stdin")
        #expect(code == 0)
        #expect(
            stage.broker.requests == [
                #"PUT /v1/profiles/a {"settings":{"grant":["basic"]},"username":"u","password":"p w"}"#
            ])
    }

    @Test(arguments: [[], [""], ["two", "lines"], ["a\u{0}b"]])
    func `refuses a secret that is none`(input: [String]) {
        let stage = Stage(input: input)
        #expect(stage.run("setup", "a", "--client-secret-stdin") == 2)
        #expect(stage.broker.requests.isEmpty)
        #expect(!stage.errors.contains("lines"))
    }

    @Test func `reads a secret from a file`() throws {
        let folder = TemporaryFolder()
        let contents = Array("f1le-s3cret\n".utf8)
        try PrivateFile.create(folder.file("secret"), Secret(copying: contents))
        let stage = Stage([(200, changed)])
        #expect(stage.run("setup", "a", "--client-secret-file", folder.file("secret")) == 0)
        #expect(stage.broker.requests[0].hasSuffix(#""client_secret":"f1le-s3cret"}"#))
    }

    @Test func `asks without an echo where a person types the secret`() {
        let stage = Stage([(200, changed)], input: ["s3cret"], terminals: [.input, .error])
        #expect(stage.run("setup", "a", "--client-secret-stdin") == 0)
        #expect(stage.terminal.hidden == ["s3cret"])
    }

    @Test func `takes one secret at a time`() {
        let stage = Stage()
        #expect(stage.run("setup", "a", "--client-secret-stdin", "--password-stdin") == 2)
    }

    @Test func `without a name and without a terminal asks nothing`() {
        let stage = Stage()
        #expect(stage.run("setup") == 2)
        #expect(stage.errors.contains("which profile?"))
    }
}

@Suite struct `The guided set-up` {
    private let ready =
        #"{"profile":"acme","created":true,"grant":"authorization_code","#
        + #""settings":{"provider":["mautic"]},"register":{"redirect_uri":"http://127.0.0.1:8400/callback"},"#
        + #""warnings":[],"instructions":[],"ready":false}"#

    // {"username":"ada","firstName":"Ada","lastName":"Lovelace"}
    private let ada =
        #"{"status":200,"headers":[{"name":"Content-Type","value":"application/json"}],"#
        + #""body":"eyJ1c2VybmFtZSI6ImFkYSIsImZpcnN0TmFtZSI6IkFkYSIsImxhc3ROYW1lIjoiTG92ZWxhY2UifQ"}"#

    @Test func `leads from nothing to a login`() async {
        let begun =
            #"{"id":"7","profile":"acme","state":"pending","authorization_url":"https://acme.example/x"}"#
        let stage = Stage(
            [
                (200, #"{"profiles":[]}"#), (200, Stage.fileStore), (200, ready), (201, begun),
                (200, #"{"id":"7","profile":"acme","state":"done"}"#), (200, ada),
            ],
            input: ["", "http://acme.example", "acme.example", "1", "1_key", "", "s3cret", "", ""],
            terminals: [.input, .error])
        #expect(await stage.runApart(["setup"]) == 0)
        #expect(stage.terminal.hidden == ["", "s3cret"])
        #expect(stage.errors.contains("Mautic knows you as Ada Lovelace"))
        #expect(
            stage.broker.requests.dropLast() == [
                "GET /v1/profiles", "GET /v1/store",
                #"PUT /v1/profiles/acme {"settings":{"provider":["mautic"],"base_url":["https://acme.example/"],"#
                    + #""grant":["authorization_code"],"redirect_uri":["http://127.0.0.1:8400/callback"],"#
                    + #""client_id":["1_key"]},"client_secret":"s3cret"}"#,
                #"POST /v1/profiles/acme/login {"mode":"elsewhere","timeout":300}"#,
                "GET /v1/logins/7?wait=1",
            ])
        #expect(stage.errors.contains("Only https is safe enough"))
        #expect(stage.errors.contains("Settings > API Credentials > New: OAuth 2"))
        #expect(stage.errors.contains("Redirect URI: http://127.0.0.1:8400/callback"))
        #expect(!stage.errors.contains("s3cret"))
    }

    @Test func `offers a user name and a password`() {
        let basic =
            #"{"profile":"m","created":true,"grant":"basic","settings":{},"warnings":[],"ready":true}"#
        let stage = Stage(
            [(200, #"{"profiles":[]}"#), (200, Stage.fileStore), (200, basic)],
            input: ["1", "https://www.aivie.example/m", "3", "ada", "pw", "n"],
            terminals: [.input, .error])
        #expect(stage.run("setup", "m") == 0)
        #expect(stage.terminal.hidden == ["pw"])
        #expect(
            stage.broker.requests[2]
                == #"PUT /v1/profiles/m {"settings":{"provider":["mautic"],"base_url":["https://www.aivie.example/m"],"#
                + #""grant":["basic"]},"username":"ada","password":"pw"}"#)
    }

    @Test func `tries a password by asking Mautic`() async {
        let basic =
            #"{"profile":"m","created":true,"grant":"basic","settings":{},"warnings":[],"ready":true}"#
        let stage = Stage(
            [(200, #"{"profiles":[]}"#), (200, Stage.fileStore), (200, basic), (200, ada)],
            input: ["1", "https://m.example", "3", "ada", "pw", ""], terminals: [.input, .error])
        #expect(await stage.runApart(["setup", "m"]) == 0)
        #expect(stage.broker.requests.last?.contains("https://m.example/api/users/self") == true)
    }

    @Test func `asks before it changes a profile`() {
        let stage = Stage(
            [(200, #"{"profiles":[{"profile":"m","grant":"basic","state":"ready"}]}"#)],
            input: ["1", "https://m.example", "3", "ada", "pw", ""], terminals: [.input, .error])
        #expect(stage.run("setup", "m") == 2)
        #expect(stage.broker.requests == ["GET /v1/profiles"])
    }

    @Test(arguments: 0..<6) func `stores nothing when the input ends`(answers: Int) {
        let all = ["2", "https://id.example", "2", "cid", "secret", "scope"]
        let stage = Stage(input: Array(all.prefix(answers)), terminals: [.input, .error])
        #expect(stage.run("setup", "m") == 2)
        #expect(stage.broker.requests.isEmpty)
    }

    @Test(arguments: [
        (["1"], #"{"source":{"kind":"file"}}"#),
        (
            ["2", "right horse here", "right horse here"],
            #"{"source":{"kind":"passphrase"},"passphrase":"right horse here"}"#
        ),
        (
            ["3", "no-such-program", "sh -c true"],
            #"{"source":{"kind":"command","command":["/usr/bin/sh","-c","true"]}}"#
        ),
        (["4", "a/b", ""], #"{"source":{"kind":"credential","name":"sesame-key"}}"#),
    ])
    func `asks where the key of a new store shall live`(answers: [String], body: String) {
        let stage = guided([(200, Stage.absentStore), (201, Stage.fileStore)], answers)
        #expect(stage.run("setup", "m") == 0)
        #expect(stage.broker.requests[2] == "POST /v1/store/key \(body)")
        #expect(stage.broker.requests[3].hasPrefix("PUT /v1/profiles/m "))
        #expect(stage.errors.contains("whoever copies both the file and the store reads all"))
    }

    @Test func `does not ask where the configuration has said it`() {
        let command =
            #"{"path":"/s","state":"absent","configured":"command","detail":"/c","memory":"locked"}"#
        let stage = guided([(200, command)], [])
        #expect(stage.run("setup", "m") == 0)
        #expect(stage.broker.requests[2].hasPrefix("PUT /v1/profiles/m "))
        let passphrase =
            #"{"path":"/s","state":"absent","configured":"passphrase","detail":"","memory":"locked"}"#
        let other = guided(
            [(200, passphrase), (201, Stage.passphraseStore)],
            ["right horse here", "right horse here"])
        #expect(other.run("setup", "m") == 0)
        #expect(
            other.broker.requests[2] == #"POST /v1/store/key {"passphrase":"right horse here"}"#)
    }

    @Test(arguments: 0..<3) func `makes no store when the input ends at its key`(answers: Int) {
        let stage = Stage(
            [(200, #"{"profiles":[]}"#), (200, Stage.absentStore)],
            input: ["1", "https://m.example", "3", "ada", "pw"]
                + ["2", "right horse here", "right horse here"].prefix(answers)
        ).onTerminal
        #expect([2, 4].contains(stage.run("setup", "m")))
        #expect(stage.broker.requests == ["GET /v1/profiles", "GET /v1/store"])
    }

    /// The guide for Basic, with the broker's answers about the store and what is typed about its key.
    private func guided(_ store: [(Int, String)], _ answers: [String]) -> Stage {
        let basic =
            #"{"profile":"m","created":true,"grant":"basic","settings":{},"warnings":[],"ready":true}"#
        return Stage(
            [(200, #"{"profiles":[]}"#)] + store + [(200, basic)],
            input: ["1", "https://m.example", "3", "ada", "pw"] + answers + ["n"]
        ).onTerminal
    }
}
