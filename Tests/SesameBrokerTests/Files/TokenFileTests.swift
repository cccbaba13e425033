import Glibc
import SesameAudit
import SesameBroker
import SesameJSON
import SesameSecrets
import SesameStore
import SesameSystem
import TestSupport
import Testing

@Suite struct `A token file` {
    private static let section = "\n[file app]\nprofile = aivie\npath = ~/token\n"
    private static let configuration = Household.configuration + section

    @Test func `is there when the broker has begun, and holds the bare token`() async throws {
        let foresight = try await Foresight(Self.configuration)
        await foresight.settle()
        #expect(try foresight.home.text("token") == "access-1")
        #expect(try mode(foresight.home.folder.file("token")) == 0o600)
        let report = await foresight.caretaker.files(of: "aivie").first
        #expect(report?.name == "app" && report?.isWritten == true && report?.error == nil)
    }

    @Test func `has the next token before the one in it expires, though nobody asks`() async throws
    {
        // Whatever else is said of renewals: who reads a file cannot ask for one.
        for (settings, wish) in [("", ""), ("[broker]\nrenew_ahead = off\n", "renew = on_use\n")] {
            let text = Self.configuration.replacing(
                "[profile aivie]\n", with: "[profile aivie]\n\(wish)", maxReplacements: 1)
            let foresight = try await Foresight(text + settings)
            await foresight.pass(seconds: 3540)
            #expect(try foresight.home.text("token") == "access-2")
            await foresight.pass(seconds: 2 * 86_400, step: 600)
            let token = try foresight.home.text("token")
            #expect(try await foresight.home.token() == token)
            #expect(foresight.home.server.replays == 0)
        }
    }

    @Test func `follows a token that lives for seconds`() async throws {
        let foresight = try await Foresight(Self.configuration) { home in
            try await home.logIn(lifetime: 8)
        }
        await foresight.pass(seconds: 6, step: 1)
        #expect(try foresight.home.text("token") == "access-2")
    }

    @Test func `follows what a caller has renewed, and a new login`() async throws {
        let foresight = try await Foresight(Self.configuration)
        _ = try await foresight.home.token(refresh: true)
        await foresight.settle()
        #expect(try foresight.home.text("token") == "access-2")
        try await foresight.home.store.put(
            foresight.home.credential("access-9", "refresh-9"), for: "aivie")
        await foresight.caretaker.take(.loggedIn("aivie"))
        await foresight.settle()
        #expect(try foresight.home.text("token") == "access-9")
    }

    /// Whoever reads one would send it as it is, without the proof (RFC 9449).
    @Test(arguments: ["token", "header", "json"])
    func `DP-5: has a token that is bound to a key as JSON only`(format: String) async throws {
        let foresight = try await Foresight(Self.configuration + "format = \(format)\n") { home in
            var credential = home.credential("access-1", "refresh-1")
            credential.dpopKey = Secret(utf8: "{}")
            try await home.store.put(credential, for: "aivie")
        }
        await foresight.settle()
        let report = await foresight.caretaker.files(of: "aivie").first
        #expect(report?.isWritten == (format == "json"))
        if format == "json" {
            let contents = try JSON(parsing: Secret(utf8: try foresight.home.text("token")))
            #expect(contents["token_type"]?.string == "DPoP")
        } else {
            #expect(report?.error?.contains("a proof for each request only (DPoP)") == true)
            #expect(throws: (any Error).self) { try foresight.home.text("token") }
        }
    }

    @Test func `follows a clock that was set`() async throws {
        let foresight = try await Foresight(Self.configuration)
        await foresight.settle()
        foresight.home.time.setWallClock(foresight.home.time.now.adding(seconds: 7200))
        await foresight.pass(seconds: 120)
        #expect(try foresight.home.text("token") == "access-2")
        foresight.home.time.setWallClock(foresight.home.time.now.adding(seconds: -7200))
        await foresight.pass(seconds: 240)
        #expect(try await foresight.home.token() == foresight.home.text("token"))
    }

