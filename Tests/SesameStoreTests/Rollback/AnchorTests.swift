import Glibc
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@testable import SesameStore

@Suite struct `A rollback anchor` {
    private let folder = TemporaryFolder()
    private let mark = HighWaterMark(storeID: Array(1...16), counter: 42)

    @Test func `in a file remembers the last mark, for its owner only`() throws {
        let anchor = StoreAnchor(FileMemory(at: folder.file("anchor")))
        #expect(anchor.read() == nil)
        anchor.write(mark)
        anchor.write(HighWaterMark(storeID: mark.storeID, counter: 43))
        #expect(anchor.read() == HighWaterMark(storeID: mark.storeID, counter: 43))
        let text = try PrivateFile.read(folder.file("anchor"), limit: 256).dangerouslyRevealedText()
        #expect(text == "1 0102030405060708090a0b0c0d0e0f10 43")
    }

    /// Who committed first may remember last.
    @Test func `is never lowered by who comes late`() {
        let anchor = MemoryAnchor()
        var (slow, fast) = (watch(anchor), watch(anchor))
        slow.remember(mark)
        fast.remember(HighWaterMark(storeID: mark.storeID, counter: 44))
        slow.remember(HighWaterMark(storeID: mark.storeID, counter: 43))
        #expect(anchor.read()?.counter == 44)
    }

    /// One whose file was exchanged goes on in the old one, as long as it does not look.
    @Test func `is left to the store that has taken the place of another`() {
        let anchor = MemoryAnchor()
        var old = watch(anchor)
        old.remember(mark)
        var new = watch(anchor)
        let other = HighWaterMark(storeID: Array(2...17), counter: 5)
        new.remember(other)
        #expect(anchor.read() == other)
        old.remember(HighWaterMark(storeID: mark.storeID, counter: 50))
        #expect(anchor.read() == other)
    }

    private func watch(_ anchor: MemoryAnchor) -> RollbackWatch {
        RollbackWatch(anchor, folder: folder.path) { _ in }
    }

    @Test(.enabled(if: KernelKeyring.isAvailable, "there is no kernel keyring here"))
    func `in the kernel's keyring remembers the last mark, one for each store`() {
        let (first, second) = (keyringAnchor("a.db"), keyringAnchor("b.db"))
        #expect(first.anchor.read() == nil)
        first.anchor.write(mark)
        #expect(first.anchor.read() == mark)
        #expect(second.anchor.read() == nil)
        let other = HighWaterMark(storeID: Array(2...17), counter: 1)
        first.anchor.write(other)
        #expect(first.anchor.read() == other)
    }

    @Test(arguments: [
        "", "1", "garbage", "1 0102030405060708090a0b0c0d0e0f10 ",
        "2 0102030405060708090a0b0c0d0e0f10 42", "1 0102030405060708090a0b0c0d0e0f 42",
        "1 0102030405060708090A0B0C0D0E0F10 42", "1 0102030405060708090a0b0c0d0e0f10 042",
        "1 0102030405060708090a0b0c0d0e0f10 +42", "1 0102030405060708090a0b0c0d0e0f10 -1",
        "1 0102030405060708090a0b0c0d0e0f10 9223372036854775808",
        "1 0102030405060708090a0b0c0d0e0f10 42 7", "1 é02030405060708090a0b0c0d0e0f10 42",
        "1 0102030405060708090a0b0c0d0e0f10 42\n", "\u{0}",
    ])
    func `that holds anything else remembers nothing`(contents: String) throws {
        #expect(HighWaterMark(mark.line) == mark)
        try PrivateFile.create(folder.file("anchor"), Secret(utf8: contents))
        #expect(StoreAnchor(FileMemory(at: folder.file("anchor"))).read() == nil)
    }

    @Test(arguments: ["mode", "symbolic link", "hard link", "FIFO", "folder"])
    func `K-5: in a file of another kind remembers nothing`(kind: String) throws {
        let anchor = StoreAnchor(FileMemory(at: folder.file("anchor")))
        anchor.write(mark)
        try spoil(folder.file("anchor"), kind)
        #expect(anchor.read() == nil)
    }

    @Test func `in a folder that cannot be written keeps nobody from working`() {
        let anchor = StoreAnchor(FileMemory(at: folder.file("nowhere/anchor")))
        anchor.write(mark)
        #expect(anchor.read() == nil)
    }

    @Test func `is the state folder of a service, unless the store lies in it`() {
        let state = TemporaryFolder()
        let environment = ["STATE_DIRECTORY": state.path + ":/elsewhere"]
        let apart = AnchorChoice.automatic.anchor(
            for: folder.file("store.db"), environment: environment)
        #expect(apart?.place.hasPrefix(state.file("sesame-anchor-")) == true)
        #expect(apart?.place.utf8.count == state.file("sesame-anchor-").utf8.count + 16)
        let within = AnchorChoice.automatic.anchor(
            for: state.file("store.db"), environment: environment)
        #expect(within?.place == "kernel keyring")
        let plain = AnchorChoice.automatic.anchor(for: folder.file("store.db"), environment: [:])
        #expect(plain?.place == "kernel keyring")
    }

    @Test func `is what the configuration says`() {
        let path = folder.file("store.db")
        #expect(AnchorChoice.off.anchor(for: path, environment: [:]) == nil)
        let environment = ["STATE_DIRECTORY": "/elsewhere"]
        let keyring = AnchorChoice.keyring.anchor(for: path, environment: environment)
        #expect(keyring?.place == "kernel keyring")
        let file = AnchorChoice.file(path: "/a/b").anchor(for: path, environment: environment)
        #expect(file?.place == "/a/b")
    }

    @Test func `is the same by whatever links the store is reached`() throws {
        let state = TemporaryFolder()
        try #require(unsafe symlink(folder.path, state.file("link")) == 0)
        let environment = ["STATE_DIRECTORY": state.path]
        let direct = AnchorChoice.automatic.anchor(
            for: folder.file("store.db"), environment: environment)
        let linked = AnchorChoice.automatic.anchor(
            for: state.file("link/store.db"), environment: environment)
        #expect(direct?.place == linked?.place)
    }

    /// The key goes with the returned value.
    private func keyringAnchor(_ name: String) -> (anchor: StoreAnchor, key: TemporaryKey) {
        let path = folder.file(name)
        let description = "sesame:anchor:\(path)"
        return (StoreAnchor(KeyringMemory(description)), TemporaryKey(description))
    }
}
