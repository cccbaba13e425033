import SesameCommands
import Testing

@Suite struct `The command line` {
    @Test(arguments: [
        (["tokne"], "did you mean: sesame token"),
        (["contact", "crate"], "did you mean: sesame contact create"),
        (["contact"], "sesame help contact lists the commands"),
        (["xyzzy"], "sesame help lists the commands"),
        (["token", "--refesh"], "did you mean: --refresh"),
    ])
    func `makes suggestions`(arguments: [String], hint: String) {
        let stage = Stage()
        #expect(stage.run(arguments) == 2)
        #expect(stage.errors.contains("hint: \(hint)\n"))
    }

    @Test(arguments: [
        ["token", "a", "--min-valid"], ["token", "a", "b"], ["token", "a", "--json=yes"],
        ["token", "a", "-z"], ["status", "a", "b"], ["status", "a", "--profile", "b"],
        ["setup", "a", "--profile", "b"], ["version", "a"], ["help", "token", "a"],
        ["request", "a"], ["header", "a", "--url", "https://x", "--method", "A B"],
        ["token", "a", "--", "x"], ["profiles", "a"], ["token", "a", "--profile", "b"],
        ["--nonsense"], [""],
    ])
    func `refuses what it does not know`(arguments: [String]) {
        let stage = Stage()
        #expect(stage.run(arguments) == 2)
        #expect(stage.output == "")
        #expect(stage.errors.hasPrefix("sesame: "))
        #expect(stage.broker.requests.isEmpty)
    }

    @Test func `shows the overview where no command is given, as an error`() {
        let stage = Stage()
        #expect(stage.run() == 2)
        #expect(stage.output == "")
        #expect(stage.errors.contains("Usage: sesame COMMAND"))
    }

    @Test(arguments: [["--version"], ["version"], ["-v", "version"]])
    func `shows the version`(arguments: [String]) {
        let stage = Stage()
        #expect(stage.run(arguments) == 0)
        #expect(stage.output == "sesame 0.1.0\n")
    }

    @Test(arguments: [
        ["help", "token"], ["token", "--help"], ["-h", "token"], ["token", "a", "-h", "--refresh"],
    ])
    func `shows help on standard output`(arguments: [String]) {
        let stage = Stage()
        #expect(stage.run(arguments) == 0)
        #expect(stage.output.contains("Usage: sesame token PROFILE"))
        #expect(stage.errors == "")
    }

    @Test(arguments: [["help", "contact"], ["contact", "-h"]])
    func `lists the commands that share a word`(arguments: [String]) {
        let stage = Stage()
        #expect(stage.run(arguments) == 0)
        #expect(stage.output.contains("\n  contact create   create or update one contact"))
    }

    @Test func `takes an option and its value before the command`() {
        let answer = #"{"profile":"a","access_token":"t","token_type":"Bearer","expires_at":null}"#
        let stage = Stage([(200, answer)])
        #expect(stage.run("--min-valid", "30", "token", "a") == 0)
        #expect(stage.broker.requests == ["GET /v1/profiles/a/token?min_valid=30"])
    }

    @Test func `never shows control characters of what was typed`() {
        let stage = Stage()
        #expect(stage.run("\u{1B}[2J") == 2)
        #expect(!stage.errors.contains("\u{1B}"))
    }
}
