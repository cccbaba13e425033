import SesameCommands
import Testing

@Suite struct `sesame key status` {
    private let full =
        #"{"path":"/s","state":"unusable","error":"the key\u001b is wrong.","source":"file","#
        + #""configured":"command","detail":"/usr/bin/pass","protects":["A copied store."],"#
        + #""does_not_protect":["A copied disk.","Root."],"derivation":"scrypt N=131072 r=8 p=1","#
        + #""generations":[{"generation":1,"created_at":"2027-01-13T08:00:00Z"},"#
        + #"{"generation":2,"created_at":"2027-01-15T07:59:00Z"}],"resealing":{"done":3,"total":9},"#
        + #""profiles":9,"anchor":"kernel keyring","memory":"not_locked","#
        + #""unlocked_until":"2027-01-15T20:00:00Z"}"#

    @Test func `is a list of facts`() {
        let stage = Stage([(200, full)])
        #expect(stage.run("key", "status") == 0)
        #expect(
            stage.output == """
                store             /s
                state             cannot be opened
                                  the key\\u{1b} is wrong
                key               key file
                                  but the configuration names: key command /usr/bin/pass
                protects          A copied store
                does not protect  A copied disk
                                  Root
                derivation        scrypt N=131072 r=8 p=1
                data keys         generation 1, made 2 d ago
                                  generation 2, made 1 min ago
                re-sealing        unfinished: 3 of 9 profiles
                profiles          9
                older copies      are noticed (kernel keyring)
                memory            secrets of the broker may reach the swap space: the system would not lock them
                unlocked until    2027-01-15T20:00:00Z

                """)
        #expect(stage.broker.requests == ["GET /v1/store"])
    }

    @Test func `leaves out what is not known`() {
        let stage = Stage([(200, Stage.absentStore)])
        #expect(stage.run("key", "status") == 0)
        #expect(
            stage.output == """
                store         /s
                state         there is none yet
                key           key file /k
                older copies  are not noticed on this machine
                memory        secrets of the broker are kept out of the swap space

                """)
    }

    @Test func `prints the message with --json`() {
        let stage = Stage([(200, Stage.fileStore)])
        #expect(stage.run("key", "status", "--json") == 0)
        #expect(
            stage.output.hasPrefix(#"{"path":"/s","state":"open","error":null,"source":"file""#))
        #expect(stage.output.hasSuffix("}\n"))
    }

    @Test(arguments: [
        (Stage.passphraseStore, "sesame unlock"), (Stage.absentStore, "sesame key init"),
        (
            #"{"path":"/s","state":"open","source":"file","configured":"file","detail":"/k","#
                + #""memory":"locked","resealing":{"done":1,"total":2}}"#,
            "sesame key rotate --full"
        ),
        (
            #"{"path":"/s","state":"unusable","source":"file","configured":"passphrase","detail":"","#
                + #""memory":"locked"}"#, "name the key file in the configuration"
        ),
    ])
    func `tells a person the next step`(store: String, hint: String) {
        let stage = Stage([(200, store)]).onTerminal
        #expect(stage.run("key", "status") == 0)
        #expect(stage.errors.contains(hint))
    }
}

