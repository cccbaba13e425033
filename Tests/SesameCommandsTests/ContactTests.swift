import SesameCommands
import SesameJSON
import SesameSecrets
import TestSupport
import Testing

@Suite struct `sesame contact create` {
    private let profiles = #"{"profiles":[{"profile":"a","grant":"basic","state":"ready"}]}"#
    private let profile =
        #"{"profile":"a","grant":"basic","state":"ready","settings":{"base_url":["https://acme.example"]}}"#

    @Test func `uses the only profile and sends through the broker`() async {
        let stage = Stage([
            (200, profiles), (200, profile),
            answered(
                201,
                #"{"contact":{"id":42,"fields":{"all":{"email":"a@b.example","firstname":"Ada"}}}}"#
            ),
        ])
        #expect(
            await stage.runApart([
                "contact", "create", "--email", "a@b.example", "--firstname", "Ada", "--json",
            ]) == 0)
        #expect(
            stage.output == #"{"id":42,"result":"created","email":"a@b.example","not_stored":[]}"#
                + "\n")
        #expect(
            stage.broker.requests[2].contains(#""url":"https://acme.example/api/contacts/new""#))
    }

    @Test func `says what was not stored, and exits with 9`() async {
        let stage = Stage([
            (200, profile),
            answered(200, #"{"contact":{"id":42,"fields":{"all":{"email":"a@b.example"}}}}"#),
        ])
        let code = await stage.runApart([
            "contact", "create", "--profile", "a", "--email", "a@b.example", "--field",
            "colour=red",
        ])
        #expect(code == 9)
        #expect(stage.output == "contact 42 updated: a@b.example\n")
        #expect(stage.errors.hasPrefix("sesame: warning: not stored: colour: "))
    }

    @Test(arguments: [
        [], ["--email", "nobody"], ["--email", "a@b.example", "--field", "x"],
        ["--email", "a@b.example", "--field", "x y=z"], ["--email", "a@b.example", "extra"],
    ])
    func `sends nothing that is not fit`(options: [String]) async {
        let stage = Stage()
        #expect(await stage.runApart(["contact", "create"] + options) == 2)
        #expect(stage.broker.requests.isEmpty)
    }

    @Test func `asks which profile when there are two`() async {
        let two =
            #"{"profiles":[{"profile":"a","grant":"basic","state":"ready"},{"profile":"b","grant":"basic","state":"ready"}]}"#
        let stage = Stage([(200, two)])
        #expect(await stage.runApart(["contact", "create", "--email", "a@b.example"]) == 2)
        #expect(stage.errors.contains("--profile a, or --profile b"))
    }

    @Test func `keeps the broker's exit code`() async {
        let stage = Stage([(200, profile), (409, #"{"code":"login_required","detail":"expired"}"#)])
        #expect(await stage.runApart(create) == 3)
        #expect(stage.errors == "sesame: expired\nhint: run: sesame login a\n")
    }

    @Test(arguments: [(403, 7), (404, 7), (422, 7)])
    func `exits with 7 when Mautic refuses for good`(status: Int, exit: Int32) async {
        let refused = answered(
            status, #"{"errors":[{"message":"no","code":\#(status),"type":null}]}"#)
        let stage = Stage([(200, profile), refused, refused, refused])
        #expect(await stage.runApart(create) == exit)
        #expect(stage.output == "")
    }

    @Test(arguments: [
        (429, "the server takes no more requests for now"),
        (502, "an answer was lost, and the server may still be at work"),
    ])
    func `says what it waits for, and goes on`(status: Int, words: String) async throws {
        let busy = answered(
            status, #"{"errors":[{"message":"later","code":\#(status)}]}"#, retryAfter: 7)
        let stored = answered(
            201, #"{"contact":{"id":42,"fields":{"all":{"email":"a@b.example"}}}}"#)
        let stage = Stage([(200, profile), busy, stored], terminals: [.error])
        async let code = stage.runApart(create)
        try await stage.time.waitForSleeper()
        #expect(stage.errors == "sesame: \(words): waiting for 7 s\n")
        stage.time.advance(seconds: 6)
        #expect(stage.time.sleepers == 1)
        stage.time.advance(seconds: 1)
        #expect(await code == 0)
        #expect(stage.output == "contact 42 created: a@b.example\n")
    }

    private let create = ["contact", "create", "--profile", "a", "--email", "a@b.example"]
}

/// What the broker says of an answer of the server's.
///
/// - Parameter seconds: how long the server asks to wait.
func answered(_ status: Int, _ body: String, retryAfter seconds: Int? = nil) -> (Int, String) {
    let encoded = Array(body.utf8).span
    let patience = seconds.map { #",{"name":"Retry-After","value":"\#($0)"}"# } ?? ""
    return (
        200,
        #"{"status":\#(status),"headers":[{"name":"Content-Type","value":"application/json"}\#(patience)],"#
            + #""body":"\#(Base64URL.encode(encoded))"}"#
    )
}
