import CLinux
import Glibc
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@Suite struct `A private file` {
    private let folder: String

    init() throws {
        var template = Array("/tmp/sesame-private-XXXXXX".utf8CString)
        folder = try #require(
            unsafe template.withUnsafeMutableBufferPointer { buffer in
                unsafe buffer.baseAddress.flatMap { unsafe mkdtemp($0) }.map {
                    unsafe String(cString: $0)
                }
            })
    }

    private func path(_ name: String) -> String { "\(folder)/\(name)" }

    @Test func `is made with mode 0600 whatever the umask, and read back`() throws {
        try PrivateFile.create(path("key"), Secret(utf8: "content"))
        #expect(
            try PrivateFile.read(path("key"), limit: 100).dangerouslyRevealedText() == "content")
        var status = stat()
        #expect(unsafe stat(path("key"), &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
    }

    @Test func `is never overwritten by a new one`() throws {
        try PrivateFile.create(path("key"), Secret(utf8: "first"))
        #expect(throws: PrivateFile.Failure.self) {
            try PrivateFile.create(path("key"), Secret(utf8: "second"))
        }
        #expect(try PrivateFile.read(path("key"), limit: 100).dangerouslyRevealedText() == "first")
    }

    /// A reader on a thread of its own looks all the time, as another first command would.
    @Test func `is never seen before it is complete`() async throws {
        let contents = String(repeating: "x", count: 40_000)
        let ends = Locked(false)
        let path = path("key")
        async let seen: Set<Int> = offPool {
            var seen: Set<Int> = []
            while !ends.withLock({ $0 }) {
                if let read = try? PrivateFile.read(path, limit: 100_000) {
                    seen.insert(read.count)
                }
            }
            return seen
        }
        for _ in 0..<300 {
            try PrivateFile.create(path, Secret(utf8: contents))
            #expect(unsafe unlink(path) == 0)
        }
        ends.withLock { $0 = true }
        #expect(try await seen.isSubset(of: [contents.utf8.count]))
    }

    @Test func `is made beside what a killed writer left, which goes`() throws {
        try PrivateFile.create(path("key.sesame-draft-dead"), Secret(utf8: "par"))
        try PrivateFile.create(path("key.sesame-draft-living"), Secret(utf8: "par"))
        try PrivateFile.create(path("other.sesame-draft-dead"), Secret(utf8: "x"))
        // A person's own, of yesterday.
        try PrivateFile.create(path("key.new-1"), Secret(utf8: "x"))
        let writer = FileDescriptor(owning: unsafe open(path("key.sesame-draft-living"), O_RDONLY))
        try #require(clinux_lock(writer.number) == 0)
        try PrivateFile.create(path("key"), Secret(utf8: "content"))
        #expect(unsafe access(path("key.sesame-draft-dead"), F_OK) != 0)
        #expect(unsafe access(path("key.sesame-draft-living"), F_OK) == 0, "its writer is at work")
        #expect(unsafe access(path("other.sesame-draft-dead"), F_OK) == 0)
        #expect(unsafe access(path("key.new-1"), F_OK) == 0)
        #expect(reason(path("key")) == nil)
    }

    /// As on a file system where a file gets its name by a second one, and the process ends between.
    @Test func `loses the name of its draft when both are left`() throws {
        try PrivateFile.create(path("key"), Secret(utf8: "content"))
        #expect(unsafe link(path("key"), path("key.sesame-draft-dead")) == 0)
        #expect(reason(path("key"))?.contains("more than one name") == true)
        FileDraft.removeAbandoned(of: path("key"))
        #expect(reason(path("key")) == nil)
    }

    /// Others may open the folder, and lock it for as long as they like.
    @Test func `is changed under a lock that only its owner can take`() async throws {
        let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY)
        defer { close(descriptor) }
        try #require(clinux_lock(descriptor) == 0)
        let folder = folder
        try await offPool { withExtendedLifetime(PrivateFile.lock(folder: folder)) {} }
        var status = stat()
        // As it comes out of a copy of the folder.
        #expect(unsafe chmod(path(".sesame.lock"), 0o644) == 0)
        let held = PrivateFile.lock(folder: folder)
        let other = unsafe open(path(".sesame.lock"), O_RDONLY)
        #expect(clinux_lock(other) != 0, "it is taken")
        close(other)
        withExtendedLifetime(held) {}
        #expect(unsafe lstat(path(".sesame.lock"), &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        unsafe unlink(path(".sesame.lock"))
    }

    @Test func `leaves no draft behind when its name is taken`() throws {
        try PrivateFile.create(path("key"), Secret(utf8: "first"))
        try? PrivateFile.create(path("key"), Secret(utf8: "second"))
        try PrivateFile.replace(path("key"), Secret(utf8: "third"))
        guard let folder = unsafe opendir(folder) else {
            Issue.record("the folder cannot be read")
            return
        }
        defer { unsafe closedir(folder) }
        var entries = 0
        while unsafe (readdir(folder) != nil) { entries += 1 }
        #expect(entries == 3, "the file, and two for the folders")
    }

    @Test func `is replaced as a whole`() throws {
        try PrivateFile.create(path("key"), Secret(utf8: "first"))
        try PrivateFile.replace(path("key"), Secret(utf8: "second"))
        #expect(try PrivateFile.read(path("key"), limit: 100).dangerouslyRevealedText() == "second")
    }

    @Test func `is refused as a symbolic link`() throws {
        try PrivateFile.create(path("key"), Secret(utf8: "content"))
        #expect(unsafe symlink(path("key"), path("link")) == 0)
        #expect(reason(path("link"))?.contains("symbolic link") == true)
    }

    @Test func `is refused with a second name`() throws {
        try PrivateFile.create(path("key"), Secret(utf8: "content"))
        #expect(unsafe link(path("key"), path("twin")) == 0)
        #expect(reason(path("key"))?.contains("hard link") == true)
    }

    @Test(arguments: [mode_t(0o640), 0o604, 0o660, 0o620])
    func `is refused when others may touch it`(mode: mode_t) throws {
        try PrivateFile.create(path("key"), Secret(utf8: "content"))
        #expect(unsafe chmod(path("key"), mode) == 0)
        #expect(reason(path("key"))?.contains("chmod 600") == true)
    }

    @Test func `is refused when it is a FIFO, without waiting for a writer`() {
        #expect(unsafe mkfifo(path("pipe"), 0o600) == 0)
        #expect(reason(path("pipe"))?.contains("regular file") == true)
    }

    @Test func `is refused when it is longer than expected`() throws {
        try PrivateFile.create(path("key"), Secret(utf8: String(repeating: "x", count: 101)))
        #expect(throws: PrivateFile.Failure.self) { try PrivateFile.read(path("key"), limit: 100) }
    }

    private func reason(_ path: String) -> String? {
        do throws(PrivateFile.Failure) {
            _ = try PrivateFile.read(path, limit: 100)
            return nil
        } catch {
            return error.description
        }
    }
}
