import Glibc
import SesameCrypto
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@testable import SesameStore

/// A configuration that can be made to fail, as where the process ends in that moment.
final class ConfigurationInMemory: VaultConfiguration {
    let settings: Locked<VaultSettings>
    let cannotPin = Locked(false)
    let cannotName = Locked(false)
    /// What happens elsewhere while the configuration is written.
    let meanwhile = Locked<(@Sendable () -> Void)?>(nil)

    init(_ source: KeySource?) {
        var settings = VaultSettings(source: source)
        settings.anchor = .off
        self.settings = Locked(settings)
    }

    func vaultSettings() throws(StoreError) -> VaultSettings { settings.withLock { $0 } }

    func requirePinnable(_ source: KeySource?) throws(StoreError) {
        if cannotName.withLock({ $0 }) { throw StoreError(.keySource, "no words for it") }
    }

    func pin(_ source: KeySource?) throws(StoreError) {
        meanwhile.withLock { $0 }?()
        if cannotPin.withLock({ $0 }) { throw StoreError(.unwritable, "the process ended here") }
        settings.withLock { $0.source = source }
    }

    func text() throws(StoreError) -> String? { nil }

    func requireRestorable(_ text: String) throws(StoreError) {}

    func restore(_ text: String) throws(StoreError) -> [String] { [] }
}

@Suite struct `A vault` {
    private let folder = TemporaryFolder()
    private let configuration = ConfigurationInMemory(nil)

    /// As a process that has just started.
    private func vault(
        _ time: any TimeSource = SystemTime(), told: Locked<[String]>? = nil,
        cache: UnlockCache? = nil
    ) -> Vault {
        var parts = Vault.Parts(
            path: folder.file("store.db"), usualKeyPath: folder.file("store.key"),
            configuration: configuration, environment: [:])
        parts.cache = cache
        parts.time = time
        if let told { parts.notice = { text in told.withLock { $0.append(text) } } }
        return Vault(parts)
    }

    /// A rotation of a process that ends when the store has its new key, and nothing else is done.
    private func rewrap(with source: KeySource, _ passphrase: Secret?) async throws {
        let vault = vault()
        let keys = ConfiguredKey(
            .file(path: folder.file("store.key")), environment: [:], cache: nil,
            random: SystemRandom())
        let staged = try keys.stage(source, passphrase: passphrase)
        try await vault.open().rewrap(with: staged.root)
    }

    private func failure(_ body: () async throws(StoreError) -> Void) async -> StoreError? {
        do throws(StoreError) {
            try await body()
            return nil
        } catch {
            return error
        }
    }

    @Test
    func `whose configuration was not written after a change of the source says what to write`()
        async throws
    {
        try await vault().open().put(ClientSecrets(clientSecret: Secret(utf8: "s3cret")), for: "a")
        let passphrase = Secret(utf8: "correct horse")
        let rotation = KeyRotation(source: .passphrase, passphrase: passphrase)
        try await rewrap(with: .passphrase, passphrase)

        let refused = await failure { () throws(StoreError) in _ = try await vault().open() }
        #expect(refused?.code == .keySource)
        #expect(refused?.message.contains("passphrase = prompt") == true)
        let restarted = vault()
        let wrong = KeyRotation(source: .passphrase, passphrase: Secret(utf8: "another"))
        let stillRefused = await failure { () throws(StoreError) in
            _ = try await restarted.rotate(wrong)
        }
        #expect(stillRefused?.code == .keySource)
        #expect(configuration.settings.withLock { $0.source } == nil)
        let report = try await restarted.rotate(rotation)
        #expect(report.notes.contains { $0.contains("interrupted") })
        #expect(configuration.settings.withLock { $0.source } == .passphrase)
        let secret = try await restarted.open().secrets(of: "a")?.clientSecret
        #expect(secret?.dangerouslyRevealedText() == "s3cret")
    }

    @Test func `finishes a change to another key file that was interrupted`() async throws {
        _ = try await vault().open()
        let other = KeySource.file(path: folder.file("other.key"))
        try await rewrap(with: other, nil)
        // The store has the new key, which lies beside the file that the configuration still names.
        _ = try await vault().open()
        _ = try await vault().rotate(KeyRotation(source: other))
        #expect(configuration.settings.withLock { $0.source } == other)
        _ = try await vault().open()
    }

