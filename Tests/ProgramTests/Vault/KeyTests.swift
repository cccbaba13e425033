import SesameJSON
import TestSupport
import Testing

@Suite struct `The key of a store` {
    /// What SQLite makes beside the store is private, too.
    @Test(arguments: ["000", "022", "077", "777"])
    func `K-6: and all that lies beside it is for its owner only, whatever the umask`(
        umask: String
    ) async throws {
        let playground = try Playground("--quiet")
        let sesame = Sesame(server: playground)
        let made = try await sesame.shell(
            """
            umask \(umask); $SESAME setup work --issuer \(playground.origin)/strict --client-id c \
            --client-secret-stdin <<EOF
            s3cret
            EOF
            """)
        #expect(made.status == 0, "\(made.errors)")
        let broker = try await sesame.startBroker()
        defer { broker.kill() }
        try await sesame.run("status")
        let files = try await sesame.shell("stat -c '%a %n' store.* config").output
        let lines = files.split(separator: "\n")
        #expect(lines.count >= 4 && lines.contains { $0.hasSuffix("store.db-wal") }, "\(files)")
        #expect(lines.allSatisfy { $0.hasPrefix("600 ") }, "\(files)")
    }

    @Test(arguments: [[], ["--full"]])
    func `is changed, and the login stays`(options: [String]) async throws {
        let practice = try await Practice("strict")
        let sesame = practice.sesame
        let held = try await sesame.run("token", "work")
        try await sesame.shell("mkdir -m 700 old && cp -p store.key old")
        try await sesame.run(["key", "rotate"] + options, input: "")
        #expect(try await sesame.shell("cmp store.key old/store.key").status == 1)
        #expect(try await sesame.shell("ls store.key.next").status != 0)
        #expect(try await sesame.run("token", "work") == held)
        #expect(try await sesame.run("token", "work", "--refresh") != held)
        try await sesame.shell("cp -p old/store.key store.key")
        try await Mistake("token work", 4).expect(of: sesame)
    }

    @Test func `is changed for a broker that runs`() async throws {
        let practice = try await Practice("strict")
        let broker = try await practice.startBroker()
        defer { broker.kill() }
        let held = try await practice.sesame.run("token", "work")
        try await practice.sesame.run("key", "rotate", "--full")
        #expect(try await practice.sesame.run("token", "work") == held)
        broker.terminate()
        _ = try await offPool { try broker.wait() }
        #expect(try await practice.sesame.run("token", "work") == held)
    }

    @Test func `moves into a program, and back into a file`() async throws {
        let practice = try await Practice("strict")
        let sesame = practice.sesame
        let held = try await sesame.run("token", "work")
        let program = try await keyProgram(in: sesame)
        try await sesame.run("key", "rotate", "--key-command", "\(program) --please")
        #expect(try await status(sesame)["source"]?.string == "command")
        #expect(try await status(sesame)["detail"]?.string == program)
        try await sesame.shell("rm -f store.key")
        #expect(try await sesame.run("token", "work") == held)
        try await sesame.shell("mv \(program) away")
        try await Mistake("token work", 4, "key").expect(of: sesame)
        try await sesame.shell("mv away \(program)")
        try await sesame.run("key", "rotate", "--key-file", sesame.folder.file("other.key"))
        try await sesame.shell("rm \(program)")
        #expect(try await sesame.run("token", "work") == held)
        #expect(try await sesame.shell("cat config").output.contains("other.key"))
    }

    @Test func `is a credential of the service`() async throws {
        let playground = try Playground("--quiet")
        let sesame = Sesame(server: playground)
        let made = try await sesame.shell(
            "mkdir -m 700 credentials && umask 077 && $SESAME key generate >credentials/sesame-key"
                + " && export CREDENTIALS_DIRECTORY=$PWD/credentials"
                + " && $SESAME key init --key-credential sesame-key && $SESAME key status")
        #expect(made.status == 0, "\(made.errors)")
        #expect(made.output.contains("systemd credential sesame-key"))
        try await Mistake("token work", 2).expect(of: sesame)
        let used = try await sesame.shell(
            "printf practice-secret | CREDENTIALS_DIRECTORY=$PWD/credentials $SESAME setup work"
                + " --issuer \(playground.origin)/strict --client-id practice-service --grant "
                + "client_credentials --client-auth client_secret_basic --client-secret-stdin")
        #expect(used.status == 0, "\(used.errors)")
        try await Mistake("token work", 4, "CREDENTIALS_DIRECTORY").expect(of: sesame)
        let token = try await sesame.shell(
            "CREDENTIALS_DIRECTORY=$PWD/credentials $SESAME token work")
        #expect(token.status == 0, "\(token.errors)")
    }

    @Test func `that is configured and is not the store's is told, with both names`() async throws {
        let practice = try await Practice("strict")
        let sesame = practice.sesame
        let held = try await sesame.run("token", "work")
        let program = try await keyProgram(in: sesame)
        try await sesame.shell("printf '[store]\\nkey_command = \(program)\\n' >>config")
        for command in ["token work", "key rotate"] {
            try await Mistake(command, 2, "a key file", "a command", "[store]").expect(of: sesame)
        }
        let status = try await status(sesame)
        #expect(status["source"]?.string == "file")
        #expect(status["configured"]?.string == "command")
        try await sesame.shell("sed -i /key_command/d config")
        #expect(try await sesame.run("token", "work") == held)
    }

    /// A program that prints a new key.
    private func keyProgram(in sesame: Sesame) async throws -> String {
        let made = try await sesame.shell(
            "umask 077 && $SESAME key generate >line"
                + " && printf '#!/bin/sh\\ncat \"%s/line\"\\n' \"$PWD\" >key.sh && chmod 700 key.sh"
        )
        try #require(made.status == 0, "\(made.errors)")
        return sesame.folder.file("key.sh")
    }
}

@Suite(.enabled(if: KernelKeyring.isAvailable, "there is no kernel keyring here"))
struct `An older copy of the store` {
    @Test("K-4: is refused until it is accepted")
    func rolledBack() async throws {
        let practice = try await Practice("strict")
        let sesame = practice.sesame
        let held = try await sesame.run("token", "work")
        try await sesame.shell("mkdir -m 700 old && cp -p store.db* old/")
        try await sesame.run("token", "work", "--refresh")
        try await sesame.shell("rm store.db* && cp -p old/store.db* .")
        for command in ["token work", "token work --refresh", "login work", "status work"] {
            try await Mistake(command, 8, "sesame key accept-rollback").expect(of: sesame)
        }
        #expect(try await practice.log().count == 1, "no spent token was sent")
        try await Mistake("key accept-rollback", 2, "--yes").expect(of: sesame)
        try await sesame.run("key", "accept-rollback", "--yes")
        #expect(try await sesame.run("token", "work") == held)
    }

    @Test func `of a home that is gone is forgotten with it`() async throws {
        var practice: Practice? = try await Practice("strict")
        let path = try #require(practice).sesame.folder.file("store.db")
        #expect(KernelKeyring.remembersStore(at: path))
        practice = nil
        #expect(!KernelKeyring.remembersStore(at: path))
    }
}
