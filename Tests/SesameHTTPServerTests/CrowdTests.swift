import Glibc
import SesameHTTPServer
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@testable import SesameHTTPServer

/// Clients that hold a connection and let nothing go on.
private enum StuckClient: CaseIterable {
    case silent
    case halfHead
    case halfBody
    case neverReads
    case handlerWithoutEnd

    var bytes: String {
        switch self {
        case .silent: ""
        case .halfHead: "GET /echo HTTP/1.1\r\nHo"
        case .halfBody: "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\nhalf"
        case .neverReads: "GET /large HTTP/1.1\r\nHost: x\r\n\r\n"
        case .handlerWithoutEnd: "GET /held HTTP/1.1\r\nHost: x\r\n\r\n"
        }
    }
}

@Suite struct `A server with many clients` {
    private static let get = "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n"

    /// What is asserted is not how fast the answer comes, but that it comes while all the others have
    /// their connections still.
    @Test func `A-4: answers a good one while two hundred are stuck`() async throws {
        let (released, release) = AsyncStream<Void>.makeStream()
        let arrived = Locked(0)
        var limits = ServerLimits()
        limits.connections = 256
        limits.requestDeadline = .seconds(600)
        limits.writeDeadline = .seconds(600)
        let server = try HTTPServer(limits: limits) { request in
            arrived.withLock { $0 += 1 }
            switch request.path {
            case "/large":
                return ServerResponse(
                    status: 200, body: Secret(copying: [UInt8](repeating: 0x61, count: 300_000)))
            case "/held":
                for await _ in released { break }
                return ServerResponse(status: 200)
            default: return await echo(request)
            }
        }
        let folder = TemporaryFolder()
        let path = folder.file("s")
        try server.listen(unixSocket: path)
        try await offPool {
            let stuck = try (0..<200).map { number in
                let client = try RawSocket(path: path)
                client.send(StuckClient.allCases[number % StuckClient.allCases.count].bytes)
                return client
            }
            let good = try RawSocket(path: path)
            for _ in 1...3 {
                good.send(Self.get)
                #expect(try good.receiveAnswer().status == 200)
            }
            #expect(arrived.withLock { $0 } == 83, "80 that never end, and three good ones")
            release.finish()
            for (number, client) in stuck.enumerated() {
                switch StuckClient.allCases[number % StuckClient.allCases.count] {
                case .silent: client.send(Self.get)
                case .halfHead: client.send("st: x\r\n\r\n")
                case .halfBody: client.send([UInt8](repeating: 0x61, count: 60_000 - 4))
                case .neverReads, .handlerWithoutEnd: break
                }
                #expect(try client.receiveAnswer().status == 200, "client \(number)")
            }
        }
    }

    /// Eight clients of a server that keeps one mebibyte send more than that, and end nothing.
    @Test func `A-4: keeps no more than its limit, and cuts off who holds most`() async throws {
        var limits = ServerLimits()
        limits.heldBytes = 1 << 20
        limits.bodyBytes = 1 << 20
        let echo = try EchoServer(limits: limits)
        let (statuses, good) = try await offPool {
            let hungry = try (0..<8).map { _ in
                let client = try echo.connect()
                client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 400000\r\n\r\n")
                client.send([UInt8](repeating: 0x61, count: 300_000))
                return client
            }
            let good = try echo.connect()
            good.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\ngo")
            good.send("od")
            let answer = try good.receiveAnswer().text
            let statuses = try hungry.map { client in
                client.send([UInt8](repeating: 0x61, count: 100_000))
                return try client.receiveAnswer().status
            }
            return (statuses, answer)
        }
        #expect(good == "good")
        #expect(statuses.count { $0 == 200 } >= 1)
        #expect(statuses.count { $0 == 503 } >= 5)
        #expect(statuses.allSatisfy { $0 == 200 || $0 == 503 })
    }