    /// Somebody who rotates because the key got out must not be told that it is done.
    @Test func `gives a key file that a person has moved a new key`() async throws {
        try await vault().open().put(ClientSecrets(clientSecret: Secret(utf8: "s3cret")), for: "a")
        let other = folder.file("other.key")
        #expect(unsafe rename(folder.file("store.key"), other) == 0)
        let before = try KeyFile.read(at: other)
        let vault = vault()
        // Where it lies now stands in the way of a new one: the store has to be opened with it.
        let report = try await vault.rotate(KeyRotation(source: .file(path: other)))
        #expect(report.isNewKey && report.notes == [])
        #expect(try !KeyFile.read(at: other).equals(before))
        #expect(try await self.vault().open().secrets(of: "a") != nil)
    }

    /// What an interrupted rotation has left beside it says nothing about that.
    @Test func `gives a moved key file a new key, whatever lies beside it`() async throws {
        _ = try await vault().open()
        let other = folder.file("other.key")
        #expect(unsafe rename(folder.file("store.key"), other) == 0)
        try PrivateFile.create(other + ".next", KeyLine.generate(SystemRandom()))
        let before = try KeyFile.read(at: other)
        let report = try await vault().rotate(KeyRotation(source: .file(path: other)))
        #expect(report.isNewKey)
        #expect(try !KeyFile.read(at: other).equals(before))
        _ = try await vault().open()
    }

    /// Nobody who rotates after a leak may think that the old key is worth nothing any more.
    @Test func `says so when another source gives the same key`() async throws {
        _ = try await vault().open()
        let key = try PrivateFile.read(folder.file("store.key"), limit: 200)
        try PrivateFile.create(folder.file("copied"), key)
        let source = KeySource.command(["/bin/cat", folder.file("copied")])
        let report = try await vault().rotate(KeyRotation(source: source))
        #expect(!report.isNewKey)
        #expect(report.notes.contains { $0.contains("the same key") })
        #expect(!report.notes.contains { $0.contains("may be deleted") })
    }

    @Test(arguments: [
        "DELETE FROM profile WHERE name = 'a'",
        "UPDATE profile SET tag = zeroblob(32) WHERE name = ''",
    ])
    func `changes no key when not everything can be sealed anew`(sql: String) async throws {
        let store = try await vault().open()
        for name in ["a", "b"] {
            try await store.put(ClientSecrets(clientSecret: Secret(utf8: "s3cret")), for: name)
        }
        let before = try KeyFile.read(at: folder.file("store.key"))
        try Database.open(folder.file("store.db")).execute(sql)
        let refused = await failure { () throws(StoreError) in
            _ = try await vault().rotate(KeyRotation(isFull: true))
        }
        #expect(refused?.code == .damaged && refused?.message.contains("logout") == false)
        #expect(try KeyFile.read(at: folder.file("store.key")).equals(before))
    }

    @Test(arguments: [
        KeySource.passphrase, .file(path: "other.key"), .command(["/bin/cat", "new.key"]),
    ])
    func `takes a change of the source back when the configuration cannot be written`(
        source: KeySource
    ) async throws {
        try await vault().open().put(ClientSecrets(clientSecret: Secret(utf8: "s3cret")), for: "a")
        try PrivateFile.create(folder.file("new.key"), KeyLine.generate(SystemRandom()))
        configuration.cannotPin.withLock { $0 = true }
        var rotation = KeyRotation(source: source)
        switch source {
        case .passphrase: rotation.passphrase = Secret(utf8: "correct horse")
        case .command: rotation.source = .command(["/bin/cat", folder.file("new.key")])
        default: rotation.source = .file(path: folder.file("other.key"))
        }
        let changed = rotation
        let ended = await failure { () throws(StoreError) in _ = try await vault().rotate(changed) }
        #expect(ended?.code == .unwritable)
        #expect(try await vault().open().secrets(of: "a") != nil)
        configuration.cannotPin.withLock { $0 = false }
        _ = try await vault().rotate(changed)
    }

