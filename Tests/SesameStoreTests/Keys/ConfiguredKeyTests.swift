import Glibc
import SesameCrypto
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@testable import SesameStore

@Suite struct `A configured key` {
    private let folder = TemporaryFolder()

    @Test func `makes a key file for the first store, and takes one that is there`() throws {
        let key = ConfiguredKey(.file(path: folder.file("new/key")))
        let made = try key.newSecret()
        #expect(made.source == PinnedSource(.file))
        #expect(try KeyFile.read(at: folder.file("new/key")).equals(made.secret))
        #expect(try key.newSecret().secret.equals(made.secret))
    }

    /// K-16: nobody leads Sesame to a weaker source by changing the configuration or the header alone.
    @Test(arguments: KeySource.Kind.allCases, KeySource.Kind.allCases)
    func `K-16: opens no store whose key comes from elsewhere`(
        configured: KeySource.Kind, pinned: KeySource.Kind
    ) throws {
        try #require(KeyFile.create(at: folder.file("key"), random: SystemRandom()).count == 32)
        let key = ConfiguredKey(source(configured))
        let error = failure {
            _ = try key.secret(for: PinnedSource(pinned), storeID: [1], fits: { _ in true })
        }
        guard configured != pinned else {
            #expect(error?.code != .keySource)
            return
        }
        #expect(error?.code == .keySource)
        for words in [configured.words, pinned.words, pinned.line, "sesame key rotate"] {
            #expect(error?.message.contains(words) == true, "\(words)")
        }
    }

    @Test func `that fits no store is wrong, and nothing is damaged`() throws {
        try KeyFile.create(at: folder.file("key"), random: SystemRandom())
        let key = ConfiguredKey(.file(path: folder.file("key")))
        let error = failure {
            _ = try key.secret(for: PinnedSource(.file), storeID: [], fits: { _ in false })
        }
        #expect(error?.code == .keyWrong)
    }

    @Test(arguments: KeySource.Kind.allCases)
    func `says what it guards against and what not`(kind: KeySource.Kind) {
        #expect(!kind.protects.isEmpty && !kind.doesNotProtect.isEmpty)
        #expect(kind.canBeLocked == (kind == .passphrase))
    }

    private func source(_ kind: KeySource.Kind) -> KeySource {
        switch kind {
        case .file: .file(path: folder.file("key"))
        case .credential: .credential(name: "sesame-key")
        case .command: .command(["/bin/echo", "no key"])
        case .passphrase: .passphrase
        }
    }
}

/// Stretching takes most of a second each time: these tests are few.
@Suite struct `A passphrase` {
    private let id = TestStoreID()
    private let passphrase = Secret(utf8: "correct horse battery staple")

    @Test func `makes and opens a store, with a salt of its own each time`() async throws {
        let (first, second, again, wrong) = try await offPool { [id, passphrase] in
            let key = ConfiguredKey(.passphrase)
            let first = try key.offering(passphrase).newSecret()
            let second = try key.stage(.passphrase, passphrase: passphrase).root
            let again = try key.offering(passphrase).secret(
                for: first.source, storeID: id.bytes, fits: first.secret.equals)
            let wrong = failure {
                _ = try key.offering(Secret(utf8: "incorrect")).secret(
                    for: first.source, storeID: id.bytes, fits: first.secret.equals)
            }
            return (first, second, again, wrong)
        }
        #expect(first.source.derivation?.parameters == .usual)
        #expect(again.equals(first.secret))
        #expect(!second.secret.equals(first.secret))
        #expect(second.source != first.source)
        #expect(wrong?.code == .keyWrong, "K-12: wrong, neither damaged nor locked")
        #expect(wrong?.message.contains("passphrase") == true)
    }

    @Test func `that is empty opens nothing`() {
        let error = failure {
            _ = try ConfiguredKey(.passphrase).offering(Secret(utf8: "")).newSecret()
        }
        #expect(error?.code == .keyWrong)
    }

    @Test func `that nobody has given leaves the store locked`() {
        let key = ConfiguredKey(.passphrase)
        let error = failure {
            _ = try key.secret(for: PinnedSource(.passphrase), storeID: id.bytes) { _ in true }
        }
        #expect(error?.code == .locked)
        #expect(error?.message.contains("sesame unlock") == true)
        #expect(failure { _ = try key.newSecret() }?.code == .locked)
    }

    @Test func `is offered to no store with a key of another kind`() {
        let error = failure { _ = try ConfiguredKey(.file(path: "/nowhere")).offering(passphrase) }
        #expect(error?.code == .keySource)
    }
}

@Suite(.enabled(if: KernelKeyring.isAvailable, "there is no kernel keyring here"))
struct `An unlocked store` {
    private let id = TestStoreID()
    private let pinned = PinnedSource(.passphrase)

    @Test func `opens without the passphrase until it is locked`() async throws {
        let (first, cached) = try await offPool { [id] in
            let key = ConfiguredKey(.passphrase, cache: UnlockCache())
            let offered = try key.offering(Secret(utf8: "correct horse"))
            let root = try offered.newSecret()
            #expect(offered.remember(for: id.bytes, seconds: 60) == .keyring(seconds: 60))
            let other = ConfiguredKey(.passphrase, cache: UnlockCache())
            return (
                root,
                try other.secret(for: root.source, storeID: id.bytes, fits: root.secret.equals)
            )
        }
        #expect(cached.equals(first.secret))
        let key = ConfiguredKey(.passphrase, cache: UnlockCache())
        key.forget(id.bytes)
        let error = failure {
            _ = try key.secret(for: first.source, storeID: id.bytes, fits: first.secret.equals)
        }
        #expect(error?.code == .locked)
    }

    @Test func `is locked when what was kept does not fit, and that is forgotten`() throws {
        let cache = UnlockCache()
        try cache.keep(Secret(utf8: "another store's"), for: id.bytes, seconds: 60)
        let error = failure {
            _ = try ConfiguredKey(.passphrase, cache: cache).secret(
                for: pinned, storeID: id.bytes, fits: { _ in false })
        }
        #expect(error?.code == .locked)
        #expect(cache.secret(for: id.bytes) == nil)
    }

    @Test func `is unlocked for this process alone where nothing shall be kept`() throws {
        let secret = Secret(utf8: "root")
        let remembrance = Remembrance(of: secret, for: id.bytes, seconds: 0, in: UnlockCache())
        guard case .process = remembrance else {
            Issue.record("\(remembrance)")
            return
        }
        #expect(UnlockCache().secret(for: id.bytes) == nil)
    }

    @Test func `opens with the old passphrase's trace no more after a rotation`() throws {
        let folder = TemporaryFolder()
        let cache = UnlockCache()
        try cache.keep(Secret(utf8: "root"), for: id.bytes, seconds: 60)
        let staged = try ConfiguredKey(.passphrase, cache: cache).stage(
            .file(path: folder.file("key")))
        #expect(cache.secret(for: id.bytes) != nil, "not before the store has changed")
        try staged.finish(for: id.bytes)
        #expect(cache.secret(for: id.bytes) == nil)
        #expect(try KeyFile.read(at: folder.file("key")).equals(staged.root.secret))
    }
}
