import CLinux
import Glibc
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@Suite struct `A file that others may read` {
    private let folder = TemporaryFolder()
    private func file(_ mode: UInt32, owner: UInt32? = nil, group: UInt32? = nil) -> SharedFile {
        SharedFile(
            path: folder.file("token"),
            permissions: FilePermissions(mode: mode, owner: owner, group: group))
    }

    private func write(_ file: SharedFile, _ text: String) throws {
        let draft = try file.draft(Secret(utf8: text))
        try draft.replace()
    }

    private func status(_ path: String) throws -> clinux_status {
        var status = clinux_status()
        try #require(unsafe clinux_lstat(path, &status) == 0)
        return status
    }

    @Test(arguments: [0o600, 0o640, 0o400, 0o440] as [UInt32])
    func `has its mode whatever the umask`(mode: UInt32) throws {
        let file = file(mode, group: getegid())
        try write(file, "one")
        try write(file, "two")
        #expect(try status(file.path).mode & 0o7777 == mode)
        #expect(file.holds { $0.equals(Secret(utf8: "two")) })
        #expect(!file.holds { $0.equals(Secret(utf8: "one")) })
        #expect(PrivateFile.names(in: folder.path).sorted() == [".", "..", "token"])
    }

    @Test func `is its reader's where the process may give it away`() throws {
        guard geteuid() == 0 else { try Test.cancel("only root can give a file to somebody") }
        let file = file(0o640, owner: 4711, group: 4712)
        try write(file, "one")
        let status = try status(file.path)
        #expect(status.owner == 4711 && status.group == 4712 && status.mode & 0o7777 == 0o640)
        #expect(file.holds { _ in true })
        #expect(!self.file(0o640, owner: 4711, group: 4713).holds { _ in true })
        try write(file, "two")
        #expect(try file.remove { $0.equals(Secret(utf8: "two")) })
    }

    @Test func `takes the group of its folder where it names none`() throws {
        guard geteuid() == 0 else { try Test.cancel("only root can give a folder to a group") }
        try #require(unsafe chown(folder.path, 0, 4712) == 0)
        try #require(unsafe chmod(folder.path, 0o2750) == 0)
        try write(file(0o640), "one")
        #expect(try status(folder.file("token")).group == 4712)
    }

    @Test(arguments: [0o640, 0o440] as [UInt32])
    func `is for no group that nobody has named`(mode: UInt32) {
        #expect(throws: PrivateFile.Failure.self) { try write(file(mode), "one") }
        #expect(unsafe access(folder.file("token"), F_OK) != 0)
    }

    /// A reader looks all the time, on a thread of its own, while the file is replaced a thousand times.
    @Test func `is never seen before it is complete`() async throws {
        let ends = Locked(false)
        let hasBegun = Locked(false)
        let file = file(0o640, group: getegid())
        let path = file.path
        try write(file, String(repeating: "0", count: 5000))
        async let seen: (reads: Int, wrong: Int) = offPool {
            var (reads, wrong) = (0, 0)
            while !ends.withLock({ $0 }) {
                let text = try PrivateFile.readShared(path, limit: 1 << 20)
                    .dangerouslyRevealedText()
                reads += 1
                hasBegun.withLock { $0 = true }
                if text.utf8.count != 5000 || Set(text.utf8).count != 1 { wrong += 1 }
            }
            return (reads, wrong)
        }
        while !hasBegun.withLock({ $0 }) { await Task.yield() }
        for number in 0..<1000 {
            try write(file, String(repeating: "\(number % 10)", count: 5000))
        }
        ends.withLock { $0 = true }
        let (reads, wrong) = try await seen
        #expect(reads > 1 && wrong == 0, "\(wrong) of \(reads)")
    }

    @Test func `takes the place of a symbolic link, and leaves alone what that named`() throws {
        let other = folder.file("other")
        try PrivateFile.create(other, Secret(utf8: "mine"))
        try #require(unsafe symlink(other, folder.file("token")) == 0)
        let file = file(0o600)
        #expect(!file.holds { _ in true })
        #expect(try !file.remove { _ in true })
        try write(file, "token")
        #expect(try status(file.path).mode & UInt32(S_IFMT) == UInt32(S_IFREG))
        #expect(
            try PrivateFile.read(other, limit: 100).dangerouslyRevealedText() == "mine")
    }

    @Test(arguments: [0o777, 0o775, 0o1777] as [UInt32])
    func `is not written where others may write`(mode: UInt32) throws {
        try #require(unsafe chmod(folder.path, mode) == 0)
        do throws(PrivateFile.Failure) {
            try file(0o600).draft(Secret(utf8: "token")).discard()
            Issue.record("it was written")
        } catch {
            #expect("\(error)".contains("can be written by others"))
        }
        #expect(unsafe access(folder.file("token"), F_OK) != 0)
    }

    @Test func `is not written into a folder of somebody else`() throws {
        guard geteuid() == 0 else { try Test.cancel("only root can make such a folder") }
        try #require(unsafe chown(folder.path, 4711, 4711) == 0)
        do throws(PrivateFile.Failure) {
            try file(0o600).draft(Secret(utf8: "token")).discard()
            Issue.record("it was written")
        } catch {
            #expect("\(error)".contains("belongs to another user"))
        }
    }

    @Test func `loses what a killed writer has left beside it`() throws {
        let file = file(0o640, group: getegid())
        let left = folder.file("token.sesame-draft-99-1")
        try PrivateFile.create(left, Secret(utf8: "part"))
        try #require(unsafe chmod(left, 0o640) == 0)
        try write(file, "token")
        #expect(unsafe access(left, F_OK) != 0)
    }

    @Test func `keeps its old contents when the disk is full, and leaves no part of the new`()
        throws
    {
        guard geteuid() == 0 else { try Test.cancel("only root can mount a small disk") }
        let disk = folder.file("disk")
        try #require(unsafe mkdir(disk, 0o700) == 0)
        try #require(unsafe mount("tmpfs", disk, "tmpfs", 0, "size=64k,mode=0700") == 0)
        defer { unsafe umount2(disk, Int32(MNT_DETACH)) }
        let file = SharedFile(path: disk + "/token", permissions: .ownerOnly)
        try write(file, "token")
        #expect(throws: PrivateFile.Failure.self) {
            try file.draft(Secret(utf8: String(repeating: "x", count: 200_000))).discard()
        }
        #expect(file.holds { $0.equals(Secret(utf8: "token")) })
        #expect(PrivateFile.names(in: disk).sorted() == [".", "..", "token"])
    }

    @Test func `is removed only while it is what it was`() throws {
        let file = file(0o600)
        try write(file, "token")
        #expect(try !file.remove { $0.equals(Secret(utf8: "other")) })
        #expect(unsafe access(file.path, F_OK) == 0)
        #expect(try file.remove { $0.equals(Secret(utf8: "token")) })
        #expect(unsafe access(file.path, F_OK) != 0)
        #expect(try !file.remove { _ in true })
    }
}
