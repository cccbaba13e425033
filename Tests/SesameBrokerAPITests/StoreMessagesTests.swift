import SesameBrokerAPI
import SesameJSON
import SesameSecrets
import SesameSystem
import Testing

@Suite struct `A message about the store` {
    @Test func `says null where nothing is known`() throws {
        let text = #"""
            {"path":"/s","state":"absent","error":null,"source":null,"configured":"file",\#
            "detail":"/k","protects":[],"does_not_protect":[],"derivation":null,\#
            "generations":[],"resealing":null,"profiles":null,"anchor":null,\#
            "memory":"not_locked","unlocked_until":null}
            """#
        let message = StoreMessage(
            path: "/s", state: .absent, configured: .file, detail: "/k", memory: .notLocked)
        #expect(encoded(message.json) == text)
        #expect(try StoreMessage(json: JSON(parsing: Secret(utf8: text))) == message)
    }

    @Test func `carries all that is known`() throws {
        let time = try #require(Timestamp("2026-11-25T10:00:00Z"))
        var message = StoreMessage(
            path: "/s", state: .open, configured: .command, detail: "/usr/bin/pass",
            memory: .locked)
        message.source = .passphrase
        message.protects = ["a copy of the store alone"]
        message.doesNotProtect = ["a program of yours"]
        message.derivation = "scrypt N=131072 r=8 p=1"
        message.generations = [.init(generation: 2, createdAt: time)]
        message.resealing = .init(done: 3, total: 9)
        message.profiles = 9
        message.anchor = "kernel keyring"
        message.unlockedUntil = time
        message.error = "e"
        #expect(try StoreMessage(json: parsed(message.json)) == message)
        let bad = encoded(message.json).replacing("2026-11-25T10:00:00Z", with: "yesterday")
        #expect(throws: MalformedMessage.self) {
            try StoreMessage(json: JSON(parsing: Secret(utf8: bad)))
        }
    }

    @Test(arguments: [
        KeySourceMessage.file(path: nil), .file(path: "/k"), .credential(name: "c"),
        .command(["/usr/bin/pass", "show", "x"]), .passphrase,
    ])
    func `names a source of the key`(source: KeySourceMessage) throws {
        #expect(try KeySourceMessage(json: parsed(source.json)) == source)
        let start = KeyStartMessage(source: source, passphrase: Secret(utf8: "s3cret"))
        let read = try KeyStartMessage(json: parsed(start.json))
        #expect(read.source == source)
        #expect(read.passphrase?.dangerouslyRevealedText() == "s3cret")
        #expect(!"\(read)".contains("s3cret"))
    }

    @Test(arguments: [
        #"{}"#, #"{"kind":"tpm"}"#, #"{"kind":"command"}"#, #"{"kind":"command","command":[]}"#,
        #"{"kind":"credential"}"#, #"{"kind":"passphrase","path":"/k"}"#,
        #"{"kind":"file","command":["/bin/pass"]}"#,
    ])
    func `refuses half a source and another's members`(text: String) throws {
        let json = try JSON(parsing: Secret(utf8: text))
        #expect(throws: MalformedMessage.self) { try KeySourceMessage(json: json) }
    }

    @Test func `of unlocking and locking comes back as it went`() throws {
        let asked = UnlockMessage(passphrase: Secret(utf8: "s3cret"), seconds: 9)
        #expect(try UnlockMessage(json: parsed(asked.json)).seconds == 9)
        #expect(throws: MalformedMessage.self) {
            try UnlockMessage(
                json: parsed(.object([("passphrase", "x"), ("seconds", .integer(0))])))
        }
        let answer = UnlockedMessage(cached: true, until: Timestamp("2026-11-25T10:00:00Z"))
        #expect(try UnlockedMessage(json: parsed(answer.json)) == answer)
        #expect(try LockedMessage(json: parsed(LockedMessage().json)) == LockedMessage())
        #expect(throws: MalformedMessage.self) { try LockedMessage(json: parsed(.object([]))) }
        #expect(throws: MalformedMessage.self) { try UnlockedMessage(json: parsed(.object([]))) }
    }

    @Test func `of a rotation goes on or begins, never both`() throws {
        let begins = try RotationMessage(
            json: parsed(RotationMessage(full: true, source: .passphrase).json))
        #expect(begins.full && begins.source == .passphrase && !begins.continues)
        #expect(try RotationMessage(json: parsed(RotationMessage.continuation.json)).continues)
        let both = try JSON(parsing: Secret(utf8: #"{"full":true,"continue":true}"#))
        #expect(throws: MalformedMessage.self) { try RotationMessage(json: both) }
        var report = RotationReportMessage(finished: false, done: 1, total: 2, source: .file)
        report.damaged = ["a"]
        report.notes = ["n"]
        #expect(try RotationReportMessage(json: parsed(report.json)) == report)
    }

    @Test(arguments: [
        #"{"path":"/b"}"#, #"{"path":"/b","recipients":[]}"#,
        #"{"path":"/b","recipients":["age1x"],"passphrase":"p"}"#, #"{"passphrase":"p"}"#,
    ])
    func `of a backup has one way to open it`(text: String) throws {
        let json = try JSON(parsing: Secret(utf8: text))
        #expect(throws: MalformedMessage.self) { try BackupMessage(json: json) }
        for seal in [BackupMessage.Seal.recipients(["age1x"]), .passphrase(Secret(utf8: "p"))] {
            let sent = BackupMessage(path: "/b", seal: seal)
            #expect(
                encoded(try BackupMessage(json: parsed(sent.json)).json) == encoded(sent.json))
        }
    }

    @Test func `of a restore has one way to open the file`() throws {
        for (identity, passphrase) in [("/i", nil), (nil, "p")] as [(String?, String?)] {
            let sent = RestoreMessage(
                path: "/b", identityPath: identity, passphrase: passphrase.map { Secret(utf8: $0) },
                replace: true)
            let read = try RestoreMessage(json: parsed(sent.json))
            #expect(encoded(read.json) == encoded(sent.json))
            #expect(read.replace && !read.takeOver)
        }
        for neither in [
            RestoreMessage(path: "/b"),
            .init(path: "/b", identityPath: "/i", passphrase: Secret(utf8: "p")),
        ] {
            #expect(throws: MalformedMessage.self) {
                try RestoreMessage(json: parsed(neither.json))
            }
        }
    }

    @Test func `of what was done comes back as it went`() throws {
        let time = try #require(Timestamp("2026-11-25T10:00:00Z"))
        let backup = BackupReportMessage(path: "/b", profiles: 2, bytes: 300, madeAt: time)
        #expect(try BackupReportMessage(json: parsed(backup.json)) == backup)
        var restore = RestoreReportMessage(host: "acme", madeAt: time, configuration: .kept)
        restore.added = ["a"]
        restore.replaced = ["b"]
        restore.skipped = ["c"]
        restore.parked = ["a", "b"]
        #expect(try RestoreReportMessage(json: parsed(restore.json)) == restore)
        for profiles in [nil, [], ["a"]] as [[String]?] {
            let message = ConfirmationMessage(profiles: profiles)
            #expect(try ConfirmationMessage(json: parsed(message.json)) == message)
        }
        let confirmed = ConfirmedMessage(confirmed: ["a"])
        #expect(try ConfirmedMessage(json: parsed(confirmed.json)) == confirmed)
    }
}

private func encoded(_ json: JSONValue) -> String { json.encoded().dangerouslyRevealedText() }

private func parsed(_ json: JSONValue) throws -> JSON { try JSON(parsing: json.encoded()) }
