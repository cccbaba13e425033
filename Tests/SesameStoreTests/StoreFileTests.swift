import Glibc
import SesameCrypto
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@testable import SesameStore

@Suite struct `The store file` {
    @Test func `keeps everything when it is opened again`() async throws {
        let folder = TemporaryFolder()
        let random = SeededRandom("store")
        var store = try await openStore(in: folder, random: random)
        let revision = try await store.put(sampleCredential("kept"), for: "mautic")
        _ = try await store.beginRenewal(of: "mautic", seen: revision, now: now, deadline: later)
        store = try await openStore(in: folder)
        let held = try #require(try await store.credential(of: "mautic"))
        #expect(held.revision == revision)
        #expect(held.value.accessToken?.dangerouslyRevealedText() == "kept")
        #expect(try await store.renewal(of: "mautic") == later)
    }

    @Test func `shows no secret, neither in itself nor in its log`() async throws {
        let folder = TemporaryFolder()
        let canary = "canary-7f3a9c"
        let store = try await openStore(in: folder)
        var credential = sampleCredential(canary)
        credential.refreshToken = Secret(utf8: canary)
        let revision = try await store.put(credential, for: "mautic")
        try await store.put(ClientSecrets(clientSecret: Secret(utf8: canary)), for: "mautic")
        _ = try await store.beginRenewal(of: "mautic", seen: revision, now: now, deadline: later)
        var seen = 0
        for name in ["store.db", "store.db-wal", "store.db-shm"] {
            let bytes = try PrivateFile.read(folder.file(name), limit: 1 << 24)
            seen += bytes.count
            #expect(!contains(bytes, canary), "\(name)")
            #expect(!contains(bytes, "refresh_token"), "\(name)")
        }
        let file = try PrivateFile.read(folder.file("store.db"), limit: 1 << 24)
        #expect(seen > file.count, "the log was not empty")
        #expect(contains(file, "mautic"), "the search finds what is there")
    }

    @Test func `is private whatever the umask, as are its companions`() async throws {
        let folder = TemporaryFolder()
        let store = try await openStore(in: folder)
        _ = try await store.beginRenewal(of: "mautic", seen: nil, now: now, deadline: later)
        for name in ["store.db", "store.db-wal", "store.db-shm"] {
            #expect(PrivateFile.objection(toFileAt: folder.file(name)) == nil, "\(name)")
        }
        _ = try await store.profiles()
    }

    @Test func `opens with its own key only, and says that nothing is damaged`() async throws {
        let folder = TemporaryFolder()
        try await openStore(in: folder).put(sampleCredential(), for: "mautic")
        #expect(await code { _ = try await openStore(in: folder, key: "other") } == .keyWrong)
        #expect(try await openStore(in: folder).credential(of: "mautic") != nil)
    }

    @Test func `of a newer format is refused and left as it is`() async throws {
        let folder = TemporaryFolder()
        try await openStore(in: folder).put(sampleCredential(), for: "mautic")
        try Database.open(folder.file("store.db")).execute("PRAGMA user_version = 3")
        let before = try PrivateFile.read(folder.file("store.db"), limit: 1 << 24)
        #expect(await code { _ = try await openStore(in: folder) } == .newerFormat)
        let after = try PrivateFile.read(folder.file("store.db"), limit: 1 << 24)
        #expect(after.equals(before))
    }

    @Test(arguments: [0, 1, 99, 100, 4096, 5000])
    func `that was cut off is damaged, never new`(length: Int) async throws {
        let folder = TemporaryFolder()
        try await openStore(in: folder).put(sampleCredential(), for: "mautic")
        #expect(unsafe truncate(folder.file("store.db"), length) == 0)
        let result = await code {
            _ = try await openStore(in: folder).credential(of: "mautic")
        }
        #expect(result == .damaged)
    }

    @Test func `is not made anew beside the log of a lost one`() async throws {
        let folder = TemporaryFolder()
        try PrivateFile.create(folder.file("store.db-wal"), Secret(utf8: "log"))
        #expect(await code { _ = try await openStore(in: folder) } == .damaged)
    }