@Suite struct `sesame key init` {
    @Test(arguments: [
        ([], "{}"),
        (["--key-file", "/x/store.key"], #"{"source":{"kind":"file","path":"/x/store.key"}}"#),
        (["--key-file", "~/s.key"], #"{"source":{"kind":"file","path":"/home/ada/s.key"}}"#),
        (
            ["--key-credential", "sesame-key"],
            #"{"source":{"kind":"credential","name":"sesame-key"}}"#
        ),
        (
            ["--key-command", #" sh  -c "exit 0" "#],
            #"{"source":{"kind":"command","command":["/usr/bin/sh","-c","exit 0"]}}"#
        ),
    ])
    func `takes the source from its option`(options: [String], body: String) {
        let stage = Stage([(200, Stage.absentStore), (201, Stage.fileStore)])
        #expect(stage.run(["key", "init"] + options) == 0)
        #expect(stage.broker.requests == ["GET /v1/store", "POST /v1/store/key \(body)"])
        #expect(stage.output == "store made; its key: key file /k\n")
    }

    @Test(arguments: [
        ["--key-file", "/a", "--passphrase"], ["--key-file", ""], ["--key-credential", "a/b"],
        ["--key-credential", ""], ["--key-command", " "], ["--key-command", "no-such-program x"],
        ["--key-command", "/etc/passwd"], ["--key-command", "sh \"x"], ["more"],
    ])
    func `refuses what is no source`(options: [String]) {
        let stage = Stage()
        #expect(stage.run(["key", "init"] + options) == 2)
        #expect(stage.broker.requests.isEmpty)
    }

    @Test func `never touches a store that is there`() {
        let stage = Stage([(200, Stage.fileStore)])
        #expect(stage.run("key", "init") == 2)
        #expect(stage.errors.contains("there is a store already: /s"))
        #expect(stage.errors.contains("sesame key rotate"))
        #expect(stage.broker.requests == ["GET /v1/store"])
    }

    @Test func `does not drop a passphrase that it does not need`() {
        let stage = Stage([(200, Stage.absentStore)], input: ["right horse"])
        #expect(stage.run("key", "init", "--passphrase-fd", "0") == 2)
        #expect(stage.errors.contains("add --passphrase"))
    }

    @Test func `says what the key does not protect`() {
        let made = String(Stage.fileStore.dropLast()) + #","does_not_protect":["A copied disk."]}"#
        let stage = Stage([(200, Stage.absentStore), (201, made)])
        #expect(stage.run("key", "init") == 0)
        #expect(stage.errors == "sesame: it does not protect from: A copied disk\n")
    }
}

@Suite struct `sesame key rotate` {
    private func report(_ done: Int, finished: Bool = false, more: String = "") -> (Int, String) {
        (200, #"{"finished":\#(finished),"done":\#(done),"total":9,"source":"file"\#(more)}"#)
    }

    @Test func `gives the store another key`() {
        let stage = Stage([
            (200, Stage.fileStore), report(0, finished: true, more: #","notes":["A note."]"#),
        ])
        #expect(stage.run("key", "rotate") == 0)
        #expect(stage.broker.requests.last == #"POST /v1/store/rotation {"full":false}"#)
        #expect(stage.output == "the store has a new key: key file\n")
        #expect(stage.errors == "sesame: A note\n")
    }

    @Test func `seals everything anew until it is finished, and shows a bar to a person only`() {
        let answers = [(200, Stage.fileStore), report(3), report(6), report(9, finished: true)]
        let stage = Stage(answers)
        #expect(stage.run("key", "rotate", "--full") == 0)
        #expect(
            stage.broker.requests.dropFirst() == [
                #"POST /v1/store/rotation {"full":true}"#,
                #"POST /v1/store/rotation {"continue":true}"#,
                #"POST /v1/store/rotation {"continue":true}"#,
            ])
        #expect(
            stage.output == "sealed anew: 9 profiles; the key: key file\n")
        #expect(stage.errors.isEmpty)
        let shown = Stage([(200, Stage.fileStore)] + answers).onTerminal
        #expect(shown.run("key", "rotate", "--full") == 0)
        #expect(shown.errors.contains("\rsealing anew [##########--------------------] 3 of 9"))
        #expect(shown.errors.hasSuffix("\r\u{1B}[K"))
        let json = Stage(answers).onTerminal
        #expect(json.run("key", "rotate", "--full", "--json") == 0)
        #expect(json.errors.isEmpty)
    }

    /// The key that an interrupted one goes over to may be known by now.
    @Test func `begins anew where an earlier one was interrupted`() {
        let store = String(Stage.fileStore.dropLast()) + #","resealing":{"done":1,"total":9}}"#
        let stage = Stage([(200, store), report(9, finished: true)])
        #expect(stage.run("key", "rotate", "--full") == 0)
        #expect(stage.broker.requests.last == #"POST /v1/store/rotation {"full":true}"#)
    }

    @Test func `ends between two steps on Ctrl-C`() {
        let stage = Stage([(200, Stage.fileStore), report(3), report(6)])
        stage.terminal.interrupt(afterQuestions: 1)
        #expect(stage.run("key", "rotate", "--full") == 130)
        #expect(stage.errors.contains("sesame key rotate --full seals everything anew"))
        #expect(stage.broker.requests.count == 3)
    }

    @Test func `asks for the old passphrase of a locked store, and then for the new one`() {
        let stage = Stage(
            [
                (200, Stage.passphraseStore), (200, Stage.passphraseStore),
                (200, #"{"unlocked":true}"#), (200, Stage.passphraseStore),
                report(0, finished: true),
            ], input: ["old horse", "a new horse now", "a new horse now"]
        ).onTerminal
        #expect(stage.run("key", "rotate") == 0)
        #expect(
            stage.broker.requests == [
                "GET /v1/store", "GET /v1/store",
                #"POST /v1/store/unlock {"passphrase":"old horse"}"#, "GET /v1/store",
                #"POST /v1/store/rotation {"full":false,"passphrase":"a new horse now"}"#,
            ])
    }

    @Test func `keeps the passphrase when everything is sealed anew, unless another is wanted`() {
        let answers = [(200, Stage.passphraseStore), report(9, finished: true)]
        let kept = Stage(answers)
        #expect(kept.run("key", "rotate", "--full") == 0)
        #expect(kept.broker.requests.last == #"POST /v1/store/rotation {"full":true}"#)
        let changed = Stage(answers, input: ["a new horse now"])
        #expect(changed.run("key", "rotate", "--full", "--passphrase-fd", "0") == 0)
        #expect(
            changed.broker.requests.last
                == #"POST /v1/store/rotation {"full":true,"passphrase":"a new horse now"}"#)
    }

    @Test func `names what is damaged`() {
        let stage = Stage([
            (200, Stage.fileStore),
            report(9, finished: true, more: #","damaged":["a\u001b","b"]"#),
        ])
        #expect(stage.run("key", "rotate", "--full") == 8)
        #expect(stage.errors.contains("damaged, and not sealed anew: a\\u{1b}, b"))
    }
}

@Suite struct `sesame key generate` {
    private let line = "sesame-key-1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n"

    @Test func `prints one line, and asks no broker`() {
        let stage = Stage()
        #expect(stage.run("key", "generate") == 0)
        #expect(stage.output == line)
        #expect(stage.broker.requests.isEmpty)
        let json = Stage()
        #expect(json.run("key", "generate", "--json") == 0)
        #expect(json.output == "{\"key\":\"\(line.dropLast())\"}\n")
    }

    @Test func `shows no key on a terminal, unless it must`() {
        let stage = Stage(terminals: [.output])
        #expect(stage.run("key", "generate") == 2)
        #expect(stage.output.isEmpty)
        let forced = Stage(terminals: [.output])
        #expect(forced.run("key", "generate", "--force") == 0)
        #expect(forced.output == line)
    }
}

@Suite struct `sesame key accept-rollback` {
    @Test func `asks first`() {
        let refused = Stage(input: [""]).onTerminal
        #expect(refused.run("key", "accept-rollback") == 2)
        #expect(refused.broker.requests.isEmpty)
        let agreed = Stage([(200, Stage.fileStore)], input: ["y"]).onTerminal
        #expect(agreed.run("key", "accept-rollback") == 0)
        #expect(agreed.broker.requests == ["POST /v1/store/anchor {}"])
    }

    @Test func `needs a word where nobody can be asked`() {
        let stage = Stage(input: ["y"])
        #expect(stage.run("key", "accept-rollback") == 2)
        #expect(stage.errors.contains("--yes"))
        #expect(stage.broker.requests.isEmpty)
        let sure = Stage([(200, Stage.fileStore)])
        #expect(sure.run("key", "accept-rollback", "--yes") == 0)
        #expect(sure.output == "the store is taken as it is\n")
    }
}
