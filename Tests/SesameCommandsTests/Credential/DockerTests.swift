import SesameCommands
import Testing

@Suite struct `sesame credential docker` {
    private static let notFound = "credentials not found in native keychain\n"

    private func stage(_ request: String, _ answer: String = `sesame credential git`.token) -> Stage
    {
        Stage([(200, answer)], bytes: Array(request.utf8))
    }

    @Test(arguments: [
        ("registry.example", "https%3A%2F%2Fregistry.example%2F"),
        ("Registry.Example:5000", "https%3A%2F%2Fregistry.example%3A5000%2F"),
        ("https://index.docker.io/v1/", "https%3A%2F%2Findex.docker.io%2Fv1%2F"),
        ("http://localhost:5000", "http%3A%2F%2Flocalhost%3A5000%2F"),
        ("registry.example:443", "https%3A%2F%2Fregistry.example%2F"),
    ])
    func `answers in docker's JSON, under docker's own name`(server: String, url: String) {
        for end in ["", "\n"] {
            let stage = stage(server + end)
            #expect(stage.run("credential", "docker", "get") == 0)
            #expect(
                stage.output
                    == #"{"ServerURL":"\#(server)","Username":"oauth2","Secret":"t0ken"}"# + "\n")
            #expect(stage.broker.requests == ["GET /v1/credential?url=\(url)&min_valid=60"])
        }
    }

    /// docker compares the text byte for byte, and goes on without a login then.
    @Test(arguments: [(404, "unknown_profile"), (403, "destination_refused")])
    func `says in docker's words that there is nothing`(status: Int, code: String) {
        let stage = Stage(
            [(status, #"{"code":"\#(code)","detail":"no"}"#)], bytes: Array("ghcr.io".utf8))
        #expect(stage.run("credential", "docker", "get") == 1)
        #expect(stage.output == Self.notFound)
        #expect(stage.errors == "")
    }

    @Test(arguments: [
        "http://registry.example", "ftp://registry.example", "user@registry.example",
        "https://user:pass@registry.example", "registry.example?x", "registry.example#x",
        "regis try.example", " registry.example", "https:///v1/", "registry.example\\x",
    ])
    func `asks nobody about what is no place for a credential`(server: String) {
        let stage = stage(server)
        #expect(stage.run("credential", "docker", "get") == 1)
        #expect(stage.output == Self.notFound && stage.broker.requests.isEmpty)
    }

    @Test(arguments: ["", "\n", "a\nb", "a\n\n", "a\r\n", "a\u{0}"])
    func `names the lack of a server in docker's words`(request: String) {
        let stage = stage(request)
        #expect(stage.run("credential", "docker", "get") == 1)
        #expect(stage.output == "no credentials server URL\n" && stage.broker.requests.isEmpty)
    }

    @Test func `neither stores nor erases`() {
        for (operation, input) in [
            ("store", #"{"ServerURL":"a","Username":"u","Secret":"s"}"#), ("erase", "a"),
        ] {
            let stage = stage(input)
            #expect(stage.run("credential", "docker", operation) == 0)
            #expect(stage.output == "" && stage.broker.requests.isEmpty)
        }
    }

    /// What is listed goes to docker's daemon.
    @Test func `lists the profiles that say how they are to be shown to tools`() {
        let status =
            #""grant":"authorization_code","state":"ready","access_expires_at":null,"#
            + #""login_expires_at":null,"last_renewed_at":null,"last_error":null"#
        let stage = Stage([
            (
                200,
                #"{"profiles":[{"profile":"a",\#(status)},{"profile":"b",\#(status)},{"profile":"c",\#(status)}]}"#
            ),
            (
                200,
                #"{"profile":"a",\#(status),"settings":{"allow":["https://ghcr.io","https://x.example/v2"],"credential_username":["x"]}}"#
            ),
            (
                200,
                #"{"profile":"b",\#(status),"settings":{"base_url":["https://mautic.example"]}}"#
            ),
            (
                200,
                #"{"profile":"c",\#(status),"settings":{"base_url":["https://c.example"],"credential_username":["<token>"]}}"#
            ),
        ])
        #expect(stage.run("credential", "docker", "list") == 0)
        #expect(
            stage.output
                == #"{"https://ghcr.io":"x","https://x.example/v2":"x","https://c.example":"<token>"}"#
                + "\n")
    }

    @Test func `lists an empty object where there is nothing`() {
        let stage = Stage([(200, #"{"profiles":[]}"#)])
        #expect(stage.run("credential", "docker", "list") == 0)
        #expect(stage.output == "{}\n")
    }

    @Test func `shows failures where docker reads them`() {
        let stage = Stage(
            [(409, #"{"code":"login_required","detail":"it has ended","hints":["log in"]}"#)],
            bytes: Array("registry.example".utf8))
        #expect(stage.run("credential", "docker", "get") == 3)
        #expect(stage.output == "it has ended\n")
        #expect(stage.errors == "sesame: it has ended\nhint: log in\n")
        let unknown = Stage()
        #expect(unknown.run("credential", "docker", "brew") == 2)
        #expect(unknown.output == "docker knows no operation brew\n")
    }

    @Test func `has an answer for every byte in a server's name`() {
        for byte in UInt8.min...UInt8.max {
            let stage = Stage(
                [(200, `sesame credential git`.token)],
                bytes: Array("https://a.example/".utf8) + [byte] + Array("z".utf8))
            let code = stage.run("credential", "docker", "get")
            let character = Character(Unicode.Scalar(byte))
            if byte < 0x20 || byte == 0x7F {
                #expect(code == 1 && stage.output == "no credentials server URL\n", "\(byte)")
                #expect(stage.broker.requests.isEmpty)
            } else if byte > 0x7F || #" "<>\^`{|}?#%"#.contains(character) {
                #expect(code == 1 && stage.output == Self.notFound, "\(byte)")
                #expect(stage.broker.requests.isEmpty)
            } else {
                #expect(code == 0 && stage.output.contains("t0ken"), "\(byte)")
            }
        }
    }

    @Test func `emits no control character`() {
        for byte in UInt8.min...UInt8.max {
            let escaped = "a\\u00" + (byte < 16 ? "0" : "") + String(byte, radix: 16) + "b"
            let stage = stage(
                "a.example",
                #"{"profile":"p","type":"bearer","username":"u","secret":"\#(escaped)"}"#)
            let code = stage.run("credential", "docker", "get")
            if (0x21...0x7E).contains(byte) {
                #expect(code == 0 && stage.output.contains(#""Secret":"a"#), "\(byte)")
            } else {
                #expect(code == 7 && !stage.output.contains("Secret"), "\(byte)")
            }
        }
    }
}
