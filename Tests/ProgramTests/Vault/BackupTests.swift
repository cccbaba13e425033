import SesameJSON
import TestSupport
import Testing

@Suite struct `A backup` {
    @Test func `parks its logins on another host until a person has confirmed`() async throws {
        let practice = try await Practice("strict")
        let other = Sesame(server: practice.playground)
        try await backUp(practice.sesame)
        let restored = try await restore(practice.sesame, into: other)
        #expect(restored.status == 0, "\(restored.errors)")
        #expect(restored.output.contains("1 added"))
        #expect(restored.errors.contains("sesame restore --confirm work"))
        for _ in 1...2 {
            try await Mistake("token work --refresh", 3, "backup", "sesame restore --confirm work")
                .expect(of: other)
        }
        let status = try JSON(printed: try await other.run("status", "work", "--json"))
        #expect(status["state"]?.string == "login_required")
        #expect(try await practice.log().isEmpty, "nothing was sent before")
        #expect(try await other.run("restore", "--confirm", "work").contains("work"))
        try await other.run("token", "work", "--refresh")
        #expect(try await practice.log().map(\.isCommitted) == [true])
    }

    @Test func `is taken over at once where that is said`() async throws {
        let practice = try await Practice("strict")
        let other = Sesame(server: practice.playground)
        try await backUp(practice.sesame)
        let restored = try await restore(practice.sesame, into: other, "--take-over")
        #expect(restored.status == 0, "\(restored.errors)")
        #expect(!restored.errors.contains("--confirm"))
        try await other.run("token", "work", "--refresh")
    }

    @Test(.enabled(if: TerminalSession.isPossible, "script is not installed"))
    func `asks a person about the other host, and where the key shall live`() async throws {
        let practice = try await Practice("strict")
        let other = Sesame(server: practice.playground)
        try await backUp(practice.sesame)
        let file = practice.sesame.folder.file("b.age")
        let ended = try await other.onTerminal(
            "$SESAME restore \(file)", ("Number", "1"),
            ("Passphrase of the backup", Self.passphrase), ("for good?", "y"))
        #expect(ended.status == 0, "\(ended.output)")
        #expect(!ended.output.contains(Self.passphrase))
        try await other.run("token", "work", "--refresh")
    }

    @Test func `brings lost logins back to their own host`() async throws {
        let practice = try await Practice("strict")
        let sesame = practice.sesame
        let held = try await sesame.run("token", "work")
        try await backUp(sesame)
        try await sesame.shell("rm store.db* store.key config")
        let restored = try await restore(sesame, into: sesame, "--take-over")
        #expect(restored.status == 0, "\(restored.errors)")
        #expect(try await sesame.run("token", "work") == held)
        try await sesame.run("token", "work", "--refresh")
    }

    @Test func `keeps what is there, unless it is to be replaced`() async throws {
        let practice = try await Practice("strict")
        let sesame = practice.sesame
        try await backUp(sesame)
        let newer = try await sesame.run("token", "work", "--refresh")
        let kept = try await restore(sesame, into: sesame, "--take-over")
        #expect(kept.output.contains("1 kept as they were"), "\(kept.errors)")
        #expect(try await sesame.run("token", "work") == newer)
        // The refresh token of the older one is spent.
        let still = try await restore(sesame, into: sesame, "--take-over", "--replace")
        #expect(still.output.contains("1 kept as they were"), "\(still.errors)")
        #expect(still.errors.contains("newer than the backup's: work"), "\(still.errors)")
        try await sesame.run("token", "work", "--refresh")
        try await sesame.run("logout", "work")
        let replaced = try await restore(sesame, into: sesame, "--take-over", "--replace")
        #expect(replaced.output.contains("1 replaced"), "\(replaced.errors)")
        #expect(try await sesame.run("token", "work") != newer)
    }

    /// The way out that the message names, step by step.
    @Test func `saves what is whole of a damaged store, and a new store takes it`() async throws {
        let practice = try await Practice("strict")
        let sesame = practice.sesame
        let broker = try await practice.startBroker()
        let damage = "UPDATE record SET sealed = zeroblob(200) WHERE kind = 'roll'"
        try await sesame.shell("sqlite3 store.db \"\(damage)\"")
        try await Mistake("token work --refresh", 8, "sesame backup", "sesame restore --take-over")
            .expect(of: sesame)
        try await sesame.shell("echo '\(Self.passphrase)' >p && chmod 600 p")
        let saved = try await sesame.shell("$SESAME backup b.age --passphrase-file p")
        #expect(saved.status == 9 && saved.output.contains("1 profile,"), "\(saved.errors)")
        #expect(saved.errors.contains("there may have been more"))
        broker.terminate()
        _ = try await offPool { try broker.wait() }
        try await sesame.shell("mkdir old && mv store.db* old/")
        let restored = try await restore(sesame, into: sesame, "--take-over")
        #expect(restored.status == 0, "\(restored.errors)")
        try await sesame.run("token", "work", "--refresh")
    }

    @Test func `is not overwritten, and opens with its own passphrase only`() async throws {
        let practice = try await Practice("strict")
        let sesame = practice.sesame
        try await backUp(sesame)
        let before = try await sesame.shell("sha256sum b.age").output
        let again = "backup \(sesame.folder.file("b.age")) --passphrase-fd 0"
        try await Mistake(again, 2, "b.age").expect(of: sesame, input: "\(Self.passphrase)\n")
        #expect(try await sesame.shell("sha256sum b.age").output == before)
        #expect(try await sesame.shell("stat -c %a b.age").output == "600\n")
        let wrong = try await sesame.attempt(
            ["restore", sesame.folder.file("b.age"), "--passphrase-fd", "0"],
            input: "five horses and a cart\n")
        #expect(wrong.status == 4, "\(wrong.errors)")
        try await sesame.shell("head -c 300 b.age >cut.age")
        let cut = try await sesame.attempt(
            ["restore", sesame.folder.file("cut.age"), "--passphrase-fd", "0"],
            input: "\(Self.passphrase)\n")
        #expect(cut.status == 8, "\(cut.errors)")
    }

    private static let passphrase = "four horses and a cart"

    private func backUp(_ sesame: Sesame) async throws {
        let report = try await sesame.run(
            ["backup", sesame.folder.file("b.age"), "--passphrase-fd", "0"],
            input: "\(Self.passphrase)\n")
        #expect(report.contains("b.age: 1 profile, "))
    }

    private func restore(
        _ source: Sesame, into sesame: Sesame, _ options: String...
    ) async throws -> ChildProcess.Finished {
        try await sesame.attempt(
            ["restore", source.folder.file("b.age"), "--passphrase-fd", "0"] + options,
            input: "\(Self.passphrase)\n")
    }
}
