import CLinux
import Glibc
import SesameCrypto
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@testable import SesameStore

@Suite struct `A key file that gets a new key` {
    private let folder = TemporaryFolder()
    private var path: String { folder.file("key") }
    private var next: String { folder.file("key.next") }

    @Test func `holds the new one when the rotation is finished, and nothing is left beside it`()
        throws
    {
        let old = try KeyFile.create(at: path, random: SystemRandom())
        let staged = try ConfiguredKey(.file(path: path)).stage(.file(path: path))
        #expect(try KeyFile.read(at: path).equals(old), "until then it is as it was")
        #expect(!staged.root.secret.equals(old))
        try staged.finish(for: [])
        #expect(try KeyFile.read(at: path).equals(staged.root.secret))
        #expect(!isThere(next))
    }

    /// The process ends before the store takes the new key.
    @Test func `opens the store with the old one after a rotation that came to nothing`() throws {
        let old = try KeyFile.create(at: path, random: SystemRandom())
        do { _ = try ConfiguredKey(.file(path: path)).stage(.file(path: path)) }
        #expect(try KeyFile.read(at: path, fits: old.equals).equals(old))
        #expect(isThere(next))
        // The next rotation begins beside what is left, and clears it away.
        let staged = try ConfiguredKey(.file(path: path)).stage(.file(path: path))
        try staged.finish(for: [])
        #expect(try KeyFile.read(at: path).equals(staged.root.secret))
        #expect(!isThere(next))
    }

    /// The process ends after the store has taken the new key, and before the file has.
    @Test func `K-13: is found, and finished, when the store has taken it already`() throws {
        try KeyFile.create(at: path, random: SystemRandom())
        let new = try leaveUnfinished()
        try expectFound(new)
        #expect(try KeyFile.read(at: path).equals(new))
        #expect(!isThere(next))
    }

    @Test func `is found when the file itself is gone`() throws {
        let new = try leaveUnfinished()
        try expectFound(new)
        #expect(try KeyFile.read(at: path).equals(new))
    }

    @Test func `loses no key that the store may have taken, however many rotations stop`() throws {
        try KeyFile.create(at: path, random: SystemRandom())
        let keys = try (0..<5).map { _ in try leaveUnfinished() }
        for key in keys { try expectFound(key) }
    }

    /// The lines before it may be keys that the store has in its log still.
    @Test func `is not finished with any but the newest key`() throws {
        let old = try KeyFile.create(at: path, random: SystemRandom())
        let keys = try (0..<2).map { _ in try leaveUnfinished() }
        NextKeyFile.finishInterrupted(at: path, keys[0].equals)
        #expect(try KeyFile.read(at: path).equals(old))
        NextKeyFile.finishInterrupted(at: path, keys[1].equals)
        #expect(try KeyFile.read(at: path).equals(keys[1]))
    }

    /// The new key did fit when somebody read it; then its rotation was taken back.
    @Test func `K-13: is not finished when the store has its old key again`() throws {
        let old = try KeyFile.create(at: path, random: SystemRandom())
        let new = try leaveUnfinished()
        #expect(try KeyFile.read(at: path, fits: new.equals).equals(new))
        #expect(try KeyFile.read(at: path).equals(old), "reading changes nothing")
        ConfiguredKey(.file(path: path)).finishRotation(old.equals)
        #expect(try KeyFile.read(at: path).equals(old))
        #expect(isThere(next))
    }

    @Test func `is as before when the rotation is taken back, whatever an earlier one left`() throws
    {
        let old = try KeyFile.create(at: path, random: SystemRandom())
        let interrupted = try leaveUnfinished()
        let staged = try ConfiguredKey(.file(path: path)).stage(.file(path: path))
        staged.discard()
        let new = staged.root.secret
        #expect(failure { _ = try KeyFile.read(at: path, fits: new.equals) }?.code == .keyWrong)
        #expect(try KeyFile.read(at: path, fits: interrupted.equals).equals(interrupted))
        #expect(try KeyFile.read(at: path).equals(old))
    }

    @Test func `is given by one rotation at a time`() throws {
        try KeyFile.create(at: path, random: SystemRandom())
        let first = try ConfiguredKey(.file(path: path)).stage(.file(path: path))
        let second = failure { _ = try ConfiguredKey(.file(path: path)).stage(.file(path: path)) }
        #expect(second?.code == .busy)
        // Who opens the store meanwhile uses the key and leaves the last step to its owner.
        let key = first.root.secret
        try expectFound(key)
        #expect(isThere(next))
        try first.finish(for: [])
        #expect(!isThere(next))
    }

    @Test func `survives a line that a killed process left incomplete`() throws {
        let old = try KeyFile.create(at: path, random: SystemRandom())
        try write("sesame-key-1 AAAA", to: next)
        #expect(try KeyFile.read(at: path, fits: old.equals).equals(old))
        let new = try leaveUnfinished()
        #expect(try KeyFile.read(at: path, fits: new.equals).equals(new))
    }

    @Test(arguments: ["mode", "symbolic link", "hard link", "FIFO", "folder"])
    func `K-5, K-6: is not taken from what others may have put beside it`(kind: String) throws {
        try KeyFile.create(at: path, random: SystemRandom())
        let new = try leaveUnfinished()
        try spoil(next, kind)
        #expect(
            failure { _ = try KeyFile.read(at: path, fits: new.equals) }?.code == .keyUnreadable)
        #expect(
            failure { _ = try ConfiguredKey(.file(path: path)).stage(.file(path: path)) }?.code
                == .unwritable)
    }

    @Test func `never replaces a file that is not this store's`() throws {
        let other = try KeyFile.create(at: path, random: SystemRandom())
        let error = failure { _ = try ConfiguredKey(.passphrase).stage(.file(path: path)) }
        #expect(error?.code == .usage)
        #expect(error?.message.contains("Move it away") == true)
        #expect(try KeyFile.read(at: path).equals(other))
    }

    /// As a process does that opens the store, which is sealed under this key.
    private func expectFound(_ key: Secret) throws {
        #expect(try KeyFile.read(at: path, fits: key.equals).equals(key))
        ConfiguredKey(.file(path: path)).finishRotation(key.equals)
    }

    /// A key that is staged, and whose process ends.
    private func leaveUnfinished() throws -> Secret {
        try ConfiguredKey(.file(path: path)).stage(.file(path: path)).root.secret
    }

    private func isThere(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }
}