    @Test func `changes nothing for a source that the configuration has no words for`() async throws
    {
        _ = try await vault().open()
        let before = try PrivateFile.read(folder.file("store.db"), limit: 1 << 20)
        configuration.cannotName.withLock { $0 = true }
        let rotation = KeyRotation(source: .passphrase, passphrase: Secret(utf8: "correct horse"))
        let refused = await failure { () throws(StoreError) in
            _ = try await vault().rotate(rotation)
        }
        #expect(refused?.code == .keySource)
        #expect(try PrivateFile.read(folder.file("store.db"), limit: 1 << 20).equals(before))
    }

    /// The other process finds the new key beside the file, while the rotation may yet be taken back.
    @Test func `keeps its key file when another process opens the store in the middle of a change`()
        async throws
    {
        _ = try await vault().open()
        let before = try KeyFile.read(at: folder.file("store.key"))
        let path = folder.file("store.db")
        let key = KeySource.file(path: folder.file("store.key"))
        let wasOpened = Locked(false)
        configuration.meanwhile.withLock {
            $0 = {
                let keys = ConfiguredKey(key, environment: [:], cache: nil, random: SystemRandom())
                let opening = SealedDatabase.Opening(
                    path: path, keyholder: keys, random: SystemRandom(), now: now)
                let isOpen = (try? SealedDatabase(opening)) != nil
                wasOpened.withLock { $0 = isOpen }
            }
        }
        configuration.cannotPin.withLock { $0 = true }
        let rotation = KeyRotation(source: .file(path: folder.file("other.key")))
        let ended = await failure { () throws(StoreError) in
            _ = try await vault().rotate(rotation)
        }
        #expect(ended?.code == .unwritable && wasOpened.withLock { $0 })
        #expect(try KeyFile.read(at: folder.file("store.key")).equals(before))
        #expect(unsafe access(folder.file("store.key.next"), F_OK) != 0)
        _ = try await vault().open()
    }

    @Test func `needs no configuration to change the key where it is`() async throws {
        _ = try await vault().open()
        let before = try KeyFile.read(at: folder.file("store.key"))
        configuration.cannotPin.withLock { $0 = true }
        _ = try await vault().rotate(KeyRotation(isFull: true))
        #expect(try !KeyFile.read(at: folder.file("store.key")).equals(before))
        _ = try await vault().open()
    }

    @Test func `changes nothing for a key file in a folder that others can write in`() async throws
    {
        _ = try await vault().open()
        let open = folder.file("open")
        #expect(unsafe mkdir(open, 0o777) == 0 && chmod(open, 0o777) == 0)
        let rotation = KeyRotation(source: .file(path: "\(open)/key"))
        let refused = await failure { () throws(StoreError) in
            _ = try await vault().rotate(rotation)
        }
        #expect(refused?.code == .keyUnreadable)
        _ = try await vault().open()
        #expect(configuration.settings.withLock { $0.source } == nil)
    }

    @Test func `locks itself when the time of a passphrase has passed`() async throws {
        let time = ManualTime()
        configuration.settings.withLock { $0.source = .passphrase }
        let passphrase = Secret(utf8: "correct horse")
        let vault = vault(time)
        try await vault.initialise(from: nil, passphrase: passphrase)
        _ = try await vault.unlock(passphrase, seconds: 60)
        time.advance(seconds: 59)
        _ = try await vault.open()
        time.advance(seconds: 2)
        let locked = await failure { () throws(StoreError) in _ = try await vault.open() }
        #expect(locked?.code == .locked)
        _ = try await vault.unlock(passphrase, seconds: 60)
        _ = try await vault.open()
    }

    @Test func `is locked although the header of the store cannot be read`() async throws {
        configuration.settings.withLock { $0.source = .passphrase }
        let vault = vault()
        try await vault.initialise(from: nil, passphrase: Secret(utf8: "correct horse"))
        try Database.open(folder.file("store.db")).execute(
            "UPDATE store SET digest = zeroblob(32)")
        try await vault.lock()
        let refused = await failure { () throws(StoreError) in _ = try await vault.open() }
        #expect(refused?.code == .damaged)
    }

