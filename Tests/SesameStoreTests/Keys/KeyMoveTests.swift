import Glibc
import SesameCrypto
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@testable import SesameStore

@Suite struct `A key that moves to another file` {
    private let folder = TemporaryFolder()
    private var old: String { folder.file("old") }
    private var new: String { folder.file("new") }

    @Test func `stands in the new file alone when the move is finished`() throws {
        let before = try KeyFile.create(at: old, random: SystemRandom())
        let staged = try stage()
        #expect(!isThere(new))
        try staged.finish(for: [])
        #expect(try KeyFile.read(at: new).equals(staged.root.secret))
        #expect(try KeyFile.read(at: old).equals(before))
        #expect(!isThere(old + ".next") && !isThere(new + ".next"))
    }

    /// The process ends after the store has taken the key, and before the configuration is written.
    @Test func `K-13: is found at the old place while the configuration names that one`() throws {
        try KeyFile.create(at: old, random: SystemRandom())
        let key = try stage().root.secret
        #expect(try KeyFile.read(at: old, fits: key.equals).equals(key))
        ConfiguredKey(.file(path: old)).finishRotation(key.equals)
        #expect(try KeyFile.read(at: old).equals(key))
    }

    /// The process ends after the configuration is written, and before the files are put in place.
    @Test func `K-13: is found at the new place once the configuration names it`() throws {
        try KeyFile.create(at: old, random: SystemRandom())
        let key = try stage().root.secret
        #expect(try KeyFile.read(at: new, fits: key.equals).equals(key))
        ConfiguredKey(.file(path: new)).finishRotation(key.equals)
        #expect(try KeyFile.read(at: new).equals(key))
    }

    @Test func `leaves no trace at either place when the move is taken back`() throws {
        let before = try KeyFile.create(at: old, random: SystemRandom())
        try stage().discard()
        #expect(try KeyFile.read(at: old).equals(before))
        #expect(!isThere(new) && !isThere(old + ".next") && !isThere(new + ".next"))
    }

    @Test func `keeps other rotations of either file waiting`() throws {
        try KeyFile.create(at: old, random: SystemRandom())
        let staged = try stage()
        for path in [old, new] {
            let error = failure {
                _ = try ConfiguredKey(.file(path: path)).stage(.file(path: path))
            }
            #expect(error?.code == .busy)
        }
        try staged.finish(for: [])
    }

    /// The reader has seen the old key, and finds nothing beside the file any more.
    @Test func `is found by who looks while a rotation ends`() throws {
        let before = try KeyFile.create(at: old, random: SystemRandom())
        let staged = try ConfiguredKey(.file(path: old)).stage(.file(path: old))
        let found = try KeyFile.read(at: old) { candidate in
            if candidate.equals(before) {
                #expect(throws: Never.self) { try staged.finish(for: []) }
            }
            return candidate.equals(staged.root.secret)
        }
        #expect(found.equals(staged.root.secret))
    }

    /// Where the returned value is dropped at once, as by a process that ends, the key stays.
    private func stage() throws -> StagedKey {
        try ConfiguredKey(.file(path: old)).stage(.file(path: new))
    }

    private func isThere(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }
}