    @Test(arguments: ["", "-wal", "-shm"])
    func `is refused when others may read it or it is no plain file`(end: String) async throws {
        for kind in ["mode", "symbolic link", "hard link", "FIFO", "folder"] {
            let folder = TemporaryFolder()
            let path = folder.file("store.db")
            do { try await openStore(in: folder).put(sampleCredential(), for: "mautic") }
            if !end.isEmpty { try PrivateFile.create(path + end, Secret(utf8: "")) }
            try spoil(path + end, kind)
            #expect(await code { _ = try await openStore(in: folder) } == .notPrivate, "\(kind)")
        }
    }

    @Test func `is refused in a folder where others can write`() async throws {
        let folder = TemporaryFolder()
        for mode: mode_t in [0o770, 0o707, 0o1777] {
            unsafe chmod(folder.path, mode)
            #expect(await code { _ = try await openStore(in: folder) } == .notPrivate)
        }
        unsafe chmod(folder.path, 0o755)
        #expect(await code { _ = try await openStore(in: folder) } == nil)
    }

    @Test func `that is full takes nothing, and keeps what it has`() async throws {
        let folder = TemporaryFolder()
        let path = folder.file("store.db")
        try await openStore(in: folder).put(sampleCredential(), for: "mautic")
        let database = try Database.open(path)
        try database.execute("PRAGMA max_page_count = 1")
        let full = await code {
            let statement = try database.prepare("INSERT INTO record VALUES ('x', 'y', 1, 1, ?1)")
            try statement.run([.blob([UInt8](repeating: 0, count: 100_000))])
        }
        #expect(full == .unwritable)
        #expect(try await openStore(in: folder).profiles() == ["mautic"])
    }

    @Test func `is one, however many make it at the same moment`() async throws {
        for _ in 1...20 {
            let folder = TemporaryFolder()
            try await withThrowingTaskGroup { group in
                for number in 1...8 {
                    group.addTask {
                        try await openStore(in: folder).put(sampleCredential(), for: "p\(number)")
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await openStore(in: folder).profiles().count == 8)
        }
    }

    @Test func `takes only what it can give back`() async throws {
        let folder = TemporaryFolder()
        let store = try await openStore(in: folder)
        var credential = sampleCredential()
        credential.refreshToken = Secret(copying: [0xff, 0xfe])
        #expect(await code { try await store.put(credential, for: "mautic") } == .internal)
        #expect(try await store.credential(of: "mautic") == nil)
    }

    @Test func `makes its folder, and takes an empty file for damage`() async throws {
        let folder = TemporaryFolder()
        let path = folder.file("a/b/store.db")
        _ = try await SQLiteStore.open(path: path, keys: HeldKey(testKey()), random: SystemRandom())
        try PrivateFile.create(folder.file("store.db"), Secret(utf8: ""))
        #expect(await code { _ = try await openStore(in: folder) } == .damaged)
    }
}

func contains(_ bytes: Secret, _ text: String) -> Bool {
    let text = Array(text.utf8)
    return bytes.withBytes { bytes in
        guard bytes.count >= text.count else { return false }
        return (0...(bytes.count - text.count)).contains { start in
            text.indices.allSatisfy { bytes[start + $0] == text[$0] }
        }
    }
}

/// Makes of a plain private file what must be refused.
func spoil(_ path: String, _ kind: String) throws {
    let aside = path + ".aside"
    switch kind {
    case "mode": unsafe chmod(path, 0o640)
    case "hard link": try #require(unsafe link(path, aside) == 0)
    case "symbolic link":
        try #require(unsafe rename(path, aside) == 0)
        try #require(unsafe symlink(aside, path) == 0)
    case "FIFO":
        unsafe unlink(path)
        try #require(unsafe mkfifo(path, 0o600) == 0)
    default:
        unsafe unlink(path)
        try #require(unsafe mkdir(path, 0o700) == 0)
    }
}