    @Test(.enabled(if: KernelKeyring.isAvailable, "there is no kernel keyring here"))
    func `is locked by another process, however it was opened`() async throws {
        let passphrase = Secret(utf8: "correct horse")
        configuration.settings.withLock { $0.anchor = .file(path: folder.file("anchor")) }
        // Opened by a rotation that goes on where another one was interrupted.
        let id = try await vault().open().id
        let kept = TemporaryKey("sesame:unlock:\(hexadecimal(id))")
        try await rewrap(with: .passphrase, passphrase)
        let vault = vault(cache: UnlockCache())
        _ = try await vault.rotate(KeyRotation(source: .passphrase, passphrase: passphrase))
        _ = try await vault.open()
        try await self.vault(cache: UnlockCache()).lock()
        let first = await failure { () throws(StoreError) in _ = try await vault.open() }
        #expect(first?.code == .locked)

        // Opened by a person who accepts an older copy.
        _ = try await vault.unlock(passphrase, seconds: 600)
        try await vault.acceptRollback()
        _ = try await vault.open()
        try await self.vault(cache: UnlockCache()).lock()
        let second = await failure { () throws(StoreError) in _ = try await vault.open() }
        #expect(second?.code == .locked)
        withExtendedLifetime(kept) {}
    }

    /// The anchor knows which store it was.
    @Test(.enabled(if: KernelKeyring.isAvailable, "there is no kernel keyring here"))
    func `is forgotten by the kernel although nobody can read its header`() async throws {
        configuration.settings.withLock {
            $0 = VaultSettings(source: .passphrase)
            $0.anchor = .file(path: folder.file("anchor"))
        }
        let first = vault(cache: UnlockCache())
        try await first.initialise(from: nil, passphrase: Secret(utf8: "correct horse"))
        let id = try await first.open().id
        let kept = TemporaryKey("sesame:unlock:\(hexadecimal(id))")
        #expect(UnlockCache().secret(for: id) != nil)
        try Database.open(folder.file("store.db")).execute(
            "UPDATE store SET digest = zeroblob(32)")
        try await vault(cache: UnlockCache()).lock()
        #expect(UnlockCache().secret(for: id) == nil)
        withExtendedLifetime(kept) {}
    }

    @Test func `goes on with the file that lies in the place of the store`() async throws {
        let told = Locked<[String]>([])
        let vault = vault(told: told)
        try await vault.open().put(ClientSecrets(clientSecret: Secret(utf8: "s3cret")), for: "a")
        for name in ["store.db", "store.db-wal", "store.db-shm"] {
            unsafe rename(folder.file(name), folder.file("old-\(name)"))
        }
        #expect(try await vault.open().secrets(of: "a") == nil, "a new store was made")
        #expect(told.withLock { $0.contains { $0.contains("gone or another") } })
    }

    @Test func `follows a change of the key by another process`() async throws {
        let (first, second) = (vault(), vault())
        try await first.open().put(ClientSecrets(clientSecret: Secret(utf8: "s3cret")), for: "a")
        _ = try await second.rotate(KeyRotation(source: .file(path: folder.file("moved.key"))))
        guard case .open = try await first.status().state else {
            Issue.record("the store cannot be opened")
            return
        }
        _ = try await first.rotate(KeyRotation(isFull: true))
        #expect(try await first.open().secrets(of: "a") != nil)
    }

    @Test func `shows its state without making anything`() async throws {
        let vault = vault()
        guard case .absent = try await vault.status().state else {
            Issue.record("there is a store")
            return
        }
        _ = try await vault.open()
        guard case .open(let description) = try await vault.status().state else {
            Issue.record("the store is not open")
            return
        }
        #expect(description.profileCount == 0)
        try PrivateFile.replace(
            folder.file("store.key"), KeyLine.generate(SystemRandom()))
        guard case .unusable(let error) = try await self.vault().status().state else {
            Issue.record("a wrong key is not noticed")
            return
        }
        #expect(error.code == .keyWrong)
    }
}
