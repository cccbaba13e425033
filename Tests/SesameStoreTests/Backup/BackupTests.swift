import SesameAge
import SesameCrypto
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@testable import SesameStore

@Suite struct `A sealed backup` {
    private let identity = try? AgeIdentity(privateKey: SeededRandom("identity").bytes(32))

    @Test func `gives another host the same profiles, and parks their logins`() async throws {
        let (path, folder) = try await backup()
        defer { withExtendedLifetime(folder) {} }
        let there = TemporaryFolder()
        let store = try await openStore(in: there, key: "another key")
        let restored = try await store.restore(
            from: path, with: opener(), replacing: false, takesOver: false)
        #expect(restored.origin == origin)
        #expect(restored.configuration == "[profile a]\n; kept\n")
        #expect(
            restored.report
                == RestoreReport(
                    added: ["a", "b", "c"], replaced: [], skipped: [], parked: ["a", "c"]))
        let held = try #require(try await store.credential(of: "a")?.value)
        #expect(held.refreshToken?.dangerouslyRevealedText() == "refresh-of-token-a")
        #expect(held.restoredFrom == "backup of host old made at \(now)")
        #expect(
            try await store.secrets(of: "b")?.password?.dangerouslyRevealedText() == "secret of b")
        #expect(try await store.credential(of: "b") == nil)
    }

    @Test func `is used at once when the other host has stopped`() async throws {
        let (path, folder) = try await backup()
        defer { withExtendedLifetime(folder) {} }
        let store = try await openStore(in: TemporaryFolder())
        let restored = try await store.restore(
            from: path, with: opener(), replacing: false, takesOver: true)
        #expect(restored.report.parked == [])
        #expect(try await store.credential(of: "a")?.value.restoredFrom == nil)
    }

    @Test func `shows no secret`() async throws {
        let (path, folder) = try await backup()
        defer { withExtendedLifetime(folder) {} }
        let bytes = try PrivateFile.read(path, limit: 1 << 20)
        for secret in ["refresh-of-token-a", "secret of b", "[profile a]", "refresh_token"] {
            #expect(!contains(bytes, secret))
        }
        #expect(contains(bytes, "age-encryption.org/v1"))
    }

    @Test func `is never written over another file`() async throws {
        let (path, folder) = try await backup()
        let before = try PrivateFile.read(path, limit: 1 << 20)
        let store = try await openStore(in: folder)
        #expect(
            await code {
                _ = try await store.backUp(
                    to: path, for: recipients(), configuration: nil, origin: origin)
            } == .usage)
        #expect(try PrivateFile.read(path, limit: 1 << 20).equals(before))
    }

    @Test func `leaves damaged profiles out and names them`() async throws {
        let folder = TemporaryFolder()
        let store = try await filled(folder)
        try Database.open(folder.file("store.db")).execute(
            "UPDATE record SET sealed = zeroblob(200) WHERE profile = 'a'")
        let report = try await store.backUp(
            to: folder.file("backup"), for: recipients(), configuration: nil, origin: origin)
        #expect(report.damaged == ["a"] && report.profiles == 2)
        let other = try await openStore(in: TemporaryFolder())
        let restored = try await other.restore(
            from: folder.file("backup"), with: opener(), replacing: false, takesOver: false)
        #expect(restored.report.added == ["b", "c"] && restored.configuration == nil)
    }

    @Test func `does not open with another key`() async throws {
        let (path, folder) = try await backup()
        defer { withExtendedLifetime(folder) {} }
        let store = try await openStore(in: TemporaryFolder())
        let stranger = try AgeIdentity(privateKey: SeededRandom("stranger").bytes(32))
        #expect(
            await code {
                _ = try await store.restore(
                    from: path, with: .identities([stranger]), replacing: true, takesOver: true)
            } == .keyWrong)
        #expect(try await store.profiles() == [])
    }

    @Test func `that is cut off or changed anywhere changes nothing`() async throws {
        let (path, folder) = try await backup()
        let whole = try PrivateFile.read(path, limit: 1 << 20).dangerouslyRevealedBytes()
        let store = try await openStore(in: TemporaryFolder())
        try await store.put(sampleCredential("own"), for: "own")
        let broken = folder.file("broken")
        for index in stride(from: 0, to: whole.count, by: 7) {
            var changed = whole
            changed[index] ^= 1 << UInt8(index % 8)
            for bytes in [changed, Array(whole[..<index])] {
                try PrivateFile.replace(broken, Secret(copying: bytes))
                let result = await code {
                    _ = try await store.restore(
                        from: broken, with: opener(), replacing: true, takesOver: true)
                }
                try #require(result == .damaged || result == .keyWrong, "byte \(index)")
            }
        }
        #expect(try await store.profiles() == ["own"])
    }

    /// A seal that is right says nothing about what is inside.
    @Test(arguments: [
        ("", StoreError.Code.damaged),
        ("{}", .damaged),
        (header, .damaged),
        ("\(header)\n\(configuration)", .damaged),
        ("\(header)\n\(configuration)\n{\"end\":1}", .damaged),
        ("\(header)\n\(configuration)\n{\"end\":0}\n{\"end\":0}", .damaged),
        ("\(header)\n{\"end\":0}", .damaged),
        ("\(header)\n\(configuration)\n\(profile("b"))\n\(profile("a"))\n{\"end\":2}", .damaged),
        ("\(header)\n\(configuration)\n\(profile("a"))\n\(profile("a"))\n{\"end\":2}", .damaged),
        ("\(header)\n\(configuration)\n\(profile(""))\n{\"end\":1}", .damaged),
        (
            "\(header)\n\(configuration)\n{\"profile\":\"a\",\"credential\":{}}\n{\"end\":1}",
            .damaged
        ),
        ("\(header)\n\(configuration)\n{\"other\":1}\n{\"end\":0}", .damaged),
        ("{\"sesame_backup\":2,\"host\":\"h\",\"made_at\":1}", .newerFormat),
    ])
    func `with contents that make no sense changes nothing`(
        contents: String, expected: StoreError.Code
    ) async throws {
        let folder = TemporaryFolder()
        try seal(contents.isEmpty ? "" : contents + "\n", at: folder.file("backup"))
        let store = try await openStore(in: folder)
        try await store.put(sampleCredential("own"), for: "own")
        let result = await code {
            _ = try await store.restore(
                from: folder.file("backup"), with: opener(), replacing: true, takesOver: true)
        }
        #expect(result == expected)
        #expect(try await store.profiles() == ["own"])
    }

    @Test func `whose configuration is refused changes nothing`() async throws {
        let (path, folder) = try await backup()
        let target = TemporaryFolder()
        let store = try await openStore(in: target)
        let refusal = StoreError(.keySource, "this configuration cannot be taken in")
        let judged = Locked<[String]>([])
        let result = await code {
            _ = try await store.restore(
                from: path, with: opener(), replacing: true, takesOver: true
            ) { text throws(StoreError) in
                judged.withLock { $0.append(text) }
                throw refusal
            }
        }
        #expect(result == .keySource && judged.withLock { $0 } == ["[profile a]\n; kept\n"])
        #expect(try await store.profiles() == [])
        withExtendedLifetime(folder) {}
    }

    @Test func `of nothing is a backup, too`() async throws {
        let folder = TemporaryFolder()
        try seal("\(Self.header)\n\(Self.configuration)\n{\"end\":0}\n", at: folder.file("backup"))
        let restored = try await openStore(in: folder).restore(
            from: folder.file("backup"), with: opener(), replacing: false, takesOver: false)
        #expect(restored.report == RestoreReport() && restored.configuration == nil)
    }

    private static let header = #"{"sesame_backup":1,"host":"h","made_at":1}"#
    private static let configuration = #"{"configuration":null}"#
    private static func profile(_ name: String) -> String {
        #"{"profile":"\#(name)","credential":null,"secrets":{},"outcome":null}"#
    }

    private var origin: BackupOrigin { BackupOrigin(host: "host old", madeAt: now) }

    private func recipients() throws -> AgeRecipients {
        .keys([try #require(identity).recipient])
    }

    private func opener() throws -> AgeOpener { .identities([try #require(identity)]) }

    private func seal(_ contents: String, at path: String) throws {
        let sealed = Locked<[UInt8]>([])
        var writer = try AgeWriter(for: recipients(), random: SeededRandom("seal")) { bytes in
            let copy = bytes.indices.map { bytes[$0] }
            sealed.withLock { $0 += copy }
        }
        try writer.write(Array(contents.utf8).span)
        try writer.finish()
        try PrivateFile.create(path, Secret(copying: sealed.withLock { $0 }))
    }

    private func filled(_ folder: TemporaryFolder) async throws -> SQLiteStore {
        let store = try await openStore(in: folder)
        for name in ["a", "c"] { try await store.put(sampleCredential("token-\(name)"), for: name) }
        try await store.put(ClientSecrets(password: Secret(utf8: "secret of b")), for: "b")
        return store
    }

    private func backup() async throws -> (path: String, folder: TemporaryFolder) {
        let folder = TemporaryFolder()
        let path = folder.file("backup.age")
        let report = try await filled(folder).sibling().backUp(
            to: path, for: recipients(), configuration: "[profile a]\n; kept\n", origin: origin)
        #expect(report.profiles == 3 && report.damaged == [])
        #expect(PrivateFile.objection(toFileAt: path) == nil)
        return (path, folder)
    }
}
