import SesameJSON
import TestSupport
import Testing

@Suite(
    .enabled(if: TerminalSession.isPossible, "script is not installed"),
    .enabled(if: KernelKeyring.isAvailable, "there is no kernel keyring here"))
struct `A store with a passphrase` {
    private static let passphrase = "four horses and a cart"

    /// What the guide asks of a newcomer, to the last question.
    @Test func `is made by the guide`() async throws {
        let playground = try Playground("--quiet")
        let sesame = Sesame(server: playground)
        let ended = try await sesame.onTerminal(
            "$SESAME setup", ("Number", "2"), ("Issuer", "\(playground.origin)/strict"),
            ("Number", "2"), ("Client id", "practice-service"),
            ("not shown", "practice-secret"), ("Scope", ""), ("Address of the API", ""),
            ("Name of the profile", "work"), ("Number", "2"), ("not shown", Self.passphrase),
            ("The same again", Self.passphrase), ("Try it now?", "y"))
        #expect(ended.status == 0, "\(ended.output)")
        #expect(!ended.output.contains(Self.passphrase))
        #expect(!ended.output.contains("practice-secret"))
        #expect(try await sesame.shell("cat config").output.contains("passphrase = prompt"))
        #expect(try await sesame.shell("ls").output.contains("store.key") == false)
    }

    @Test func `is locked, asks a person, and ends a script at once`() async throws {
        let sesame = try await home()
        let held = try await sesame.run("token", "work")
        try await sesame.run("lock")
        for command in [
            "token work", "status work", "token work --json", "logout work", "backup b",
        ] {
            let mistake =
                command == "backup b"
                ? Mistake(command, 4, "no terminal", "--passphrase-fd")
                : Mistake(command, 4, "locked", "sesame unlock")
            try await mistake.expect(of: sesame)
        }
        let asked = try await sesame.onTerminal(
            "$SESAME token work --force", ("Passphrase of the store, not shown: ", Self.passphrase))
        #expect(asked.status == 0, "\(asked.output)")
        #expect(asked.output.contains(held.dropLast()))
        #expect(!asked.output.contains(Self.passphrase))
        #expect(try await sesame.run("token", "work") == held, "it was unlocked for a while")
    }

    @Test func `is unlocked by a file or a descriptor, for a time`() async throws {
        let sesame = try await home()
        try await sesame.run("lock")
        let told = try JSON(
            printed: try await sesame.run(
                "unlock", "--json", "--passphrase-file", sesame.folder.file("p")))
        #expect(told["cached"]?.bool == true)
        #expect(told["until"]?.string != nil)
        try await sesame.run("token", "work")
        #expect(try await status(sesame)["state"]?.string == "open")
        try await sesame.run("lock")
        let unlocked = try await sesame.shell("$SESAME unlock --for 1000 --passphrase-fd 5 5<p")
        #expect(unlocked.status == 0, "\(unlocked.errors)")
        try await sesame.run("token", "work")
    }

    /// The answer of the server has no other place to go.
    @Test func `takes the tokens of a renewal that was under way when it was locked`() async throws
    {
        let practice = try await Practice("strict")
        let sesame = practice.sesame
        try await sesame.shell("echo '\(Self.passphrase)' >p && chmod 600 p")
        let file = sesame.folder.file("p")
        try await sesame.run("key", "rotate", "--passphrase", "--passphrase-file", file)
        try await practice.disturb(#"{"holds_answer":true}"#)
        let renewal = try sesame.start("token", "work", "--refresh")
        try await practice.waitUntilHeld()
        try await sesame.run("lock")
        try await practice.release()
        let ended = try await offPool { try renewal.wait() }
        #expect(ended.status == 0 && ended.errors.isEmpty, "\(ended.errors)")
        try await Mistake("token work", 4, "locked").expect(of: sesame)
        try await sesame.run("unlock", "--passphrase-file", file)
        #expect(try await sesame.run("token", "work") == ended.output)
        try await sesame.run("token", "work", "--refresh")
    }

    @Test("K-12: says of a wrong passphrase that it is wrong, and that nothing is damaged")
    func wrongPassphrase() async throws {
        let sesame = try await home()
        try await sesame.run("lock")
        let wrong = try await sesame.attempt(
            ["unlock", "--passphrase-fd", "0"], input: "five horses and a cart\n")
        #expect(wrong.status == 4, "\(wrong.errors)")
        #expect(wrong.errors.contains("passphrase"), "\(wrong.errors)")
        #expect(!wrong.errors.contains("horses"))
        #expect(wrong.errors.contains("nothing is damaged"), "\(wrong.errors)")
        let typed = try await sesame.onTerminal(
            "$SESAME token work --force", ("not shown", "five horses and a cart"))
        #expect(typed.status == 4)
        try await sesame.run("unlock", "--passphrase-file", sesame.folder.file("p"))
        try await sesame.run("token", "work")
    }

    @Test func `gets another passphrase`() async throws {
        let sesame = try await home()
        let held = try await sesame.run("token", "work")
        try await sesame.shell("echo 'another cart for me' >q && chmod 600 q")
        try await sesame.run("key", "rotate", "--passphrase-file", sesame.folder.file("q"))
        _ = try await sesame.attempt(["lock"])
        try await Mistake("unlock --passphrase-file \(sesame.folder.file("p"))", 4)
            .expect(of: sesame)
        try await sesame.run("unlock", "--passphrase-file", sesame.folder.file("q"))
        #expect(try await sesame.run("token", "work") == held)
    }

    /// A terminal is there, and one of the streams is not: each command ends by itself.
    @Test(arguments: ["<&-", "2>&-", "<&- >&-", "</dev/null", "2>/dev/null"])
    func `keeps no command waiting where nobody sees the question`(streams: String) async throws {
        let sesame = try await home()
        try await sesame.run("lock")
        let commands = [
            "unlock", "token work", "key rotate", "key init --passphrase", "backup b", "restore b",
            "key accept-rollback", "key status", "lock", "setup", "status", "logout work",
            "contact create --email a@b.example", "request work /x", "login work",
        ]
        for command in commands {
            let ended = try await sesame.onTerminal("$SESAME \(command) \(streams)")
            #expect(ended.status != 0 || ["lock", "key status"].contains(command), "\(command)")
        }
        #expect(try await sesame.shell("ls b").status != 0, "there is no backup")
    }

    /// A home whose store has the passphrase, which its file `p` holds, and a profile with a token.
    private func home() async throws -> Sesame {
        let playground = try Playground("--quiet")
        let sesame = Sesame(server: playground)
        try await sesame.shell("echo '\(Self.passphrase)' >p && chmod 600 p")
        try await sesame.run(
            "key", "init", "--passphrase", "--passphrase-file", sesame.folder.file("p"))
        try await sesame.run("unlock", "--passphrase-file", sesame.folder.file("p"))
        try await sesame.setUpService(playground)
        try await sesame.run("token", "work")
        return sesame
    }
}

/// What `key status --json` says.
func status(_ sesame: Sesame) async throws -> JSON {
    try JSON(printed: try await sesame.run("key", "status", "--json"))
}
