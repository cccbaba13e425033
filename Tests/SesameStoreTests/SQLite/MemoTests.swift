import SesameAge
import SesameCrypto
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@testable import SesameStore

/// Everything that changes a store; each is done through another connection than the one that remembers.
private enum Change: CaseIterable {
    case login, loginInPlace, mending, logout, clientSecret, ticket, renewal, failedRenewal
    case otherKey, beginOfResealing, resealing, restoring, checkpoint

    func make(_ store: SQLiteStore, _ folder: TemporaryFolder) async throws {
        let seen = try await store.credential(of: "alice")?.revision
        switch self {
        case .login: try await store.put(sampleCredential("newer"), for: "alice")
        case .loginInPlace:
            _ = try await store.put(sampleCredential("newer"), for: "alice", ifStill: seen)
        case .mending:
            _ = try await store.mend(sampleCredential("newer"), for: "alice") { _ in true }
        case .logout: try await store.forget("alice")
        case .clientSecret:
            try await store.put(ClientSecrets(clientSecret: Secret(utf8: "newer")), for: "alice")
        case .ticket: _ = try await ticket(store, seen)
        case .renewal:
            let ticket = try #require(try await ticket(store, seen))
            _ = try await store.finishRenewal(ticket, with: sampleCredential("newer"))
        case .failedRenewal:
            let ticket = try #require(try await ticket(store, seen))
            let outcome = Outcome(at: now, code: "temporary", message: "503")
            try await store.abandonRenewal(ticket, outcome: outcome)
        case .otherKey:
            try await store.rewrap(with: RootSecret(testKey("other"), PinnedSource(.file)))
        case .beginOfResealing: try await store.beginResealing()
        case .resealing:
            try await store.beginResealing()
            while try await !store.resealSome().isFinished {}
        case .restoring:
            let secret = Secret(utf8: "a passphrase for the backup")
            let path = folder.file("backup")
            let origin = BackupOrigin(host: "old", madeAt: now)
            let old = try await openStore(in: TemporaryFolder())
            try await old.put(sampleCredential("newer"), for: "carol")
            _ = try await old.backUp(
                to: path, for: .passphrase(secret), configuration: nil, origin: origin)
            _ = try await store.restore(
                from: path, with: .passphrase(secret), replacing: true, takesOver: true)
        case .checkpoint: await store.settleForTest()
        }
    }

    private func ticket(
        _ store: SQLiteStore, _ seen: Revision?
    ) async throws -> RenewalTicket? {
        granted(
            try await store.beginRenewal(of: "alice", seen: seen, now: now, deadline: later))
    }
}

extension SQLiteStore {
    fileprivate func settleForTest() { tables.settle() }

    /// Whether the four parts of a profile would come from memory.
    fileprivate nonisolated func remembers(_ profile: String) -> Bool {
        memo.known(of: profile, \.credential) != nil && memo.known(of: profile, \.secrets) != nil
            && memo.known(of: profile, \.outcome) != nil
            && memo.known(of: profile, \.deadline) != nil
    }

    fileprivate nonisolated func token(of profile: String) async throws -> String? {
        try await credential(of: profile)?.value.accessToken?.dangerouslyRevealedText()
    }
}

@Suite struct `What a store remembers` {
    private let folder = TemporaryFolder()

    private func filled() async throws -> SQLiteStore {
        let store = try await openStore(in: folder)
        for name in ["alice", "bob"] {
            try await store.put(sampleCredential("of \(name)"), for: name)
            try await store.put(ClientSecrets(clientSecret: Secret(utf8: name)), for: name)
        }
        return store
    }

    private func run(_ program: String, _ words: [String], input: [UInt8] = []) async throws {
        let ended = try await ChildProcess.runAside(program, words, input: input)
        try #require(ended.status == 0, "\(ended.errors)")
    }

    @Test func `is what it has read, also where there was nothing`() async throws {
        _ = try await filled()
        // Nobody has written since the store was opened: its log is empty.
        let store = try await openStore(in: folder)
        #expect(!store.remembers("alice"))
        let first = try await everything(in: store)
        #expect(["alice", "bob", "carol"].allSatisfy { store.remembers($0) })
        #expect(try await everything(in: store) == first)
    }

