import Glibc
import SesameCrypto
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@testable import SesameStore

@Suite struct `A key file` {
    @Test func `is one line of text that only its owner can read`() throws {
        let folder = TemporaryFolder()
        let key = try KeyFile.create(at: folder.file("key"), random: SeededRandom())
        let contents = try PrivateFile.read(folder.file("key"), limit: 4096)
        let encoded = key.withBytes { Base64URL.encode($0) }
        #expect(contents.dangerouslyRevealedText() == "sesame-key-1 \(encoded)\n")
        #expect(try KeyFile.read(at: folder.file("key")).equals(key))
    }

    @Test func `is never overwritten`() async throws {
        let folder = TemporaryFolder()
        let key = try KeyFile.create(at: folder.file("key"), random: SeededRandom("a"))
        let again = await code {
            try KeyFile.create(at: folder.file("key"), random: SeededRandom("b"))
        }
        #expect(again == .unwritable)
        #expect(try KeyFile.read(at: folder.file("key")).equals(key))
    }

    @Test func `that is gone is missing, not wrong`() async throws {
        let folder = TemporaryFolder()
        #expect(await code { _ = try KeyFile.read(at: folder.file("key")) } == .keyMissing)
    }

    @Test(arguments: ["mode", "symbolic link", "hard link", "FIFO", "folder"])
    func `is refused when others may read it or it is no plain file`(kind: String) async throws {
        let folder = TemporaryFolder()
        try KeyFile.create(at: folder.file("key"), random: SeededRandom())
        try spoil(folder.file("key"), kind)
        #expect(await code { _ = try KeyFile.read(at: folder.file("key")) } == .keyUnreadable)
    }

    @Test(arguments: [
        "", "\n", "sesame-key-1", "sesame-key-1 ", "sesame-key-1 AAAA\n",
        "sesame-key-2 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
        "sesame-key-1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        "sesame-key-1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB\n",
        "sesame-key-1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n\n",
        "sesame-key-1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
    ])
    func `with anything but one key is refused`(contents: String) async throws {
        let folder = TemporaryFolder()
        try PrivateFile.create(folder.file("key"), Secret(utf8: contents))
        #expect(await code { _ = try KeyFile.read(at: folder.file("key")) } == .keyUnreadable)
    }
}
