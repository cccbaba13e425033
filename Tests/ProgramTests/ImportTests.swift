import SesameJSON
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

/// Moving in from a real oidc-agent, whose own program makes and opens the account.
@Suite(
    .enabled(
        if: ForeignProgram.isExpected("oidc-gen"),
        "oidc-agent is not installed (apt-get install oidc-agent-cli socat)"))
struct `Moving in from oidc-agent` {
    private let playground: Playground
    private let sesame: Sesame
    private let peer = TemporaryFolder()

    /// An account at a server that takes each refresh token once.
    init() async throws {
        playground = try Playground("--quiet")
        sesame = Sesame(
            server: playground, variables: ["OIDC_CONFIG_DIR": peer.file("oidc")])
        let made = try await ChildProcess.runAside(
            scriptPath("oidc-account.sh"),
            [peer.path, playground.origin, BuiltPrograms.folder, "strict"],
            environment: ChildProcess.plainEnvironment.merging(["HOME": peer.path]) { $1 })
        try #require(made.status == 0, "\(made.output)\(made.errors)")
    }

    @Test func `gives a token at once, and the next one, and leaves the account as it is`()
        async throws
    {
        let before = try PrivateFile.readShared(peer.file("oidc/bench"), limit: 1 << 20)
        #expect(
            try await sesame.run("import", "oidc-agent").contains("bench    bench    passphrase"))
        let done = try await sesame.attempt(
            ["import", "oidc-agent", "bench", "--passphrase-fd", "0"], input: "practice\n")
        #expect(done.status == 0, "\(done.errors)")
        #expect(done.errors.contains("the one that oidc-agent has is spent"))
        let first = try await sesame.run("token", "bench")
        let second = try await sesame.run("token", "bench", "--refresh")
        #expect(!first.isEmpty && first != second)
        let after = try PrivateFile.readShared(peer.file("oidc/bench"), limit: 1 << 20)
        #expect(before.equals(after))
        let config = try PrivateFile.read(sesame.folder.file("config"), limit: 1 << 20)
        #expect(!config.dangerouslyRevealedText().contains("practice-secret"))
    }

    @Test func `says that the passphrase is wrong, and keeps nothing`() async throws {
        let done = try await sesame.attempt(
            ["import", "oidc-agent", "bench", "--passphrase-fd", "0"], input: "wrong\n")
        #expect(done.status == 4)
        #expect(done.errors.contains("the passphrase is wrong"))
        #expect(try await sesame.run("profiles").isEmpty)
    }

    /// What oidc-gen prints may come from another machine; a spent token is refused.
    @Test func `takes what oidc-gen prints, once`() async throws {
        let printed = try await sesame.shell(
            "echo practice | oidc-gen --print bench --pw-file=/dev/stdin")
        try #require(printed.status == 0)
        try await sesame.run(["import", "oidc-agent", "-", "--as", "one"], input: printed.output)
        let again = try await sesame.attempt(
            ["import", "oidc-agent", "-", "--as", "two"], input: printed.output)
        #expect(again.status == 3, "\(again.errors)")
        #expect(again.errors.contains("nothing was imported"))
        #expect(try await sesame.run("profiles") == "one\n")
    }
}
