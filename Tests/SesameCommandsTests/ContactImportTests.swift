import SesameCommands
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@Suite struct `sesame contact import` {
    private let folder = TemporaryFolder()

    private func file(_ text: String) throws -> String {
        let path = folder.file("contacts.csv")
        try PrivateFile.replace(path, Secret(utf8: text))
        return path
    }

    private let profile = (
        200,
        #"{"profile":"a","grant":"basic","state":"ready","settings":{"base_url":["https://acme.example"]}}"#
    )
    private let fields = answered(
        200, #"{"total":1,"fields":{"1":{"alias":"email","label":"Email","type":"email"}}}"#)
    private let nobody = answered(200, #"{"total":"0","contacts":[]}"#)

    private func stored(_ numbers: Range<Int>) -> (Int, String) {
        let contacts = numbers.map { number in
            #"{"id":\#(number),"tags":[],"fields":{"all":{"email":"user\#(number)@x.example"}}}"#
        }
        let statuses = numbers.map { _ in "201" }
        return answered(
            201,
            #"{"contacts":[\#(contacts.joined(separator: ","))],"statusCodes":[\#(statuses.joined(separator: ","))]}"#
        )
    }

    private func rows(_ count: Int) -> String {
        "email\n" + (0..<count).map { "user\($0)@x.example\n" }.joined()
    }

    private func stage(
        terminals: Set<SesameCommands.Stream> = [], files: Set<SesameCommands.Stream> = []
    ) -> Stage {
        Stage(
            [profile, fields] + (0..<3).flatMap { [nobody, stored($0 * 2..<$0 * 2 + 2)] },
            terminals: terminals, files: files)
    }

    private func run(_ stage: Stage, _ options: String...) async throws -> Int32 {
        await stage.runApart(
            [
                "contact", "import", "--profile", "a", try file(rows(6)), "--batch", "2",
                "--concurrency", "1",
            ]
                + options)
    }

    @Test func `shows a bar with rate and time left on a terminal, and takes it away`() async throws
    {
        var stage = stage(terminals: [.error])
        stage.secondsPerAnswer = 1
        #expect(try await run(stage) == 0)
        #expect(stage.output == "6 rows: 6 created, 0 updated, 0 unchanged, 0 failed\n")
        #expect(
            stage.errors.contains(
                "\rimporting [####################----------] 4 of 6, 1.0/s, 2 s left\u{1B}[K"),
            "\(stage.errors)")
        #expect(stage.errors.hasSuffix("\r\u{1B}[K"))
    }

    @Test(arguments: [
        (60, "importing [###############--------] 4 of 6, 1.0/s, 2 s left"),
        (40, "importing 4 of 6, 1.0/s, 2 s left"), (20, "importing 4 of 6, 1"),
    ])
    func `keeps the bar within a narrow terminal`(_ width: Int, _ line: String) async throws {
        var stage = stage(terminals: [.error])
        stage.terminal.resize(to: width)
        stage.secondsPerAnswer = 1
        #expect(try await run(stage) == 0)
        #expect(stage.errors.contains("\r\(line)\u{1B}[K"), "\(stage.errors)")
    }

    @Test func `says nothing into a pipe but the summary`() async throws {
        let stage = stage()
        #expect(try await run(stage) == 0)
        #expect(stage.errors == "")
    }

    @Test func `writes a line every ten seconds into a log`() async throws {
        var stage = stage(files: [.error])
        stage.secondsPerAnswer = 4
        #expect(try await run(stage) == 0)
        #expect(stage.errors == "sesame: 4 of 6 rows, 0.3/s, 8 s left\n")
    }

    @Test func `has one line of JSON for a script, and nothing beside it`() async throws {
        var stage = stage(files: [.error])
        stage.secondsPerAnswer = 60
        #expect(try await run(stage, "--json") == 0)
        #expect(
            stage.output
                == #"{"rows":6,"created":6,"updated":0,"unchanged":0,"failed":0,"incomplete":0,"not_stored":[],"#
                + #""failed_file":null,"complete":true}"# + "\n")
        #expect(stage.errors == "")
    }

    @Test func `never overwrites failed rows of an earlier import`() async throws {
        try PrivateFile.create(folder.file("contacts.failed.csv"), Secret(utf8: "mended by hand\n"))
        let stage = stage()
        #expect(try await run(stage) == 2)
        #expect(
            stage.errors.contains(
                "is there already; it may have the failed rows of an earlier import"))
        #expect(stage.broker.requests.count == 2, "no contact was sent")
    }

    @Test func `exits with 9 also for what was told when it was interrupted`() async throws {
        let path = try file("email,colour\na@x.example,red\nb@x.example,\n")
        let fields = answered(
            200,
            #"{"total":2,"fields":{"1":{"alias":"email","label":"Email","type":"email"},"#
                + #""2":{"alias":"colour","label":"Colour","type":"text"}}}"#)
        func stored(_ id: Int, _ email: String) -> (Int, String) {
            answered(
                201,
                #"{"contacts":[{"id":\#(id),"tags":[],"fields":{"all":{"email":"\#(email)"}}}],"#
                    + #""statusCodes":[201]}"#)
        }
        let command = [
            "contact", "import", "--profile", "a", path, "--batch", "1", "--concurrency", "1",
        ]
        let refusal =
            #"{"type":"about:blank","title":"","status":401,"detail":"x","code":"login_required"}"#
        let first = Stage([
            profile, fields, nobody, stored(1, "a@x.example"), nobody, (401, refusal),
        ])
        #expect(await first.runApart(command) == 3)
        #expect(first.errors.contains("not stored: colour in 1 row, first in line 2"))
        let second = Stage([profile, fields, nobody, stored(2, "b@x.example")])
        #expect(await second.runApart(command) == 9)
        #expect(
            second.output
                == "2 rows (1 of them before): 2 created, 0 updated, 0 unchanged, 0 failed\n",
            "\(second.errors)")
        #expect(
            second.errors.contains(
                "of 1 row of the earlier run something is not stored, as was told then"))
    }

    @Test(arguments: [false, true])
    func `ends with what the broker says, and how to go on`(_ isJSON: Bool) async throws {
        let refusal =
            #"{"type":"about:blank","title":"","status":401,"detail":"the login has ended","code":"login_required"}"#
        let stage = Stage([profile, fields, nobody, stored(0..<2), (401, refusal)])
        #expect(try await run(stage, isJSON ? "--json" : "--verbose") == 3)
        #expect(stage.errors.contains("the login has ended"))
        #expect(stage.errors.contains("the same command goes on where it was: 2 rows are done"))
        #expect(
            stage.output.contains(
                isJSON
                    ? #""complete":false"# : "2 rows: 2 created, 0 updated, 0 unchanged, 0 failed\n"
            ))
    }
}
