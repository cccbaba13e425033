import SesameBrokerAPI
import SesameCommands
import SesameJSON
import SesameSecrets
import Testing

@Suite struct `sesame token` {
    private let answer =
        #"{"profile":"a","access_token":"t0ken","token_type":"Bearer","expires_at":null,"scope":null}"#

    @Test func `prints the token and a newline, and nothing else`() {
        let stage = Stage([(200, answer)])
        #expect(stage.run("token", "a") == 0)
        #expect(stage.output == "t0ken\n")
        #expect(stage.errors == "")
        #expect(stage.broker.requests == ["GET /v1/profiles/a/token?min_valid=60"])
    }

    /// It would stay in the terminal's memory.
    @Test func `prints nothing on a terminal, unless it is forced to`() {
        let stage = Stage([(200, answer)], terminals: [.output])
        #expect(stage.run("token", "a") == 2)
        #expect(stage.output == "" && stage.errors.contains("--force"))
        #expect(stage.broker.requests.isEmpty)
        let json = Stage([(200, answer)], terminals: [.output])
        #expect(json.run("token", "a", "--json") == 2)
        let header = Stage([(200, answer)], terminals: [.output])
        #expect(header.run("header", "a", "--url", "https://acme.example/") == 2)
        #expect(header.broker.requests.isEmpty)
        #expect(stage.run("token", "a", "--force") == 0)
        #expect(stage.output == "t0ken\n")
    }

    @Test func `hands its options over`() {
        let stage = Stage([(200, answer)])
        let code = stage.run(
            "token", "--min-valid=600", "a", "--refresh", "--scope", "x y", "--resource",
            "https://r")
        #expect(code == 0)
        #expect(
            stage.broker.requests == [
                "GET /v1/profiles/a/token?min_valid=600&refresh=true&scope=x+y&resource=https%3A%2F%2Fr"
            ])
    }

    @Test func `prints one object with --json`() {
        let stage = Stage([(200, answer)])
        #expect(stage.run("--json", "token", "a") == 0)
        #expect(stage.output == answer + "\n")
    }

    @Test(arguments: [["token", "--profile", "p"], ["--profile=p", "token"], ["token", "p"]])
    func `takes the profile from anywhere`(arguments: [String]) {
        var stage = Stage([(200, answer)])
        stage.environment["SESAME_PROFILE"] = "other"
        #expect(stage.run(arguments) == 0)
        #expect(stage.broker.requests == ["GET /v1/profiles/p/token?min_valid=60"])
    }

    @Test func `takes the profile from the environment last`() {
        var stage = Stage([(200, answer)])
        stage.environment["SESAME_PROFILE"] = "p"
        #expect(stage.run("token") == 0)
        #expect(stage.broker.requests == ["GET /v1/profiles/p/token?min_valid=60"])
    }

    @Test(arguments: ["-1", "1.5", "+5", "", "99999999999999999999", "x"])
    func `refuses a validity that is none`(text: String) {
        let stage = Stage()
        #expect(stage.run("token", "a", "--min-valid", text) == 2)
        #expect(
            stage.errors.hasPrefix("sesame: --min-valid: not a whole number from 0 to 31536000"))
        #expect(stage.broker.requests.isEmpty)
    }

    @Test func `with -v shows the steps and never the token`() {
        let stage = Stage([(200, answer)])
        #expect(stage.run("token", "a", "-v", "--scope", "s3cret") == 0)
        #expect(stage.errors.contains("- broker: GET /v1/profiles/a/token\n"))
        #expect(stage.errors.contains("- broker: status 200"))
        #expect(!stage.errors.contains("t0ken"))
        #expect(!stage.errors.contains("s3cret"))
    }

    @Test func `says what to do when a person must log in`() {
        let stage = Stage([
            (
                409,
                #"{"code":"login_required","detail":"the login has expired\u001b[2J.","hints":[]}"#
            )
        ])
        #expect(stage.run("token", "a") == 3)
        #expect(
            stage.errors == "sesame: the login has expired\\u{1b}[2J\nhint: run: sesame login a\n")
        #expect(stage.output == "")
    }

    @Test func `reports errors as JSON on stderr with --json`() throws {
        let stage = Stage([(409, #"{"code":"login_required","detail":"expired","hints":["h"]}"#)])
        #expect(stage.run("token", "a", "--json") == 3)
        let json = try JSON(parsing: Secret(utf8: stage.errors))
        #expect(json["error"]?["code"]?.string == "login_required")
        #expect(json["error"]?["message"]?.string == "expired")
        #expect(json["error"]?["hints"]?.elements?.count == 1)
        #expect(stage.output == "")
    }

    @Test(arguments: [
        ("internal", 1), ("usage", 2), ("configuration", 2), ("unknown_profile", 2),
        ("login_required", 3), ("store_locked", 4), ("key_missing", 4), ("key_wrong", 4),
        ("key_unreadable", 4), ("temporary", 5), ("store_unwritable", 5),
        ("destination_refused", 6),
        ("rate_limited", 5), ("caller_refused", 6), ("server_refused", 7), ("bad_callback", 7),
        ("store_damaged", 8),
        ("store_rolled_back", 8),
    ])
    func `exits by the contract`(code: String, exit: Int32) {
        let stage = Stage([(500, #"{"code":"\#(code)","detail":"d"}"#)])
        #expect(stage.run("token", "a") == exit)
    }
}

@Suite struct `sesame header` {
    @Test func `prints the lines to add`() {
        let stage = Stage([
            (
                200,
                #"{"url":"https://a/","headers":[{"name":"Authorization","value":"Bearer t"},{"name":"DPoP","value":"p"}]}"#
            )
        ])
        #expect(stage.run("header", "a", "--url", "https://a", "--method", "POST") == 0)
        #expect(stage.output == "Authorization: Bearer t\nDPoP: p\n")
        #expect(
            stage.broker.requests == ["GET /v1/profiles/a/headers?method=POST&url=https%3A%2F%2Fa"])
    }

    @Test func `needs to know where to`() {
        let stage = Stage()
        #expect(stage.run("header", "a") == 2)
        #expect(stage.broker.requests.isEmpty)
    }
}
