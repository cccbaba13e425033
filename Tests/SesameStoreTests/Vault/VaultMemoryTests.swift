import Glibc
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@testable import SesameStore

@Suite struct `A vault whose store remembers` {
    private let folder = TemporaryFolder()

    private var parts: Vault.Parts {
        var parts = Vault.Parts(
            path: folder.file("store.db"), usualKeyPath: folder.file("store.key"),
            configuration: configuration, environment: [:])
        parts.cache = nil
        return parts
    }
    private let configuration = ConfigurationInMemory(nil)

    @Test func `serves nothing that it remembers of a file that is gone`() async throws {
        let vault = Vault(parts)
        try await vault.open().put(sampleCredential("of the first"), for: "a")
        #expect(try await vault.open().credential(of: "a") != nil)
        for end in ["", "-wal", "-shm"] { unsafe unlink(folder.file("store.db\(end)")) }
        #expect(try await vault.open().credential(of: "a") == nil)
    }

    @Test func `serves nothing that it remembers of a file with another one in its place`()
        async throws
    {
        let vault = Vault(parts)
        try await vault.open().put(sampleCredential("of the first"), for: "a")
        #expect(try await vault.open().credential(of: "a") != nil)
        let aside = folder.file("aside")
        for end in ["", "-wal", "-shm"] {
            unsafe rename(folder.file("store.db\(end)"), "\(aside)\(end)")
        }
        try await Vault(parts).open().put(sampleCredential("of the second"), for: "a")
        let held = try await vault.open().credential(of: "a")?.value.accessToken
        #expect(held?.dangerouslyRevealedText() == "of the second")
    }

    @Test func `wipes what it remembers when it is locked`() async throws {
        let passphrase = Secret(utf8: "correct horse")
        let vault = Vault(parts)
        try await vault.initialise(from: .passphrase, passphrase: passphrase)
        try await vault.open().put(sampleCredential(), for: "a")
        weak let held = try await vault.open().credential(of: "a")?.value.accessToken
        #expect(held != nil)
        try await vault.lock()
        #expect(held == nil)
    }
}
