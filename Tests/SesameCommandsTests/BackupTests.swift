import SesameCommands
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@Suite struct `sesame backup` {
    private let report =
        #"{"path":"/b","profiles":2,"bytes":900,"made_at":"2027-01-15T08:00:00Z","damaged":[],"#
        + #""incomplete":false,"outdated":[]}"#

    @Test func `is for recipients`() {
        let stage = Stage([(200, report)])
        let code = stage.run("backup", "/b", "--recipient", "age1a", "-r", "age1b")
        #expect(code == 0)
        #expect(
            stage.broker.requests == [
                #"POST /v1/store/backup {"path":"/b","recipients":["age1a","age1b"]}"#
            ])
        #expect(stage.output == "/b: 2 profiles, 900 bytes\n")
        let json = Stage([(200, report)])
        #expect(json.run("backup", "/b", "-r", "age1a", "--json") == 0)
        #expect(json.output == report + "\n")
    }

    @Test func `is under a passphrase that is typed twice`() {
        let stage = Stage(
            [(200, Stage.fileStore), (200, report)],
            input: ["four horses and a cart", "four horses and a cart"]
        )
        .onTerminal
        #expect(stage.run("backup", "/b") == 0)
        #expect(
            stage.broker.requests == [
                "GET /v1/store",
                #"POST /v1/store/backup {"path":"/b","passphrase":"four horses and a cart"}"#,
            ])
    }

    @Test func `names a file from the folder where the person is`() {
        let stage = Stage([(200, report)])
        #expect(stage.run("backup", "logins.age", "-r", "age1a") == 0)
        let request = stage.broker.requests.first ?? ""
        #expect(request.contains(#"{"path":"/"#) && request.contains(#"/logins.age","#))
    }

    @Test(arguments: [
        [], ["a", "b"], ["a", "-r", "age1a", "--passphrase-fd", "0"], [""],
    ])
    func `refuses what is not clear`(arguments: [String]) {
        let stage = Stage(input: ["right horse"])
        #expect(stage.run(["backup"] + arguments) == 2)
        #expect(stage.broker.requests.isEmpty)
    }
}

@Suite struct `sesame restore` {
    private let folder = TemporaryFolder()
    private let report =
        #"{"host":"acme","made_at":"2027-01-15T08:00:00Z","added":["a","b"],"replaced":["c"],"#
        + #""skipped":["d"],"parked":["a","b"],"configuration":"kept"}"#

    /// A file that begins as a backup does which this opens.
    private func file(_ stanza: String) throws -> String {
        let path = folder.file("backup-\(stanza)")
        let head = "age-encryption.org/v1\n-> \(stanza) xx 18\nAAAA\n---"
        try PrivateFile.create(path, Secret(utf8: head))
        return path
    }

    @Test func `parks the logins where nobody can be asked`() throws {
        let stage = Stage([(200, report)], input: ["right horse"])
        #expect(stage.run("restore", try file("scrypt"), "--passphrase-fd", "0") == 0)
        #expect(
            stage.broker.requests.last?.hasSuffix(
                #""passphrase":"right horse","replace":false,"take_over":false}"#) == true)
        #expect(
            stage.output
                == "backup of acme, made 2027-01-15T08:00:00Z: 2 added, 1 replaced, 1 kept as they were\n"
        )
        #expect(stage.errors.contains("kept as they were: d; --replace"))
        #expect(stage.errors.contains("the configuration that is here was kept"))
        #expect(stage.errors.contains("until the other host has stopped using them: a, b\n"))
        #expect(stage.errors.contains("sesame: then run: sesame restore --confirm --all\n"))
    }

    @Test(arguments: [("y", true), ("", false), ("n", false)])
    func `asks a person about the other host`(answer: String, takesOver: Bool) throws {
        let stage = Stage([(200, Stage.fileStore), (200, report)], input: ["right horse", answer])
            .onTerminal
        #expect(stage.run("restore", try file("scrypt"), "--replace") == 0)
        #expect(
            stage.broker.requests.last?.hasSuffix(
                #""passphrase":"right horse","replace":true,"take_over":\#(takesOver)}"#) == true)
        #expect(stage.errors.contains("takes one of them for a thief"))
    }

    @Test func `takes over at once by its option`() throws {
        let stage = Stage([(200, report)])
        let path = try file("X25519")
        #expect(stage.run("restore", path, "--identity", "/id", "--take-over") == 0)
        #expect(
            stage.broker.requests == [
                #"POST /v1/store/restore {"path":"\#(path)","identity_path":"/id","#
                    + #""replace":false,"take_over":true}"#
            ])
    }

    @Test func `asks for nothing that would not open the backup`() throws {
        let forKey = Stage(input: ["right horse"]).onTerminal
        #expect(forKey.run("restore", try file("X25519")) == 2)
        #expect(forKey.errors.contains("--identity F"))
        let forPassphrase = Stage().onTerminal
        #expect(forPassphrase.run("restore", try file("scrypt"), "--identity", "/id") == 2)
        #expect(forPassphrase.errors.contains("leave --identity out"))
        let missing = Stage(input: ["right horse"]).onTerminal
        #expect(missing.run("restore", "/missing") == 2)
        #expect(missing.errors.contains("No such file"))
        for stage in [forKey, forPassphrase, missing] {
            #expect(stage.terminal.hidden.isEmpty)
            #expect(stage.broker.requests.isEmpty)
        }
    }

    @Test func `leaves it to the broker to judge a file that is no backup`() throws {
        let path = folder.file("other")
        try PrivateFile.create(path, Secret(copying: [UInt8](repeating: 0x41, count: 9000)))
        let stage = Stage(
            [(400, #"{"code":"usage","detail":"no backup"}"#)], input: ["right horse"])
        #expect(stage.run("restore", path, "--passphrase-fd", "0") == 2)
        #expect(stage.errors.contains("sesame: no backup\n"))
    }

    @Test func `asks where the key shall live where there is no store yet`() throws {
        let stage = Stage(
            [(200, Stage.absentStore), (201, Stage.fileStore), (200, report)],
            input: ["1", "right horse", "y"]
        ).onTerminal
        #expect(stage.run("restore", try file("scrypt")) == 0)
        #expect(
            stage.broker.requests[1] == #"POST /v1/store/key {"source":{"kind":"file"}}"#)
    }

    @Test(arguments: [
        (["work"], #"{"profiles":["work"]}"#), (["a", "b"], #"{"profiles":["a","b"]}"#),
        (["--profile", "work"], #"{"profiles":["work"]}"#), (["--all"], "{}"),
    ])
    func `takes over what waits`(arguments: [String], body: String) {
        let stage = Stage([(200, #"{"confirmed":["work","x"]}"#)])
        #expect(stage.run(["restore", "--confirm"] + arguments) == 0)
        #expect(stage.broker.requests == ["POST /v1/store/confirmation \(body)"])
        #expect(stage.output == "in use from now on: work, x\n")
    }

    @Test(arguments: [
        ["--confirm"], ["--confirm", "a", "--all"], ["--all"], ["a", "b"], [],
        ["--confirm", "a", "--replace"], ["/b", "--identity", "i", "--passphrase-fd", "0"],
    ])
    func `refuses what is not clear`(arguments: [String]) {
        let stage = Stage(input: ["right horse"])
        #expect(stage.run(["restore"] + arguments) == 2)
        #expect(stage.broker.requests.isEmpty)
    }
}
