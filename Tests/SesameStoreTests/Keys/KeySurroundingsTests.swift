import Glibc
import SesameCrypto
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@testable import SesameStore

@Suite struct `The files of a key` {
    private let folder = TemporaryFolder()
    private var path: String { folder.file("new/key") }

    @Test(arguments: [mode_t(0o000), 0o022, 0o077])
    func `K-6: are for their owner only, whatever the umask`(mask: mode_t) async throws {
        let (path, anchor) = (path, folder.file("anchor"))
        let modes = try await offPool {
            // This thread alone gets another umask: the other tests keep theirs.
            try #require(leaveSharedUmask())
            umask(mask)
            let key = ConfiguredKey(.file(path: path))
            _ = try key.newSecret()
            var modes = [mode(of: PrivateFile.folder(of: path)), mode(of: path)]
            let staged = try key.stage(.file(path: path))
            modes.append(mode(of: path + ".next"))
            try staged.finish(for: [])
            modes.append(mode(of: path))
            StoreAnchor(FileMemory(at: anchor)).write(
                HighWaterMark(storeID: Array(1...16), counter: 1))
            return modes + [mode(of: anchor)]
        }
        #expect(modes == [0o700, 0o600, 0o600, 0o600, 0o600])
    }

    @Test(arguments: [mode_t(0o770), 0o707, 0o777, 0o1777])
    func `K-6: are not read from a folder in which others can replace them`(mode: mode_t) throws {
        let key = try ConfiguredKey(.file(path: path)).newSecret().secret
        unsafe chmod(folder.file("new"), mode)
        let error = failure { _ = try KeyFile.read(at: path, fits: key.equals) }
        #expect(error?.code == .keyUnreadable)
        #expect(error?.message.contains("chmod go-w") == true)
    }
}

@Suite struct `Without a keyring that takes a value` {
    private let id = TestStoreID()

    @Test func `an unlocked store stays so in this process, and says why`() {
        let endless = Secret(utf8: String(repeating: "x", count: 40_000))
        let remembrance = Remembrance(of: endless, for: id.bytes, seconds: 60, in: UnlockCache())
        guard case .process(let reason) = remembrance else {
            Issue.record("\(remembrance)")
            return
        }
        #expect(reason.contains("keyring"))
        #expect(UnlockCache().secret(for: id.bytes) == nil)
    }

    /// The kernel takes no name of more than 4095 bytes.
    @Test func `a rollback anchor remembers nothing and stops nobody`() {
        let anchor = StoreAnchor(KeyringMemory(String(repeating: "x", count: 5000)))
        anchor.write(HighWaterMark(storeID: Array(1...16), counter: 1))
        #expect(anchor.read() == nil)
    }
}

/// Gives the calling thread an umask of its own: unshare(2) with `CLONE_FS`, which Swift does not see.
private func leaveSharedUmask() -> Bool {
    guard let symbol = unsafe dlsym(nil, "unshare") else { return false }
    let unshare = unsafe unsafeBitCast(symbol, to: (@convention(c) (Int32) -> Int32).self)
    return unshare(0x200) == 0
}

/// The permissions of a file; nil when it is not there.
private func mode(of path: String) -> mode_t? {
    var status = stat()
    return unsafe lstat(path, &status) == 0 ? status.st_mode & 0o7777 : nil
}