    @Test func `goes with the login, and with its section`() async throws {
        let foresight = try await Foresight(Self.configuration)
        await foresight.settle()
        _ = try await foresight.home.broker.logout("aivie")
        await foresight.settle()
        #expect(!exists(foresight.home.folder.file("token")))
        try await foresight.home.logIn()
        await foresight.caretaker.take(.loggedIn("aivie"))
        await foresight.settle()
        #expect(exists(foresight.home.folder.file("token")))
        try PrivateFile.replace(
            foresight.home.folder.file("config"), Secret(utf8: Household.configuration))
        await foresight.pass(seconds: 120)
        #expect(!exists(foresight.home.folder.file("token")))
        #expect(await foresight.caretaker.files(of: "aivie").isEmpty)
    }

    @Test func `moves when its section names another place, and stays while nothing can be read`()
        async throws
    {
        let foresight = try await Foresight(Self.configuration)
        await foresight.settle()
        let config = foresight.home.folder.file("config")
        try PrivateFile.replace(config, Secret(utf8: "what is this\n"))
        await foresight.pass(seconds: 120)
        #expect(exists(foresight.home.folder.file("token")))
        let moved = Self.configuration.replacing("~/token", with: "~/elsewhere")
        try PrivateFile.replace(config, Secret(utf8: moved))
        await foresight.pass(seconds: 120)
        #expect(!exists(foresight.home.folder.file("token")))
        #expect(try foresight.home.text("elsewhere") == "access-1")
    }

    @Test func `that somebody else has written stays when the login goes`() async throws {
        let foresight = try await Foresight(Self.configuration)
        await foresight.settle()
        try PrivateFile.replace(
            foresight.home.folder.file("token"), Secret(utf8: "a person's own"))
        _ = try await foresight.home.broker.logout("aivie")
        await foresight.settle()
        #expect(try foresight.home.text("token") == "a person's own")
    }

    @Test func `is mended when the broker is told to look again`() async throws {
        let foresight = try await Foresight(Self.configuration)
        await foresight.settle()
        let path = foresight.home.folder.file("token")
        #expect(unsafe unlink(path) == 0)
        await foresight.caretaker.lookAgain()
        await foresight.settle()
        #expect(unsafe chmod(path, 0o644) == 0)
        await foresight.caretaker.lookAgain()
        await foresight.settle()
        #expect(try mode(path) == 0o600)
        #expect(try foresight.home.text("token") == "access-1")
    }