    @Test(arguments: Change.allCases)
    private func `is nothing after any change by another connection`(change: Change) async throws {
        _ = try await filled()
        let store = try await openStore(in: folder)
        let before = try await everything(in: store)
        #expect(store.remembers("alice") && store.remembers("bob"))
        let other = try await openStore(in: folder)
        try await change.make(other, folder)
        #expect(!store.remembers("alice") && !store.remembers("bob"))
        let after = try await everything(in: store)
        #expect(after == (try await everything(in: other)))
        switch change {
        case .otherKey, .beginOfResealing, .resealing, .checkpoint: #expect(after == before)
        default: #expect(after != before)
        }
        #expect(store.remembers("alice"))
    }

    @Test func `is nothing after each change by another process`() async throws {
        let key = try KeyFile.create(at: folder.file("store.key"), random: SystemRandom())
        let store = try await SQLiteStore.open(
            path: folder.file("store.db"), keys: HeldKey(key), random: SystemRandom())
        var credential = sampleCredential()
        credential.scope = "0"
        try await store.put(credential, for: "shared")
        for round in 1...5 {
            #expect(try await store.credential(of: "shared")?.value.scope == "\(round - 1)")
            #expect(store.memo.known(of: "shared", \.credential) != nil)
            let ended = try await ChildProcess.runAside(
                BuiltPrograms.path(of: "store-worker"),
                ["update", folder.file("store.db"), folder.file("store.key"), "shared", "1"])
            try #require(ended.status == 0, "\(ended.errors)")
            #expect(try await store.credential(of: "shared")?.value.scope == "\(round)")
        }
    }

    @Test func `is never used while a commit of a process that died is half entered`() async throws
    {
        let store = try await filled()
        let before = try await everything(in: store)
        #expect(store.remembers("alice"))
        // By another process: closing a descriptor of this file would drop SQLite's locks here.
        let index = "\(folder.file("store.db"))-shm"
        try await run(
            "dd", ["of=\(index)", "bs=1", "seek=8", "count=1", "conv=notrunc"], input: [0xA5])
        #expect(!store.remembers("alice"))
        #expect(try await everything(in: store) == before)
        #expect(store.remembers("alice"))
        try await openStore(in: folder).put(sampleCredential("newer"), for: "alice")
        #expect(try await store.token(of: "alice") == "newer")
    }

    @Test func `is not what is damaged`() async throws {
        let store = try await filled()
        let database = try Database.open(folder.file("store.db"))
        try database.execute("CREATE TEMP TABLE old AS SELECT * FROM record")
        try database.execute("UPDATE record SET sealed = zeroblob(200) WHERE profile = 'alice'")
        for _ in 0..<2 {
            #expect(await code { _ = try await store.credential(of: "alice") } == .damaged)
            #expect(store.memo.known(of: "alice", \.credential) == nil)
        }
        #expect(try await store.token(of: "bob") == "of bob")
        try database.execute("INSERT OR REPLACE INTO record SELECT * FROM old")
        #expect(try await store.token(of: "alice") == "of alice")
    }

    @Test func `is the rest of a profile, too, of which one record is damaged`() async throws {
        _ = try await filled()
        let store = try await openStore(in: folder)
        try Database.open(folder.file("store.db")).execute(
            "UPDATE record SET sealed = zeroblob(200) WHERE profile = 'alice' AND kind = 'secrets'")
        for _ in 0..<2 {
            #expect(await code { _ = try await store.secrets(of: "alice") } == .damaged)
        }
        #expect(store.memo.known(of: "alice", \.credential) != nil)
        #expect(try await store.token(of: "alice") == "of alice")
        #expect(try await store.secrets(of: "bob")?.clientSecret != nil)
        #expect(store.remembers("bob"))
    }

    @Test func `stays right when a bit in the file is lost, until the next change`() async throws {
        let store = try await filled()
        #expect(try await store.token(of: "alice") == "of alice")
        let path = folder.file("store.db")
        let bytes = try Database.open(path).execute(
            "SELECT sealed FROM record WHERE profile = 'alice' AND kind = 'credential'")
        guard case .blob(let sealed)? = bytes.first?.first else {
            Issue.record("there is no such record")
            return
        }
        // Other processes touch the file: closing a descriptor of it would drop SQLite's locks here.
        try await run("cp", [path, folder.file("copy")])
        let copy = try PrivateFile.readShared(folder.file("copy"), limit: 1 << 20)
            .dangerouslyRevealedBytes()
        let last = try #require(copy.firstRange(of: sealed)).upperBound - 1
        try await run(
            "dd", ["of=\(path)", "bs=1", "seek=\(last)", "count=1", "conv=notrunc"],
            input: [copy[last] ^ 1])
        #expect(try await store.token(of: "alice") == "of alice")
        try await openStore(in: folder).put(sampleCredential("newer"), for: "bob")
        #expect(await code { _ = try await store.credential(of: "alice") } == .damaged)
    }

