import Glibc
import SesameBroker
import SesameJSON
import SesameSecrets
import SesameStore
import SesameSystem
import TestSupport
import Testing

/// The operations on the store, through the socket, with a real store on disk.
@Suite struct `The store behind the API` {
    private let rig: Rig

    init() throws {
        rig = try Rig(
            .unixSocket, Rig.profiles + "[store]\nanchor = off\n",
            time: ManualTime(now: SystemTime().now), hasVault: true)
    }

    private func ask(_ operation: String, _ body: String = "{}") async throws -> RawAnswer {
        try await rig.call("POST", "/store/\(operation)", body)
    }

    private var state: String? {
        get async throws { try await rig.call("GET", "/store").json["state"]?.string }
    }

    private func isThere(_ name: String) -> Bool {
        unsafe access(rig.folder.file(name), F_OK) == 0
    }

    private func passphraseStore() async throws {
        let body = #"{"source":{"kind":"passphrase"},"passphrase":"correct horse"}"#
        try #require(try await ask("key", body).status == 201)
    }

    @Test func `is made once, with the key that was asked for`() async throws {
        #expect(try await state == "absent")
        #expect(!isThere("store.db"))
        let made = try await ask("key", #"{"source":{"kind":"file"}}"#)
        #expect(made.status == 201)
        #expect(try made.json["state"]?.string == "open")
        #expect(try made.json["source"]?.string == "file")
        #expect(try made.json["detail"]?.string == rig.folder.file("store.key"))
        #expect(try made.json["generations"]?.elements?.count == 1)
        #expect(try made.json["protects"]?.elements?.isEmpty == false)
        #expect(try made.json["does_not_protect"]?.elements?.isEmpty == false)
        #expect(try await ask("key").problem == "usage")
    }

    /// So that a shell can complete them without a question to anybody.
    @Test func `need not be open, nor be there, for the names of the profiles`() async throws {
        let names =
            #"{"profiles":[{"profile":"rfc"},{"profile":"service"},{"profile":"mautic"},"#
            + #"{"profile":"plain"}]}"#
        #expect(try await rig.call("GET", "/profiles?names=true").text == names)
        #expect(!isThere("store.db") && !isThere("store.key"))
        try await passphraseStore()
        #expect(try await ask("lock").status == 200)
        #expect(try await rig.call("GET", "/profiles?names=true").text == names)
        #expect(try await rig.call("GET", "/profiles").problem == "store_locked")
        #expect(try await rig.call("GET", "/profiles?names=maybe").problem == "usage")
    }

    @Test func `opens with its passphrase only, and wrong ones are spaced (K-12)`() async throws {
        try await passphraseStore()
        #expect(try rig.configuration.contains("passphrase = prompt"))
        try await rig.give("s3cret", to: "mautic")
        #expect(try await ask("lock").status == 200)
        #expect(try await state == "locked")
        #expect(try await ask("unlock", #"{"passphrase":"wrong"}"#).problem == "key_wrong")
        let soon = try await ask("unlock", #"{"passphrase":"correct horse"}"#)
        #expect(soon.problem == "temporary")
        #expect(soon.detail.contains("second"))
    }

    @Test func `serves nothing while it is locked, and everything afterwards (A-10)`() async throws
    {
        try await passphraseStore()
        try await rig.logIn("rfc")
        let before = try await rig.token("rfc").json["access_token"]?.string
        #expect(before != nil)
        #expect(try await ask("lock").status == 200)
        let refused = try await rig.token("rfc")
        #expect(refused.problem == "store_locked")
        #expect(refused.status == 503)
        #expect(try await rig.send("rfc", "/contacts").problem == "store_locked")
        #expect(try await rig.call("GET", "/profiles").problem == "store_locked")
        let unlocked = try await ask("unlock", #"{"passphrase":"correct horse","seconds":60}"#)
        #expect(unlocked.status == 200)
        #expect(try unlocked.json["cached"]?.bool == false)
        #expect(try await rig.token("rfc").json["access_token"]?.string == before)
    }

    @Test func `of a key file is neither locked nor unlocked`() async throws {
        #expect(try await ask("lock").problem == "usage")
        #expect(try await ask("unlock", #"{"passphrase":"x"}"#).problem == "usage")
        #expect(try await ask("rotation", #"{"passphrase":"x"}"#).problem == "usage")
    }

    @Test func `gets a new key while tokens are asked for`() async throws {
        try await rig.logIn("rfc")
        let key = try PrivateFile.read(rig.folder.file("store.key"), limit: 4096)
        let rig = rig
        async let tokens = withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<24 { group.addTask { try await rig.token("rfc", "?refresh=true").status } }
            return try await group.reduce(into: [Int]()) { $0.append($1) }
        }
        for _ in 0..<4 { #expect(try await ask("rotation").status == 200) }
        #expect(try await tokens.allSatisfy { $0 == 200 })
        let rotated = try PrivateFile.read(rig.folder.file("store.key"), limit: 4096)
        #expect(!rotated.equals(key))
        #expect(!isThere("store.key.next"))
        #expect(try await rig.token("rfc").status == 200)
    }

    @Test func `is sealed anew bit by bit`() async throws {
        try await rig.logIn("rfc")
        for number in 1...150 {
            _ = try await rig.call(
                "PUT", "/profiles/p\(number)",
                #"{"settings":{"base_url":["https://a.example"],"grant":["basic"]},"password":"x"}"#
            )
        }
        var report = try await ask("rotation", #"{"full":true}"#).json
        #expect(report["finished"]?.bool == false)
        var rounds = 0
        while report["finished"]?.bool == false, rounds < 20 {
            #expect(try await rig.token("rfc").status == 200)
            report = try await ask("rotation", #"{"continue":true}"#).json
            rounds += 1
        }
        #expect(rounds > 1)
        #expect(report["finished"]?.bool == true)
        let store = try await rig.call("GET", "/store").json
        #expect(store["generations"]?.elements?.count == 1)
        #expect(store["generations"]?.elements?.first?["generation"]?.integer == 2)
        #expect(store["resealing"] == nil)
    }

    @Test func `moves to a passphrase, and back to a file`() async throws {
        try await rig.logIn("rfc")
        let moved = try await ask(
            "rotation", #"{"source":{"kind":"passphrase"},"passphrase":"correct horse"}"#)
        #expect(moved.status == 200, "\(moved.text)")
        #expect(try moved.json["source"]?.string == "passphrase")
        #expect(moved.text.contains("may be deleted"))
        #expect(try rig.configuration.contains("passphrase = prompt"))
        #expect(try await rig.token("rfc").status == 200)
        let path = rig.folder.file("other.key")
        let back = try await ask("rotation", #"{"source":{"kind":"file","path":"\#(path)"}}"#)
        #expect(back.status == 200, "\(back.text)")
        #expect(try rig.configuration.contains("key_file = \(path)"))
        #expect(try !rig.configuration.contains("passphrase"))
        #expect(try await rig.token("rfc").status == 200)
    }
}
