import Glibc
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@testable import SesameStore

/// Something that stands where the store, or what SQLite keeps beside it, should be.
private enum Impostor: CaseIterable, Sendable {
    case link, hardLink, pipe, folder, device, foreigner, readable

    func put(at path: String, in folder: TemporaryFolder) throws {
        switch self {
        case .link:
            try move(path, folder)
            try #require(unsafe symlink(folder.file("elsewhere"), path) == 0)
        case .hardLink:
            try makeFile(path)
            try #require(unsafe Glibc.link(path, folder.file("elsewhere")) == 0)
        case .pipe:
            unsafe unlink(path)
            try #require(unsafe mkfifo(path, 0o600) == 0)
        case .folder:
            unsafe unlink(path)
            try #require(unsafe mkdir(path, 0o700) == 0)
        case .device:
            unsafe unlink(path)
            try #require(unsafe symlink("/dev/null", path) == 0)
        case .foreigner:
            try makeFile(path)
            try #require(unsafe chown(path, 65_534, 65_534) == 0)
        case .readable:
            try makeFile(path)
            try #require(unsafe chmod(path, 0o644) == 0)
        }
    }

    private func makeFile(_ path: String) throws {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT, 0o600)
        try #require(descriptor >= 0)
        close(descriptor)
    }

    private func move(_ path: String, _ folder: TemporaryFolder) throws {
        try makeFile(path)
        try #require(unsafe rename(path, folder.file("elsewhere")) == 0)
    }
}

/// Standards K-5, K-6.
@Suite struct `In the place of the store` {
    @Test(arguments: Impostor.allCases, ["store.db", "store.db-wal", "store.db-shm"])
    fileprivate func `nothing is opened but a plain file of ours`(
        impostor: Impostor, name: String
    ) async throws {
        // Only root can give a file to somebody else.
        if impostor == .foreigner, geteuid() != 0 { return }
        let folder = TemporaryFolder()
        try await openStore(in: folder).put(sampleCredential(), for: "mautic")
        try impostor.put(at: folder.file(name), in: folder)
        #expect(await code { _ = try await openStore(in: folder) } == .notPrivate)
    }

    @Test func `no folder is used that others can write in, or that is another's`() async throws {
        for mode: mode_t in [0o770, 0o707, 0o777, 0o1777] {
            let folder = TemporaryFolder()
            try #require(unsafe chmod(folder.path, mode) == 0)
            #expect(await code { _ = try await openStore(in: folder) } == .notPrivate)
        }
        if geteuid() == 0 {
            let folder = TemporaryFolder()
            try #require(unsafe chown(folder.path, 65_534, 65_534) == 0)
            #expect(await code { _ = try await openStore(in: folder) } == .notPrivate)
        }
    }

    @Test(arguments: [mode_t(0o400), 0o600, 0o604, 0o606, 0o620, 0o640, 0o644, 0o660, 0o666, 0o777])
    func `a file that others may read or write is refused`(mode: mode_t) async throws {
        let folder = TemporaryFolder()
        try await openStore(in: folder).put(sampleCredential(), for: "mautic")
        try #require(unsafe chmod(folder.file("store.db"), mode) == 0)
        let result = await code { _ = try await openStore(in: folder) }
        #expect(result == (mode & 0o077 == 0 ? nil : .notPrivate))
    }
}

/// Standards K-3.
@Suite struct `Records in each other's places` {
    private static let places: [(profile: String, kind: String)] = [
        ("alice", "credential"), ("alice", "secrets"), ("bob", "credential"), ("bob", "secrets"),
        ("carol", "credential"), ("carol", "secrets"),
    ]

    private func store(_ folder: TemporaryFolder) async throws {
        let store = try await openStore(in: folder)
        for name in ["alice", "bob", "carol"] {
            try await store.put(sampleCredential("access-of-\(name)"), for: name)
            try await store.put(ClientSecrets(clientSecret: Secret(utf8: name)), for: name)
        }
    }

    private func hurt(_ folder: TemporaryFolder) async throws -> Set<String> {
        var hurt: Set<String> = []
        let store = try await openStore(in: folder)
        for name in ["alice", "bob", "carol"] {
            let result = await code {
                let access = try await store.credential(of: name)?.value.accessToken
                let secret = try await store.secrets(of: name)?.clientSecret
                #expect(access?.dangerouslyRevealedText() == "access-of-\(name)")
                #expect(secret?.dangerouslyRevealedText() == name)
            }
            if result == .damaged { hurt.insert(name) } else { #expect(result == nil) }
        }
        return hurt
    }

    @Test func `are refused, whichever two are exchanged`() async throws {
        let original = TemporaryFolder()
        try await store(original)
        for (index, first) in Self.places.enumerated() {
            for second in Self.places[(index + 1)...] {
                let columns = "SELECT generation, revision, sealed FROM record"
                let database = try Database.open(original.file("store.db"))
                func row(_ place: (profile: String, kind: String)) throws -> [SQLValue] {
                    try database.prepare("\(columns) WHERE profile = ?1 AND kind = ?2")
                        .run([.text(place.profile), .text(place.kind)])[0]
                }
                let (one, other) = (try row(first), try row(second))
                let write = try database.prepare(
                    """
                    UPDATE record SET generation = ?3, revision = ?4, sealed = ?5 \
                    WHERE profile = ?1 AND kind = ?2
                    """)
                try write.run([.text(first.profile), .text(first.kind)] + other)
                try write.run([.text(second.profile), .text(second.kind)] + one)
                #expect(try await hurt(original) == [first.profile, second.profile])
                // With the revisions that the rows expect, only the sealing tells.
                try write.run([.text(first.profile), .text(first.kind), one[0], one[1], other[2]])
                try write.run([
                    .text(second.profile), .text(second.kind), other[0], other[1], one[2],
                ])
                #expect(try await hurt(original) == [first.profile, second.profile])
                try write.run([.text(first.profile), .text(first.kind)] + one)
                try write.run([.text(second.profile), .text(second.kind)] + other)
            }
        }
        #expect(try await hurt(original).isEmpty, "put back, all is as before")
    }

    @Test func `are refused when they come from another store, even of the same key`() async throws
    {
        let (mine, other) = (TemporaryFolder(), TemporaryFolder())
        try await store(mine)
        try await store(other)
        for (profile, kind) in Self.places {
            let place: [SQLValue] = [.text(profile), .text(kind)]
            let select = "SELECT sealed FROM record WHERE profile = ?1 AND kind = ?2"
            let database = try Database.open(mine.file("store.db"))
            let foreign = try Database.open(other.file("store.db")).prepare(select).run(place)[0]
            let own = try database.prepare(select).run(place)[0]
            let write = try database.prepare(
                "UPDATE record SET sealed = ?3 WHERE profile = ?1 AND kind = ?2")
            try write.run(place + foreign)
            #expect(try await hurt(mine) == [profile])
            try write.run(place + own)
        }
        #expect(try await hurt(mine).isEmpty)
    }

    /// Standards K-15.
    @Test func `may be as large as a megabyte`() async throws {
        let folder = TemporaryFolder()
        let token = String(repeating: "t", count: 1 << 20)
        try await openStore(in: folder).put(sampleCredential(token), for: "large")
        let read = try await openStore(in: folder).credential(of: "large")
        #expect(read?.value.accessToken?.dangerouslyRevealedText() == token)
        #expect(read?.value.refreshToken?.count == token.utf8.count + "refresh-of-".utf8.count)
    }
}