    @Test func `is wiped with a logout, and with the store`() async throws {
        var store: SQLiteStore? = try await filled()
        weak let held = try await store?.credential(of: "alice")?.value.accessToken
        weak var other = try await store?.credential(of: "bob")?.value.accessToken
        #expect(held != nil && other != nil)
        try await store?.forget("alice")
        #expect(held == nil)
        other = try await store?.credential(of: "bob")?.value.accessToken
        #expect(other != nil)
        store = nil
        #expect(other == nil)
    }

    @Test(arguments: 0..<24)
    func `never differs from a store that remembers nothing`(seed: Int) async throws {
        let stores = [try await openStore(in: folder), try await openStore(in: folder)]
        var walk = RandomWalk(seed: "memo \(seed)", stores)
        for _ in 0..<150 { try await walk.step() }
        #expect(walk.answersFromMemory > 20)
    }
}

/// Random changes and reads through two connections to one file, and what must come of them.
private struct RandomWalk {
    private let random: SeededRandom
    private let stores: [SQLiteStore]
    private let reference = MemoryStore()
    private var tickets: [String: (RenewalTicket, RenewalTicket)] = [:]
    private var count = 0
    private(set) var answersFromMemory = 0

    init(seed: String, _ stores: [SQLiteStore]) {
        random = SeededRandom(seed)
        self.stores = stores
    }

    private func draw(_ limit: Int) -> Int {
        Int(random.bytes(1).dangerouslyRevealedBytes()[0]) % limit
    }

    mutating func step() async throws {
        let store = stores[draw(2)]
        let name = ["a", "b", "c"][draw(3)]
        count += 1
        switch draw(16) {
        case 0:
            try await store.put(sampleCredential("\(count)"), for: name)
            try await reference.put(sampleCredential("\(count)"), for: name)
            tickets[name] = nil
        case 1:
            try await store.forget(name)
            try await reference.forget(name)
            tickets[name] = nil
        case 2:
            let secrets = ClientSecrets(clientSecret: Secret(utf8: "\(count)"))
            try await store.put(secrets, for: name)
            try await reference.put(secrets, for: name)
        case 3: try await begin(name, store)
        case 4: try await finish(name, store)
        case 5: await store.settleForTest()
        default: break
        }
        for store in stores { try await compare(store, ["a", "b", "c"][draw(3)]) }
    }

    private mutating func begin(_ name: String, _ store: SQLiteStore) async throws {
        let first = try await store.beginRenewal(
            of: name, seen: try await store.credential(of: name)?.revision, now: now,
            deadline: later)
        let second = try await reference.beginRenewal(
            of: name, seen: try await reference.credential(of: name)?.revision, now: now,
            deadline: later)
        guard let ours = granted(first), let theirs = granted(second) else {
            #expect(granted(first) == nil && granted(second) == nil)
            return
        }
        tickets[name] = (ours, theirs)
    }

    private mutating func finish(_ name: String, _ store: SQLiteStore) async throws {
        guard let (ours, theirs) = tickets.removeValue(forKey: name) else { return }
        if draw(2) == 0 {
            _ = try await store.finishRenewal(ours, with: sampleCredential("\(count)"))
            _ = try await reference.finishRenewal(theirs, with: sampleCredential("\(count)"))
        } else {
            let outcome = Outcome(at: now, code: "temporary", message: "\(count)")
            try await store.abandonRenewal(ours, outcome: outcome)
            try await reference.abandonRenewal(theirs, outcome: outcome)
        }
    }

    private mutating func compare(_ store: SQLiteStore, _ name: String) async throws {
        if store.memo.known(of: name, \.credential) != nil { answersFromMemory += 1 }
        let expected = try await reference.credential(of: name)?.value.accessToken
        let token = try await store.token(of: name)
        #expect(token == expected?.dangerouslyRevealedText(), "\(name), step \(count)")
        let secret = try await store.secrets(of: name)?.clientSecret?.dangerouslyRevealedText()
        let secrets = try await reference.secrets(of: name)
        #expect(secret == secrets?.clientSecret?.dangerouslyRevealedText(), "step \(count)")
        #expect(try await store.outcome(of: name) == (try await reference.outcome(of: name)))
        #expect(try await store.renewal(of: name) == (try await reference.renewal(of: name)))
    }
}
