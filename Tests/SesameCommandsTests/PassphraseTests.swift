import Glibc
import SesameCommands
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@Suite struct `A passphrase` {
    private let unlocked = #"{"unlocked":true,"cached":true,"until":"2027-01-15T20:00:00Z"}"#

    @Test func `is typed without an echo`() {
        let stage = Stage([(200, Stage.passphraseStore), (200, unlocked)], input: ["right horse"])
            .onTerminal
        #expect(stage.run("unlock", "--for", "60") == 0)
        #expect(stage.terminal.hidden == ["right horse"])
        #expect(
            stage.broker.requests == [
                "GET /v1/store",
                #"POST /v1/store/unlock {"passphrase":"right horse","seconds":60}"#,
            ])
        #expect(stage.output == "unlocked until 2027-01-15T20:00:00Z\n")
        #expect(stage.errors == "Passphrase of the store, not shown: ")
    }

    @Test func `comes from a descriptor, of which one line is read`() throws {
        let pipe = try FileDescriptor.pipe()
        defer { for end in [pipe.reading, pipe.writing] { close(end) } }
        try FileDescriptor.writeAll(Array("right horse\nmore".utf8).span, to: pipe.writing)
        let stage = Stage([(200, Stage.passphraseStore), (200, unlocked)])
        #expect(stage.run("unlock", "--passphrase-fd", "\(pipe.reading)") == 0)
        #expect(stage.broker.requests.last?.contains(#"{"passphrase":"right horse"}"#) == true)
        var rest = [UInt8](repeating: 0, count: 9)
        #expect(unsafe read(pipe.reading, &rest, 9) == 4)
    }

    @Test func `comes from standard input by its number`() {
        let stage = Stage(
            [(200, Stage.passphraseStore), (200, unlocked)], input: ["right horse\r", "more"])
        #expect(stage.run("unlock", "--passphrase-fd", "0") == 0)
        #expect(stage.broker.requests.last?.contains(#"{"passphrase":"right horse"}"#) == true)
    }

    @Test func `comes from a private file`() throws {
        let folder = TemporaryFolder()
        try PrivateFile.create(folder.file("p"), Secret(utf8: "right horse\n"))
        let stage = Stage([(200, Stage.passphraseStore), (200, unlocked)])
        #expect(stage.run("unlock", "--passphrase-file", folder.file("p")) == 0)
        #expect(stage.broker.requests.last?.contains(#"{"passphrase":"right horse"}"#) == true)
        #expect(unsafe chmod(folder.file("p"), 0o644) == 0)
        let refused = Stage([(200, Stage.passphraseStore)])
        #expect(refused.run("unlock", "--passphrase-file", folder.file("p")) == 2)
        #expect(refused.errors.contains("can be read by others"))
        #expect(refused.broker.requests.isEmpty)
    }

    @Test(arguments: [
        ["--passphrase-fd", "1"], ["--passphrase-fd", "2"], ["--passphrase-fd", "-1"],
        ["--passphrase-fd", "1023"], ["--passphrase-fd", "x"], ["--passphrase-file", "/missing"],
        ["--passphrase-fd", "0", "--passphrase-file", "/missing"], ["--passphrase-fd", "0"],
    ])
    func `that cannot be read is a mistake in the command`(options: [String]) {
        let stage = Stage()
        #expect(stage.run(["unlock"] + options) == 2)
        #expect(stage.broker.requests.isEmpty)
    }

    @Test func `is not read from a terminal by number, where it would show`() {
        let stage = Stage(input: ["right horse"]).onTerminal
        #expect(stage.run("unlock", "--passphrase-fd", "0") == 2)
        #expect(stage.errors.contains("is a terminal"))
    }

    @Test(
        "K-12: is asked for nowhere else: the command ends at once",
        arguments: [[], [.input], [.error], [.output], [.input, .output]]
            as [Set<SesameCommands.Stream>])
    func nobodySees(terminals: Set<SesameCommands.Stream>) {
        for command in [["unlock"], ["key", "init", "--passphrase"], ["backup", "/tmp/b"]] {
            let store = command[0] == "key" ? Stage.absentStore : Stage.passphraseStore
            let stage = Stage([(200, store)], input: ["right horse"], terminals: terminals)
            #expect(stage.run(command) == 4, "\(command)")
            #expect(stage.errors.contains("give it by --passphrase-fd N"))
            #expect(stage.terminal.hidden.isEmpty)
        }
    }

    @Test func `that is new is typed twice, and not a short one`() {
        let stage = Stage(
            [(200, Stage.absentStore), (201, Stage.passphraseStore)],
            input: ["", "short", "first horse", "second horse", "ten letter", "ten letter"]
        ).onTerminal
        #expect(stage.run("key", "init", "--passphrase") == 0)
        #expect(
            stage.broker.requests.last
                == #"POST /v1/store/key {"source":{"kind":"passphrase"},"passphrase":"ten letter"}"#
        )
        #expect(stage.errors.contains("A passphrase has 8 characters or more."))
        #expect(stage.errors.contains("These two differ."))
        #expect(stage.errors.contains("less than 12 characters can be guessed"))
        #expect(!stage.errors.contains("horse"))
    }

    @Test(arguments: [("1234567", 2), ("1234567é", 0), ("ééééééé", 2), ("éééééééé", 0)])
    func `of a script is held to the same length, in characters`(text: String, code: Int32) {
        let stage = Stage(
            [(200, Stage.absentStore), (201, Stage.passphraseStore)], input: [text])
        #expect(stage.run("key", "init", "--passphrase", "--passphrase-fd", "0") == code)
        #expect(!stage.errors.contains(text))
    }

    @Test func `that asks for more than a terminal can give ends the command`() {
        let stage = Stage([(200, Stage.passphraseStore)]).onTerminal
        #expect(stage.run("unlock") == 4)
        #expect(stage.errors.contains("no passphrase was typed"))
    }

    @Test func `is not asked for where the key comes from elsewhere`() {
        let stage = Stage([(200, Stage.fileStore)]).onTerminal
        #expect(stage.run("unlock") == 2)
        #expect(stage.errors.contains("has no passphrase; its key: key file /k"))
        let absent = Stage([(200, Stage.absentStore)]).onTerminal
        #expect(absent.run("unlock") == 2)
        #expect(absent.errors.contains("there is no store yet"))
    }

    @Test func `that is not remembered is told`() {
        let stage = Stage(
            [(200, Stage.passphraseStore), (200, #"{"unlocked":true}"#)], input: ["right horse"]
        ).onTerminal
        #expect(stage.run("unlock") == 0)
        #expect(stage.output == "unlocked for as long as the running broker lives\n")
        #expect(stage.errors.contains("keyring cannot be used here"))
    }
}

@Suite struct `A locked store` {
    private let locked = #"{"code":"store_locked","detail":"the store is locked."}"#
    private let token =
        #"{"profile":"a","access_token":"t","token_type":"Bearer","expires_at":null,"scope":null}"#

    @Test func `is unlocked by the person who waits, and the question asked again`() {
        let stage = Stage(
            [
                (503, locked), (200, Stage.passphraseStore),
                (200, #"{"unlocked":true,"cached":true}"#), (200, token),
            ],
            input: ["right horse"]
        ).onTerminal
        #expect(stage.run("token", "a") == 0)
        #expect(stage.output == "t\n")
        #expect(
            stage.broker.requests == [
                "GET /v1/profiles/a/token?min_valid=60", "GET /v1/store",
                #"POST /v1/store/unlock {"passphrase":"right horse"}"#,
                "GET /v1/profiles/a/token?min_valid=60",
            ])
    }

    @Test func `is asked about once in a command`() {
        let stage = Stage(
            [
                (503, locked), (200, Stage.passphraseStore), (200, #"{"unlocked":true}"#),
                (503, locked),
            ], input: ["a", "b"]
        ).onTerminal
        #expect(stage.run("token", "a") == 4)
        #expect(stage.terminal.hidden == ["a"])
    }

    @Test func `stays so with a wrong passphrase`() {
        let stage = Stage(
            [
                (503, locked), (200, Stage.passphraseStore),
                (503, #"{"code":"key_wrong","detail":"wrong passphrase"}"#),
            ],
            input: ["wrong"]
        ).onTerminal
        #expect(stage.run("token", "a") == 4)
        #expect(stage.errors.contains("wrong passphrase\n"))
        #expect(stage.broker.requests.count == 3)
    }

    @Test func `that is not there yet asks for no passphrase`() {
        let stage = Stage([(503, locked), (200, Stage.absentStore)], input: ["x"]).onTerminal
        #expect(stage.run("token", "a") == 4)
        #expect(stage.terminal.hidden.isEmpty)
    }

    @Test(arguments: [[], ["--json"]])
    func `ends a command that nobody or a script waits for`(options: [String]) {
        let stage =
            options.isEmpty
            ? Stage([(503, locked)], input: ["x"])
            : Stage([(503, locked)], input: ["x"]).onTerminal
        #expect(stage.run(["token", "a"] + options) == 4)
        #expect(stage.errors.contains("sesame unlock"))
        #expect(stage.terminal.hidden.isEmpty)
    }

    @Test func `comes about by sesame lock`() {
        let stage = Stage([(200, #"{"locked":true}"#)])
        #expect(stage.run("lock") == 0)
        #expect(stage.output == "locked\n")
        #expect(stage.broker.requests == ["POST /v1/store/lock {}"])
        let json = Stage([(200, #"{"locked":true}"#)])
        #expect(json.run("lock", "--json") == 0)
        #expect(json.output == "{\"locked\":true}\n")
    }
}