    /// Six ask for answers that are more than the server keeps in all, and take nothing of them.
    @Test func `A-4: cuts off who takes no answer before it keeps too much`() async throws {
        var limits = ServerLimits()
        limits.heldBytes = 2 << 20
        limits.writeDeadline = .seconds(600)
        let large = Secret(copying: [UInt8](repeating: 0x61, count: 1 << 20))
        let server = try HTTPServer(limits: limits) { request in
            request.path == "/large"
                ? ServerResponse(status: 200, body: large) : await echo(request)
        }
        let folder = TemporaryFolder()
        let path = folder.file("s")
        try server.listen(unixSocket: path)
        let (whole, good) = try await offPool {
            let greedy = try (0..<6).map { _ in
                let client = try RawSocket(path: path)
                client.send("GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                return client
            }
            let good = try RawSocket(path: path)
            good.send(Self.get)
            let status = try good.receiveAnswer().status
            return (greedy.count { ((try? $0.receiveAll()) ?? "").utf8.count > 1 << 20 }, status)
        }
        #expect(good == 200)
        #expect(whole == 1, "two do not fit, with their heads")
    }

    /// A client that goes need not be answered, whether it has sent more meanwhile or not.
    @Test(.timeLimit(.minutes(10)), arguments: ["", "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n"])
    func `notices that a client hangs up while its handler runs`(more: String) async throws {
        let (started, start) = AsyncStream<Void>.makeStream()
        let (endless, never) = AsyncStream<Void>.makeStream()
        let (ended, end) = AsyncStream<Void>.makeStream()
        let server = try HTTPServer { _ in
            start.yield()
            // It ends when the task is cancelled.
            for await _ in endless {}
            end.yield()
            return ServerResponse(status: 200)
        }
        let folder = TemporaryFolder()
        let path = folder.file("s")
        try server.listen(unixSocket: path)
        do {
            let client = try RawSocket(path: path)
            client.send(Self.get)
            for await _ in started { break }
            client.send(more)
        }
        var isNoticed = false
        for await _ in ended {
            isNoticed = true
            break
        }
        never.finish()
        #expect(isNoticed)
        await server.waitUntilIdle()
    }

    /// A thousand requests that are under way at once: none is answered before the last has come.
    @Test func `holds a thousand requests at once`() async throws {
        try #require(allowDescriptors(3000), "this system gives no 3,000 descriptors")
        let (arrivals, arrival) = AsyncStream<Void>.makeStream()
        let gate = Gate()
        var limits = ServerLimits()
        limits.connections = 1000
        let server = try HTTPServer(limits: limits) { _ in
            arrival.yield()
            await gate.pass()
            return ServerResponse(status: 204)
        }
        let folder = TemporaryFolder()
        let path = folder.file("s")
        try server.listen(unixSocket: path)
        let clients = try await offPool {
            try (0..<1000).map { _ in
                let client = try RawSocket(path: path)
                client.send(Self.get)
                return client
            }
        }
        var count = 0
        for await _ in arrivals {
            count += 1
            if count == 1000 { break }
        }
        await gate.open()
        let statuses = try await offPool { try clients.map { try $0.receiveAnswer().status } }
        #expect(statuses == Array(repeating: 204, count: 1000))
    }

    /// It is not looked at anew with each byte, which would take the square of its length; its end is
    /// seen all the same.
    @Test func `A-4: reads a long head that comes byte by byte`() async throws {
        let echo = try EchoServer()
        let value = String(repeating: "a", count: 12_000)
        let status = try await offPool {
            let client = try echo.connect()
            for byte in Array("GET /echo HTTP/1.1\r\nHost: x\r\nA: \(value)\r\n\r\n".utf8) {
                client.send([byte])
            }
            return try client.receiveAnswer().status
        }
        #expect(status == 200)
    }
}

@Suite struct `The share of a user` {
    private func peer(_ uid: uid_t) -> Peer { .process(pid: 1, uid: uid, gid: 1) }

    @Test func `A-5: is small for one other user, and leaves the owner most`() {
        var limits = ServerLimits()
        limits.connections = 160
        var shares = ConnectionShares(limits)
        let stranger = geteuid() + 1
        #expect((0..<100).count { _ in shares.take(peer(stranger)) } == 10)
        let crowd = (2...100).map { geteuid() + uid_t($0) }
        #expect(crowd.count { shares.take(peer($0)) } == 30, "40 of all strangers")
        #expect((0..<1000).allSatisfy { _ in shares.take(peer(geteuid())) })
        shares.giveBack(peer(stranger))
        #expect((0..<2).map { _ in shares.take(peer(stranger)) } == [true, false])
    }

    @Test(arguments: [(24, 12), (64, 32), (128, 64), (1024, 960), (8192, 8128), (1, 1)])
    func `leaves descriptors for the program's own work`(descriptors: Int, connections: Int) {
        #expect(ServerLimits.connections(ofDescriptors: descriptors) == connections)
    }
}

/// Where tasks wait until it is opened.
private actor Gate {
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private var isOpen = false

    func pass() async {
        if !isOpen { await withCheckedContinuation { waiting.append($0) } }
    }

    func open() {
        isOpen = true
        for continuation in waiting { continuation.resume() }
        waiting = []
    }
}

/// Raises this process's limit where it is lower.
private func allowDescriptors(_ count: UInt) -> Bool {
    let descriptors = __rlimit_resource_t(7)
    var limit = rlimit()
    unsafe getrlimit(descriptors, &limit)
    if limit.rlim_cur >= count { return true }
    var raised = rlimit(rlim_cur: min(count, limit.rlim_max), rlim_max: limit.rlim_max)
    return unsafe setrlimit(descriptors, &raised) == 0 && raised.rlim_cur >= count
}
