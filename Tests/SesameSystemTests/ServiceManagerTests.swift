import Glibc
import SesameSystem
import TestSupport
import Testing

@Suite struct `A service manager` {
    private let folder = TemporaryFolder()

    @Test(arguments: [false, true])
    func `is told how things are, at a path or an abstract name`(isAbstract: Bool) async throws {
        let path = folder.file("notify")
        let socket = try NotificationSocket(isAbstract ? "@" + path : path)
        let manager = ServiceManager(environment: ["NOTIFY_SOCKET": socket.address])
        manager.tell(.ready, .status("answers\nREADY=1"))
        let ready = try socket.receive()
        #expect(ready.count == 2 && ready[0] == "READY=1", "a status is one line")
        #expect(ready[1].hasPrefix("STATUS=answers"))
        manager.tell(.reloading)
        let reloading = try socket.receive()
        #expect(reloading.first == "RELOADING=1" && reloading[1].hasPrefix("MONOTONIC_USEC="))
        manager.tell(.watchdog)
        manager.tell(.stopping)
        #expect(try socket.receive() + socket.receive() == ["WATCHDOG=1", "STOPPING=1"])
    }

    @Test(arguments: [
        "", "notify", "vsock:2:1", "/", "/no/such/socket", "/" + String(repeating: "x", count: 200),
    ])
    func `that cannot be reached is no trouble`(address: String) {
        ServiceManager(environment: ["NOTIFY_SOCKET": address]).tell(.ready)
    }

    /// The variables are inherited by children, for whom they are not.
    @Test func `gives sockets to the process that it names only`() throws {
        let given = { (changes: [String: String]) in
            let usual = ["LISTEN_PID": "7", "LISTEN_FDS": "2"]
            return ServiceManager(environment: usual.merging(changes) { $1 }, process: 7).sockets
        }
        #expect(given([:]) == [3, 4])
        #expect(given(["LISTEN_PID": "8"]).isEmpty)
        for count in ["0", "-1", "17", "9999999999999999999", "x", ""] {
            #expect(given(["LISTEN_FDS": count]).isEmpty, "\(count)")
        }
        #expect(ServiceManager(environment: ["LISTEN_FDS": "1"], process: 7).sockets.isEmpty)
    }

    @Test func `says how often it wants to hear of us`() {
        let interval = { (environment: [String: String]) in
            ServiceManager(environment: environment, process: 7).watchdogInterval
        }
        #expect(interval(["WATCHDOG_USEC": "3000000"]) == .seconds(3))
        #expect(interval(["WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "7"]) == .seconds(3))
        #expect(interval(["WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "8"]) == nil)
        for text in ["0", "-5", "x", "99999999999999999999"] {
            #expect(interval(["WATCHDOG_USEC": text]) == nil, "\(text)")
        }
    }
}
