import SesameCrypto
import SesameSecrets
import SesameStore
import SesameSystem
import TestSupport
import Testing

/// A configuration that can be made to fail, as where the process ends in that moment.
private final class ConfigurationInMemory: VaultConfiguration {
    let settings: Locked<VaultSettings>
    let cannotPin = Locked(false)

    init(_ source: KeySource?) {
        var settings = VaultSettings(source: source)
        settings.anchor = .off
        self.settings = Locked(settings)
    }

    func vaultSettings() throws(StoreError) -> VaultSettings { settings.withLock { $0 } }

    func pin(_ source: KeySource?) throws(StoreError) {
        if cannotPin.withLock({ $0 }) { throw StoreError(.unwritable, "the process ended here") }
        settings.withLock { $0.source = source }
    }

    func text() throws(StoreError) -> String? { nil }

    func restore(_ text: String) throws(StoreError) -> [String] { [] }
}

@Suite struct `A vault` {
    private let folder = TemporaryFolder()
    private let configuration = ConfigurationInMemory(nil)

    /// As a process that has just started.
    private func vault() -> Vault {
        var parts = Vault.Parts(
            path: folder.file("store.db"), usualKeyPath: folder.file("store.key"),
            configuration: configuration, environment: [:])
        parts.cache = nil
        return Vault(parts)
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
        configuration.cannotPin.withLock { $0 = true }
        let rotation = KeyRotation(source: .passphrase, passphrase: Secret(utf8: "correct horse"))
        let ended = await failure { () throws(StoreError) in _ = try await vault().rotate(rotation)
        }
        #expect(ended?.code == .unwritable)
        configuration.cannotPin.withLock { $0 = false }

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
        #expect(report.notes.contains { $0.contains("begun before") })
        #expect(configuration.settings.withLock { $0.source } == .passphrase)
        let secret = try await restarted.open().secrets(of: "a")?.clientSecret
        #expect(secret?.dangerouslyRevealedText() == "s3cret")
    }

    @Test func `finishes a change to another key file that was interrupted`() async throws {
        _ = try await vault().open()
        configuration.cannotPin.withLock { $0 = true }
        let other = KeySource.file(path: folder.file("other.key"))
        let ended = await failure { () throws(StoreError) in
            _ = try await vault().rotate(KeyRotation(source: other))
        }
        #expect(ended?.code == .unwritable)
        configuration.cannotPin.withLock { $0 = false }
        // The store has the new key, which lies beside the file that the configuration still names.
        _ = try await vault().open()
        _ = try await vault().rotate(KeyRotation(source: other))
        #expect(configuration.settings.withLock { $0.source } == other)
        _ = try await vault().open()
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
