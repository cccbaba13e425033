import SesameCrypto
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@testable import SesameStore

@Suite struct `The chain of rows` {
    @Test func `takes names in any order, and knows who is absent`() async throws {
        let folder = TemporaryFolder()
        let store = try await openStore(in: folder)
        let names = ["m", "a", "z", "ä", "A", "m1", "\u{1F511}", "b-", "b", "~"]
        for name in names { try await store.put(sampleCredential(name), for: name) }
        for name in names {
            let held = try await store.credential(of: name)
            #expect(held?.value.accessToken?.dangerouslyRevealedText() == name)
        }
        for name in ["0", "aa", "b.", "y", "é", "\u{10FFFF}", "m\u{0}"] {
            #expect(try await store.credential(of: name) == nil, "\(name)")
        }
        let listed = try await openStore(in: folder).profiles()
        #expect(listed == names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    }

    @Test(arguments: ["a", "m", "z"])
    func `notices a row that is missing, whichever it is`(name: String) async throws {
        let folder = try await threeProfiles()
        try Database.open(folder.file("store.db")).execute(
            "DELETE FROM profile WHERE name = '\(name)'")
        let store = try await openStore(in: folder)
        #expect(await code { _ = try await store.credential(of: name) } == .damaged)
        #expect(await code { try await store.put(sampleCredential(), for: name) } == .damaged)
        for other in ["a", "m", "z"] where other != name {
            #expect(try await store.credential(of: other) != nil)
        }
    }

    @Test func `without its head finds nothing absent`() async throws {
        let folder = try await threeProfiles()
        try Database.open(folder.file("store.db")).execute("DELETE FROM profile WHERE name = ''")
        let store = try await openStore(in: folder)
        #expect(await code { _ = try await store.credential(of: "0") } == .damaged)
        #expect(await code { _ = try await store.profiles() } == .damaged)
    }

    /// Named in docs/store-format.md, section 9.
    ///
    /// The row before comes from an earlier time, and with it the claim
    /// that nothing followed. Reading believes it; every listing notices.
    @Test func `put back from before a profile was there is noticed by listing`() async throws {
        let folder = TemporaryFolder()
        let store = try await openStore(in: folder)
        try await store.put(sampleCredential(), for: "a")
        let enemy = try Database.open(folder.file("store.db"))
        try enemy.execute("CREATE TEMP TABLE old AS SELECT * FROM profile WHERE name = 'a'")
        try await store.put(sampleCredential(), for: "m")
        try enemy.execute("INSERT OR REPLACE INTO profile SELECT * FROM temp.old")
        try enemy.execute("DELETE FROM profile WHERE name = 'm'")
        #expect(try await store.credential(of: "m") == nil)
        #expect(await code { _ = try await store.profiles() } == .damaged)
    }

    @Test func `has no place for a profile without a name`() async throws {
        let store = try await openStore(in: TemporaryFolder())
        #expect(await code { try await store.put(sampleCredential(), for: "") } == .internal)
        #expect(await code { _ = try await store.credential(of: "") } == .internal)
    }

    private func threeProfiles() async throws -> TemporaryFolder {
        let folder = TemporaryFolder()
        let store = try await openStore(in: folder)
        for name in ["m", "a", "z"] { try await store.put(sampleCredential(), for: name) }
        return folder
    }
}
