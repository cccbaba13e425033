import SesameSecrets
import TestSupport
import Testing

@testable import SesameStore

/// Damage to one profile is no reason to give up the others.
@Suite struct `A damaged profile` {
    @Test(arguments: [
        "UPDATE record SET sealed = zeroblob(200) WHERE profile = 'm' AND kind = 'credential'",
        "DELETE FROM record WHERE profile = 'm' AND kind = 'credential'",
        "UPDATE profile SET tag = zeroblob(32) WHERE name = 'm'",
        "UPDATE profile SET records = 'x' WHERE name = 'm'",
        "UPDATE profile SET successor = 'a' WHERE name = 'm'",
    ])
    func `is whole again once it was logged out and logged in to`(sql: String) async throws {
        let folder = TemporaryFolder()
        let store = try await openStore(in: folder)
        for name in ["a", "m", "z"] { try await store.put(sampleCredential(name), for: name) }
        try Database.open(folder.file("store.db")).execute(sql)
        #expect(await code { _ = try await store.credential(of: "m") } == .damaged)
        try await store.forget("m")
        #expect(try await store.credential(of: "m") == nil)
        try await store.put(sampleCredential("again"), for: "m")
        try await store.put(ClientSecrets(clientSecret: Secret(utf8: "s")), for: "m")
        let again = try await openStore(in: folder)
        #expect(try await again.profiles() == ["a", "m", "z"])
        #expect(try await again.credential(of: "n") == nil)
        #expect(try await again.credential(of: "z") != nil)
    }

    @Test func `keeps its client secrets when only its row is damaged`() async throws {
        let folder = TemporaryFolder()
        let store = try await openStore(in: folder)
        try await store.put(sampleCredential(), for: "m")
        try await store.put(ClientSecrets(clientSecret: Secret(utf8: "s3cret")), for: "m")
        try Database.open(folder.file("store.db")).execute(
            "UPDATE profile SET tag = zeroblob(32) WHERE name = 'm'")
        try await store.forget("m")
        let secret = try await store.secrets(of: "m")?.clientSecret
        #expect(secret?.dangerouslyRevealedText() == "s3cret")
        #expect(try await store.credential(of: "m") == nil)
    }

    /// Records of a later version among them.
    @Test func `keeps all that is authentic by itself when it gets new client secrets`()
        async throws
    {
        let folder = TemporaryFolder()
        let store = try await openStore(in: folder)
        try await store.put(sampleCredential("kept"), for: "m")
        let ticket = granted(
            try await store.beginRenewal(
                of: "m", seen: try await store.credential(of: "m")?.revision, now: now,
                deadline: later))
        try await store.abandonRenewal(
            try #require(ticket), outcome: Outcome(at: now, code: "temporary", message: "503"))
        try Database.open(folder.file("store.db")).execute(
            "UPDATE profile SET tag = zeroblob(32) WHERE name = 'm'")
        try await store.put(ClientSecrets(clientSecret: Secret(utf8: "new")), for: "m")
        let held = try await store.credential(of: "m")?.value.accessToken
        #expect(held?.dangerouslyRevealedText() == "kept")
        #expect(try await store.outcome(of: "m")?.code == "temporary")
        #expect(try await openStore(in: folder).profiles() == ["m"])
    }

    @Test func `takes new client secrets in the place of damaged ones`() async throws {
        let folder = TemporaryFolder()
        let store = try await openStore(in: folder)
        try await store.put(ClientSecrets(clientSecret: Secret(utf8: "old")), for: "m")
        try Database.open(folder.file("store.db")).execute(
            "UPDATE record SET sealed = zeroblob(200) WHERE kind = 'secrets'")
        try await store.put(ClientSecrets(clientSecret: Secret(utf8: "new")), for: "m")
        let secret = try await store.secrets(of: "m")?.clientSecret
        #expect(secret?.dangerouslyRevealedText() == "new")
    }

    /// Its version counts in the roll.
    @Test func `whose version was changed, too, is still told by every listing`() async throws {
        let folder = TemporaryFolder()
        let store = try await openStore(in: folder)
        try await store.put(sampleCredential(), for: "m")
        try Database.open(folder.file("store.db")).execute("UPDATE profile SET version = 99")
        try? await store.forget("m")
        #expect(await code { _ = try await store.profiles() } == .damaged)
    }
}
