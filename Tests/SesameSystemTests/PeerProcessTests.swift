import Glibc
import SesameSystem
import TestSupport
import Testing

@testable import SesameSystem

@Suite struct `A process at the other end` {
    @Test func `is known by its program and its groups`() throws {
        let process = try #require(PeerProcess(pid: getpid(), connected: SystemTime().uptime))
        let program = try #require(process.executable)
        #expect(program.hasPrefix("/"))
        var groups = [gid_t](repeating: 0, count: 256)
        let count = unsafe getgroups(256, &groups)
        #expect(
            process.groups.sorted() == groups.prefix(Int(max(0, count))).map { UInt32($0) }.sorted()
        )
    }

    @Test func `is nobody when it began after the connection: its number belonged to another`() {
        #expect(PeerProcess(pid: getpid(), connected: .zero) == nil)
    }

    @Test func `is nobody when it is gone, or has no number`() throws {
        // Its number is not given again so soon.
        let shell = try ChildProcess.run("/bin/sh", ["-c", "echo $$"])
        let gone = try #require(Int32(shell.output.dropLast()))
        #expect(PeerProcess(pid: gone, connected: SystemTime().uptime) == nil)
        #expect(PeerProcess(pid: 0, connected: SystemTime().uptime) == nil)
    }

    @Test func `is nobody where proc hides it`() {
        let folder = TemporaryFolder()
        #expect(
            PeerProcess(pid: getpid(), connected: SystemTime().uptime, proc: folder.path) == nil)
    }

    @Test(arguments: [
        ("0::/system.slice/web.service\n", "web.service", nil),
        ("0::/system.slice/system-db.slice/db@main.service/worker\n", "db@main.service", nil),
        ("0::/user.slice/user-1000.slice/session-3.scope\n", "session-3.scope", nil),
        (
            "0::/user.slice/user-1000.slice/user@1000.service/app.slice/sync.service\n",
            "user@1000.service", "sync.service"
        ),
        ("12:cpu:/x\n1:name=systemd:/system.slice/_cpu.service\n0::/\n", "cpu.service", nil),
        ("0::/../../system.slice/web.service\n", nil, nil),
        ("0::/docker/4f1a\n", nil, nil), ("0::/\n", nil, nil), ("", nil, nil),
        ("0::/web.service.slice/evil\n", nil, nil),
    ])
    func `is in the unit that its control group names`(
        text: String, unit: String?, userUnit: String?
    ) {
        let units = PeerProcess.units(inCgroups: text)
        #expect(units.system == unit)
        #expect(units.user == userUnit)
    }
}
