import SesameAge
import SesameCrypto
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

/// The program `age`, which nobody here wrote, in both directions.
@Suite(.enabled(if: ForeignProgram.isExpected("age"), "age is not installed (apt-get install age)"))
struct `Against the program age, Sesame` {
    private let folder = TemporaryFolder()

    @Test(arguments: [0, 1, 65_535, 65_536, 65_537, 131_072, 1 << 20])
    func `writes what it opens`(count: Int) async throws {
        let recipient = try await keygen()
        let file = try sealed(noise(count), for: .keys([identity().recipient, recipient]))
        try write(file, to: "sealed.age")
        // Its option -o makes no file where the plaintext is empty.
        let finished = try await ChildProcess.runAside(
            "sh",
            [
                "-c", #"age -d -i "$1" "$2" > "$3""#, "sh", path("identity"),
                path("sealed.age"), path("plain"),
            ])
        try #require(finished.status == 0, "\(finished.errors)")
        #expect(try contents(of: path("plain")) == noise(count))
    }

    @Test(arguments: [0, 1, 65_535, 65_536, 65_537, 131_072, 1 << 20])
    func `opens what it writes`(count: Int) async throws {
        let recipient = try await keygen()
        try write(noise(count), to: "plain")
        try await age(
            "-r", identity().recipient.description, "-r", recipient.description,
            "-o", path("sealed.age"), path("plain"))
        let file = try contents(of: path("sealed.age"))
        let mine = try AgeIdentity.all(inFile: Secret(copying: contents(of: path("identity"))))
        #expect(mine.map(\.recipient) == [recipient])
        for opener in [AgeOpener.identities(mine), .identities([identity()])] {
            let result = opened(file, with: opener)
            #expect(result.failure == nil && result.released == noise(count))
        }
    }

    @Test func `has its armored files for armored`() async throws {
        let recipient = try await keygen()
        try write(noise(10), to: "plain")
        try await age(
            "-a", "-r", recipient.description, "-o", path("sealed.age"), path("plain"))
        let file = try contents(of: path("sealed.age"))
        #expect(opened(file, with: .identities([identity()])).failure?.code == .armored)
    }

    @Test func `writes with a passphrase what it opens`() async throws {
        let file = try await offPool {
            try sealed(noise(70_000), for: .passphrase(Secret(utf8: "correct horse battery")))
        }
        try write(file, to: "sealed.age")
        try await onTerminal(
            "age -d -o \(path("plain")) \(path("sealed.age"))", typing: "correct horse battery\n")
        #expect(try contents(of: path("plain")) == noise(70_000))
    }

    @Test func `opens what it writes with a passphrase`() async throws {
        try write(noise(70_000), to: "plain")
        try await onTerminal(
            "age -p -o \(path("sealed.age")) \(path("plain"))",
            typing: "correct horse battery\ncorrect horse battery\n")
        let file = try contents(of: path("sealed.age"))
        let passphrase = Secret(utf8: "correct horse battery")
        let result = try await offPool { opened(file, with: .passphrase(passphrase)) }
        #expect(result.failure == nil && result.released == noise(70_000))
    }

    private func keygen() async throws -> AgeRecipient {
        let made = try await ChildProcess.runAside("age-keygen", ["-o", path("identity")])
        try #require(made.status == 0, "\(made.errors)")
        let shown = try await ChildProcess.runAside("age-keygen", ["-y", path("identity")])
        return try AgeRecipient(shown.output.filter { $0 != "\n" })
    }

    private func age(_ arguments: String...) async throws {
        let finished = try await ChildProcess.runAside("age", arguments)
        try #require(finished.status == 0, "\(finished.errors)")
    }

    /// It takes passphrases from a terminal only; script(1) is one.
    private func onTerminal(_ command: String, typing: String) async throws {
        let finished = try await ChildProcess.runAside(
            "script", ["-qec", command, "/dev/null"], input: Array(typing.utf8))
        try #require(finished.status == 0, "\(finished.output)\(finished.errors)")
    }

    private func path(_ name: String) -> String { folder.file(name) }

    private func write(_ bytes: [UInt8], to name: String) throws {
        try PrivateFile.create(path(name), Secret(copying: bytes))
    }
}
