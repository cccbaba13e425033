import CLinux
import Glibc
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@Suite(.enabled(if: KernelKeyring.isAvailable, "there is no kernel keyring here"))
struct `The kernel's keyring` {
    @Test func `keeps a value, replaces it and forgets it`() throws {
        let key = TemporaryKey()
        #expect(try Keyring.read(key.description) == nil)
        try Keyring.store(key.description, Secret(utf8: "first"))
        #expect(try Keyring.read(key.description)?.dangerouslyRevealedText() == "first")
        try Keyring.store(key.description, Secret(utf8: "second"), seconds: 60)
        #expect(try Keyring.read(key.description)?.dangerouslyRevealedText() == "second")
        try Keyring.remove(key.description)
        #expect(try Keyring.read(key.description) == nil)
        try Keyring.remove(key.description)
    }

    /// The kernel's own record of the key says so; nobody waits for the hour to pass.
    @Test func `gives a value the time that was asked for, and others none`() throws {
        let (key, lasting) = (TemporaryKey(), TemporaryKey())
        try Keyring.store(key.description, Secret(utf8: "value"), seconds: 3600)
        #expect(["59m", "60m", "1h"].contains(try timeLeft(of: key.description)))
        try Keyring.store(lasting.description, Secret(utf8: "value"))
        #expect(try timeLeft(of: lasting.description) == "perm")
    }

    /// As under cron, systemd and ssh; the second key shows that the session really possesses nothing.
    @Test func `is read and changed in a session that possesses nothing`() async throws {
        let (key, guarded) = (TemporaryKey(), TemporaryKey())
        try Keyring.store(key.description, Secret(utf8: "value"))
        try addForPossessors(guarded.description)
        let seen = try await offPool {
            try #require(clinux_key_join_new_session() >= 0)
            #expect(throws: Keyring.Unavailable.self) { try Keyring.read(guarded.description) }
            let seen = try Keyring.read(key.description)?.dangerouslyRevealedText()
            try Keyring.store(key.description, Secret(utf8: "from another session"), seconds: 60)
            return seen
        }
        #expect(seen == "value")
        #expect(
            try Keyring.read(key.description)?.dangerouslyRevealedText() == "from another session")
        try await offPool {
            try #require(clinux_key_join_new_session() >= 0)
            try Keyring.remove(key.description)
        }
        #expect(try Keyring.read(key.description) == nil)
    }

    @Test func `says why it cannot take a value`() {
        let key = TemporaryKey()
        let endless = Secret(utf8: String(repeating: "x", count: 40_000))
        let error = #expect(throws: Keyring.Unavailable.self) {
            try Keyring.store(key.description, endless)
        }
        #expect(error?.description.hasPrefix("the kernel's keyring: ") == true)
    }

    /// The column of proc_keys(5); `perm` for a key without a timeout.
    private func timeLeft(of description: String) throws -> Substring? {
        let file = FileDescriptor(owning: unsafe clinux_open("/proc/keys", O_RDONLY, 0))
        let text = try FileDescriptor.readAll(file.number, limit: 1 << 20).dangerouslyRevealedText()
        let line = text.split(separator: "\n").first { $0.contains(description) }
        return line?.split(separator: " ")[3]
    }

    /// A key with the kernel's own default permissions.
    private func addForPossessors(_ description: String) throws {
        let key = unsafe clinux_key_add(description, "x", 1, Int32(clinux_user_keyring))
        try #require(key >= 0)
    }
}
