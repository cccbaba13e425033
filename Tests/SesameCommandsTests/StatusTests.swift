import SesameCommands
import Testing

@Suite struct `sesame status` {
    private let ready =
        #"{"profile":"aivie","grant":"authorization_code","state":"ready","#
        + #""access_expires_at":"2027-01-15T08:59:00Z","login_expires_at":"2027-01-29T08:00:00Z","#
        + #""last_renewed_at":"2027-01-15T07:59:00Z","last_error":null}"#
    private let expired =
        #"{"profile":"w\u001b","grant":"client_credentials","state":"login_required","#
        + #""access_expires_at":"2027-01-13T08:00:00Z","last_error":"the server was\u001b down."}"#

    @Test func `says what is wrong with a token file`() {
        let broken =
            ready.dropLast()
            + #","files":[{"name":"a","path":"/a","written":true,"error":null},"#
            + #"{"name":"b\u001b","path":"/b","written":false,"error":"the disk is\u001b full"}]}"#
        let stage = Stage([(200, #"{"profiles":[\#(broken)]}"#)])
        #expect(stage.run("status") == 0)
        #expect(stage.output.hasSuffix("\nfile b\\u{1b}: last error: the disk is\\u{1b} full\n"))
        #expect(!stage.output.contains("file a"))
        let json = Stage([(200, #"{"profiles":[\#(broken)]}"#)])
        #expect(json.run("status", "--json") == 0)
        #expect(
            json.output.contains(#""files":[{"name":"a","path":"/a","written":true,"error":null},"#)
        )
    }

    @Test func `is an aligned table`() {
        let stage = Stage([(200, #"{"profiles":[\#(ready),\#(expired)]}"#)])
        #expect(stage.run("status") == 0)
        #expect(
            stage.output == """
                PROFILE  GRANT               STATE           TOKEN              LOGIN            LAST RENEWED
                aivie    authorization_code  ready           expires in 59 min  expires in 14 d  1 min ago
                w\\u{1b}  client_credentials  login required  expired 2 d ago    -                -
                w\\u{1b}: last error: the server was\\u{1b} down

                """)
    }

    @Test func `shows colours only on a terminal that wants them`() {
        let plain = Stage([(200, #"{"profiles":[\#(ready)]}"#)])
        _ = plain.run("status")
        #expect(!plain.output.contains("\u{1B}"))
        let coloured = Stage([(200, #"{"profiles":[\#(ready)]}"#)], terminals: [.output])
        _ = coloured.run("status")
        #expect(coloured.output.contains("\u{1B}[32mready\u{1B}[0m"))
        var unwanted = Stage([(200, #"{"profiles":[\#(ready)]}"#)], terminals: [.output])
        unwanted.environment["NO_COLOR"] = "1"
        _ = unwanted.run("status")
        #expect(!unwanted.output.contains("\u{1B}"))
    }

    @Test func `of one profile as JSON leaves the settings out`() {
        let stage = Stage([(200, String(ready.dropLast()) + #","settings":{"scope":["x"]}}"#)])
        #expect(stage.run("status", "aivie", "--json") == 0)
        #expect(stage.output == ready + "\n")
        #expect(stage.broker.requests == ["GET /v1/profiles/aivie"])
    }

    @Test func `of nothing points to the set-up`() {
        let stage = Stage([(200, #"{"profiles":[]}"#)])
        #expect(stage.run("status") == 0)
        #expect(stage.output == "")
        #expect(stage.errors == "sesame: there is no profile yet\n")
    }

    @Test func `profiles lists the names`() {
        let stage = Stage([(200, #"{"profiles":[\#(ready),\#(expired)]}"#)])
        #expect(stage.run("profiles") == 0)
        #expect(stage.output == "aivie\nw\\u{1b}\n")
        #expect(stage.broker.requests == ["GET /v1/profiles?names=true"])
        let full = Stage([(200, #"{"profiles":[\#(ready)]}"#)])
        #expect(full.run("profiles", "--json") == 0)
        #expect(
            full.output
                == #"{"profile":"aivie","grant":"authorization_code","state":"ready"}"# + "\n")
        #expect(full.broker.requests == ["GET /v1/profiles"])
    }
}

@Suite struct `sesame logout` {
    @Test(arguments: [
        (true, true, "revoked at the server, and forgotten here"),
        (false, true, "forgotten here; not revoked at the server"),
        (true, false, "revoked at the server; nothing was stored here"),
        (false, false, "nothing was stored"),
    ])
    func `says which of the two happened`(revoked: Bool, forgotten: Bool, words: String) {
        let stage = Stage([
            (200, #"{"profile":"a","revoked":\#(revoked),"forgotten":\#(forgotten),"note":"n."}"#)
        ])
        #expect(stage.run("logout", "a") == 0)
        #expect(stage.output == words + "\n")
        #expect(stage.errors == "sesame: n\n")
        #expect(stage.broker.requests == ["DELETE /v1/profiles/a/grant"])
    }

    @Test func `asks the server about the token, and shows nothing that could fool a terminal`() {
        let said =
            #"{"profile":"aivie","active":true,"scope":"read\u001b","client_id":"cli","#
            + #""token_type":null,"expires_at":"2027-01-15T08:59:00Z"}"#
        let stage = Stage([(200, said)])
        #expect(stage.run("status", "aivie", "--introspect") == 0)
        #expect(stage.broker.requests == ["POST /v1/profiles/aivie/introspection"])
        #expect(
            stage.output == """
                the server says: the token is good
                scope: read\\u{1b}
                client: cli
                token: expires in 59 min

                """)
        let json = Stage([(200, said)])
        #expect(json.run("status", "aivie", "--introspect", "--json") == 0)
        #expect(json.output.hasPrefix(#"{"profile":"aivie","active":true,"scope":"read"#))
        #expect(Stage([]).run("status", "--introspect") == 2)
    }
}
