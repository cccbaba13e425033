import Glibc
import TestSupport
import Testing

/// The broker as a service: started, watched, told to read anew and stopped by a service manager.
@Suite struct `A broker as a service` {
    @Test func `says when it answers, reads anew and ends`() async throws {
        let sesame = Sesame()
        let socket = try NotificationSocket(sesame.folder.file("notify"))
        let broker = try start(sesame, socket)
        defer { broker.kill() }
        #expect(try await next(socket).first == "READY=1")
        #expect((try? RawSocket(path: sesame.socketPath)) != nil, "it answers when it says so")
        kill(broker.process, SIGHUP)
        #expect(try await next(socket).first == "RELOADING=1")
        #expect(try await next(socket) == ["READY=1"])
        broker.terminate()
        #expect(try await next(socket) == ["STOPPING=1"])
        let ended = try await offPool { try broker.wait() }
        #expect(ended.status == 0 && ended.errors.isEmpty, "\(ended.errors)")
    }

    @Test func `shows that it lives, as often as it is asked to`() async throws {
        let sesame = Sesame()
        let socket = try NotificationSocket(sesame.folder.file("notify"))
        let broker = try start(sesame, socket, ["WATCHDOG_USEC": "30000"])
        defer { broker.kill() }
        #expect(try await next(socket).first == "READY=1")
        for _ in 1...3 { #expect(try await next(socket) == ["WATCHDOG=1"]) }
    }

    @Test func `names a mistake in the configuration when it reads anew, and goes on`() async throws
    {
        let sesame = Sesame()
        let socket = try NotificationSocket(sesame.folder.file("notify"))
        let broker = try start(sesame, socket)
        defer { broker.kill() }
        _ = try await next(socket)
        try await sesame.shell("printf '[profile a]\\nclient_idd = x\\n' >config; chmod 600 config")
        kill(broker.process, SIGHUP)
        _ = try await next(socket)
        #expect(try await next(socket) == ["READY=1"])
        #expect((try? RawSocket(path: sesame.socketPath)) != nil)
        broker.terminate()
        let ended = try await offPool { try broker.wait() }
        #expect(ended.status == 0 && ended.errors.contains("line 2"), "\(ended.errors)")
    }

    @Test func `finishes a renewal that is under way when it reads anew`() async throws {
        let practice = try await Practice("strict")
        let sesame = practice.sesame
        let socket = try NotificationSocket(sesame.folder.file("notify"))
        let broker = try start(sesame, socket)
        defer { broker.kill() }
        _ = try await next(socket)
        try await practice.disturb(#"{"holds_answer":true}"#)
        let renewal = try sesame.start("token", "work", "--refresh")
        try await practice.waitUntilHeld()
        kill(broker.process, SIGHUP)
        for _ in 1...2 { _ = try await next(socket) }
        try await practice.release()
        let ended = try await offPool { try renewal.wait() }
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(try await sesame.run("token", "work") == ended.output)
        #expect(try await practice.log().count == 1)
    }

    /// The real tool: who connects before the broker runs is served once it does.
    @Test(
        .enabled(
            if: ForeignProgram.isExpected("systemd-socket-activate"),
            "systemd-socket-activate is not installed"))
    func `takes a socket that systemd hands over`() async throws {
        let sesame = Sesame()
        let path = sesame.socketPath
        let activation = try sesame.start(
            "systemd-socket-activate",
            [
                "--listen=\(path)", "--setenv=SESAME_HOME", "--setenv=HOME",
                BuiltPrograms.path(of: "sesamed"),
            ])
        defer { activation.kill() }
        try await eventually("systemd listens") { (try? RawSocket(path: path)) != nil }
        try await sesame.run("profiles")
        let client = try RawSocket(path: path)
        client.send("GET /v1/health HTTP/1.1\r\nHost: sesame\r\nConnection: close\r\n\r\n")
        let answer = try await offPool { try client.receiveAnswer() }
        #expect(answer.status == 200)
        activation.terminate()
        _ = try await offPool { try activation.wait() }
        #expect(unsafe access(path, F_OK) == 0, "the name is systemd's")
    }

    @Test func `refuses a socket that does not listen`() async throws {
        let sesame = Sesame()
        let ended = try await sesame.shell(
            """
            exec 3</dev/null; LISTEN_FDS=1 sh -c 'LISTEN_PID=$$ exec "$0"' \
              '\(BuiltPrograms.path(of: "sesamed"))'
            """)
        #expect(ended.status == 1 && ended.errors.contains("no UNIX stream socket"))
    }

    /// Tenths of what `systemd-analyze security` calls the exposure; 100 is the most.
    @Test(
        .enabled(
            if: ForeignProgram.isExpected("systemd-analyze"), "systemd-analyze is not installed"),
        arguments: [("system", 16), ("user", 67)])
    func `has units that systemd understands, and that forbid what is not needed`(
        kind: String, exposure: Int
    ) async throws {
        let sesame = Sesame()
        let made = try await sesame.shell(
            """
            set -e
            for unit in sesamed.socket sesamed.service; do
                sed 's|@BINDIR@|\(BuiltPrograms.folder)|' '\(Self.units)/\(kind)/'$unit >$unit
            done
            systemd-analyze verify --man=no ./sesamed.socket ./sesamed.service
            systemd-analyze security --offline=true --threshold=\(exposure) ./sesamed.service >report
            """)
        #expect(made.status == 0 && made.errors.isEmpty, "\(made.errors)")
    }

    private static let units =
        #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" } + "/docs/systemd"

    private func start(
        _ sesame: Sesame, _ socket: NotificationSocket, _ changes: [String: String] = [:]
    ) throws -> ChildProcess.Running {
        var environment = ChildProcess.plainEnvironment
        environment["SESAME_HOME"] = sesame.folder.path
        environment["HOME"] = sesame.folder.path
        environment["NOTIFY_SOCKET"] = socket.address
        return try ChildProcess.start(
            BuiltPrograms.path(of: "sesamed"), [],
            environment: environment.merging(changes) { $1 })
    }

    private func next(_ socket: NotificationSocket) async throws -> [String] {
        try await offPool { try socket.receive() }
    }
}
