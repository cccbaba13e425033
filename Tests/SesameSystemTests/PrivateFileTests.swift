import Glibc
import SesameSecrets
import SesameSystem
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