    @Test func `keeps the last token of a login that has ended`() async throws {
        let foresight = try await Foresight(Self.configuration)
        await foresight.settle()
        foresight.home.server.prepare(
            .answer(status: 400, type: "application/json", body: #"{"error":"invalid_grant"}"#))
        await foresight.pass(seconds: 7200)
        #expect(foresight.kinds == [.loginRequired])
        #expect(try foresight.home.text("token") == "access-1")
        #expect(foresight.home.server.requests.count == 1)
    }

    @Test func `gets a first token where no person is needed for it`() async throws {
        let foresight = try await Foresight(
            Household.configuration + "\n[file app]\nprofile = robot\npath = ~/token\n"
        ) { home in
            try await home.store.put(
                ClientSecrets(clientSecret: Secret(utf8: "s"), username: nil, password: nil),
                for: "robot")
        }
        await foresight.settle()
        #expect(try foresight.home.text("token").hasPrefix("access-"))
        #expect(foresight.home.server.tokenRequests == 1)
    }

    @Test func `is told of when its folder is not fit, and is written once it is`() async throws {
        let foresight = try await Foresight(
            Self.configuration.replacing("~/token", with: "~/open/token")
                + "\n[file good]\nprofile = aivie\npath = ~/good\n"
        ) { home in
            try await home.logIn()
            try #require(unsafe mkdir(home.folder.file("open"), 0o700) == 0)
            try #require(unsafe chmod(home.folder.file("open"), 0o777) == 0)
        }
        let home = foresight.home
        await foresight.settle()
        #expect(!exists(home.folder.file("open/token")))
        // What is wrong with one keeps no other from being written.
        #expect(try home.text("good") == "access-1")
        #expect(foresight.kinds == [.failure])
        let told = try #require(home.alarms.withLock { $0.last })
        #expect(told.contains("the token file app") && told.contains("can be written by others"))
        let report = await foresight.caretaker.files(of: "aivie").first
        #expect(report?.error == told && report?.isWritten == false)
        #expect(unsafe chmod(home.folder.file("open"), 0o755) == 0)
        await foresight.pass(seconds: 1300)
        #expect(try home.text("open/token") == "access-1")
        #expect(await foresight.caretaker.files(of: "aivie").first?.error == nil)
        #expect(home.server.tokenRequests == 0, "nothing is asked of the server for that")
    }

    @Test func `is tried again less and less often while its folder is missing`() async throws {
        let foresight = try await Foresight(
            Self.configuration.replacing("~/token", with: "~/missing/token"))
        await foresight.pass(seconds: 600, step: 10)
        #expect(foresight.kinds == [.failure])
        #expect(foresight.events.withLock { $0.first?.code } == .temporary)
        #expect(unsafe mkdir(foresight.home.folder.file("missing"), 0o700) == 0)
        await foresight.pass(seconds: 900, step: 30)
        #expect(try foresight.home.text("missing/token").hasPrefix("access-"))
    }

    @Test func `waits for a disk that became read-only`() async throws {
        guard geteuid() == 0 else { try Test.cancel("only root can mount a small disk") }
        let foresight = try await Foresight(
            Self.configuration.replacing("~/token", with: "~/disk/token")
        ) { home in
            try await home.logIn()
            let disk = home.folder.file("disk")
            try #require(unsafe mkdir(disk, 0o700) == 0)
            try #require(unsafe mount("tmpfs", disk, "tmpfs", 0, "size=64k,mode=0700") == 0)
        }
        let disk = foresight.home.folder.file("disk")
        defer { unsafe umount2(disk, Int32(MNT_DETACH)) }
        await foresight.settle()
        #expect(try foresight.home.text("disk/token") == "access-1")
        func remount(_ flags: UInt) -> Int32 {
            unsafe mount(nil, disk, nil, UInt(MS_REMOUNT) | flags, nil)
        }
        try #require(remount(UInt(MS_RDONLY)) == 0)
        await foresight.pass(seconds: 3540)
        #expect(foresight.kinds == [.failure])
        #expect(foresight.home.alarms.withLock { $0.last }?.contains("Read-only") == true)
        #expect(try foresight.home.text("disk/token") == "access-1")
        #expect(try await foresight.home.token() == "access-2", "the broker lives on")
        try #require(remount(0) == 0)
        await foresight.pass(seconds: 1200)
        #expect(try await foresight.home.text("disk/token") == foresight.home.token())
    }

    @Test func `must have been granted what it is for`() async throws {
        let foresight = try await Foresight(Self.configuration + "scope = everything\n")
        await foresight.settle()
        #expect(!exists(foresight.home.folder.file("token")))
        #expect(foresight.events.withLock { $0.first?.message }?.contains("everything") == true)
    }

    @Test func `is on record before it can be read, once for each token`() async throws {
        let place = TemporaryFolder()
        let foresight = try await Foresight(
            Self.configuration, trail: try trail(in: place, required: false))
        await foresight.settle()
        await foresight.caretaker.lookAgain()
        await foresight.settle()
        _ = try await foresight.home.token(refresh: true)
        await foresight.settle()
        let records = try await foresight.home.parts.trail?.records(AuditQuery(limit: 100)) ?? []
        let files = records.filter { $0.json["action"]?.string == "file" }
        #expect(files.count == 2)
        #expect(files.first?.json["destination"]?.string == foresight.home.folder.file("token"))
        #expect(Set(files.map { $0.json["fingerprint"]?.string }).count == 2)
    }

    @Test func `is not written where it must be recorded and cannot be`() async throws {
        let place = TemporaryFolder()
        // A folder where the trail should be.
        try #require(unsafe mkdir(place.file("audit.log"), 0o700) == 0)
        let foresight = try await Foresight(
            Self.configuration, trail: try trail(in: place, required: true))
        await foresight.settle()
        #expect(!exists(foresight.home.folder.file("token")))
        #expect(foresight.events.withLock { $0.first?.code } == .auditUnwritable)
        #expect(
            !PrivateFile.names(in: foresight.home.folder.path).contains { $0.contains("draft") })
    }

    private func trail(in place: TemporaryFolder, required: Bool) throws -> AuditTrail {
        try AuditTrail(
            AuditTrail.Parts(beside: place.file("store.db")) {
                var settings = AuditSettings()
                settings.isRequired = required
                return settings
            })
    }

    private func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    private func mode(_ path: String) throws -> UInt32 {
        var status = stat()
        try #require(unsafe lstat(path, &status) == 0)
        return status.st_mode & 0o7777
    }
}
