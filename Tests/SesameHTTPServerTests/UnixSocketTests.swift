import Glibc
import SesameHTTPServer
import SesameSystem
import TestSupport
import Testing

@Suite final class `A UNIX socket` {
    private let folder: String
    private var path: String { "\(folder)/s" }

    init() throws {
        var template = Array("/tmp/sesame-socket-XXXXXX".utf8CString)
        folder = try #require(unsafe mkdtemp(&template).map { unsafe String(cString: $0) })
    }

    deinit {
        for name in ["s", "s.lock", "other"] { unsafe unlink("\(folder)/\(name)") }
        unsafe rmdir(folder)
    }

    @Test func `names its peer and is ours alone`() async throws {
        let server = try HTTPServer(handler: echo)
        try server.listen(unixSocket: path)
        var status = stat()
        #expect(unsafe lstat(path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        let client = try RawSocket(path: path)
        client.send("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n")
        let peer = Peer.process(pid: getpid(), uid: getuid(), gid: getgid())
        #expect(try await offPool { try client.receiveAnswer() }.text == "GET /echo \(peer)")
        await server.stop()
        #expect(unsafe access(path, F_OK) != 0)
    }

    @Test func `A-2: is refused in a folder that others can enter`() throws {
        unsafe chmod(folder, 0o755)
        let server = try HTTPServer(handler: echo)
        let error = #expect(throws: SystemError.self) { try server.listen(unixSocket: path) }
        #expect(error?.code == EPERM)
    }

    @Test func `A-2: is refused behind a symbolic link`() throws {
        let link = "\(folder)-link"
        unsafe symlink(folder, link)
        defer { unsafe unlink(link) }
        let server = try HTTPServer(handler: echo)
        let error = #expect(throws: SystemError.self) { try server.listen(unixSocket: "\(link)/s") }
        #expect(error?.code == EPERM)
    }

    @Test func `A-2: is refused in another user's folder`() throws {
        guard geteuid() == 0 else { try Test.cancel("only root can give a folder away") }
        try #require(unsafe chown(folder, 65534, 65534) == 0)
        let server = try HTTPServer(handler: echo)
        let error = #expect(throws: SystemError.self) { try server.listen(unixSocket: path) }
        #expect(error?.code == EPERM)
    }

    /// Neither the link is removed nor what it leads to.
    @Test(arguments: ["s", "s.lock"])
    func `A-2: is refused where a symbolic link has its name or its lock's`(name: String) throws {
        let other = "\(folder)/other"
        close(unsafe creat(other, 0o644))
        unsafe symlink(other, "\(folder)/\(name)")
        let server = try HTTPServer(handler: echo)
        let error = #expect(throws: SystemError.self) { try server.listen(unixSocket: path) }
        #expect(error?.code == (name == "s" ? EEXIST : ELOOP))
        var status = stat()
        #expect(unsafe lstat("\(folder)/\(name)", &status) == 0)
        #expect(status.st_mode & S_IFMT == S_IFLNK)
        #expect(unsafe lstat(other, &status) == 0 && status.st_mode & 0o777 == 0o644)
    }

    @Test func `A-3: is not taken from a server that runs`() async throws {
        let (first, second) = (try HTTPServer(handler: echo), try HTTPServer(handler: echo))
        try first.listen(unixSocket: path)
        let error = #expect(throws: SystemError.self) { try second.listen(unixSocket: path) }
        #expect(error?.code == EADDRINUSE)
        #expect((try? RawSocket(path: path)) != nil)
        await first.stop()
        try second.listen(unixSocket: path)
    }

    @Test func `A-3: replaces one that was left behind`() async throws {
        let dead = try HTTPServer(handler: echo)
        try dead.listen(unixSocket: path)
        unsafe rename(path, "\(path).kept")
        await dead.stop()
        unsafe rename("\(path).kept", path)
        #expect((try? RawSocket(path: path)) == nil)
        let server = try HTTPServer(handler: echo)
        try server.listen(unixSocket: path)
        #expect((try? RawSocket(path: path)) != nil)
    }

    @Test func `A-3: another file of that name is left alone`() throws {
        close(unsafe creat(path, 0o600))
        let server = try HTTPServer(handler: echo)
        let error = #expect(throws: SystemError.self) { try server.listen(unixSocket: path) }
        #expect(error?.code == EEXIST)
        #expect(unsafe access(path, F_OK) == 0)
    }

    @Test func `A-3: a name that is another's by now is not removed`() async throws {
        let server = try HTTPServer(handler: echo)
        try server.listen(unixSocket: path)
        unsafe unlink(path)
        close(unsafe creat(path, 0o600))
        await server.stop()
        #expect(unsafe access(path, F_OK) == 0)
    }
}
