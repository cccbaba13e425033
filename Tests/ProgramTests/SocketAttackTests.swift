import Glibc
import SesameSystem
import TestSupport
import Testing

/// Attacks on the built program by their numbers.
///
/// A-1 is with other users, A-2 is with the socket itself, A-4 with the server, A-5 with its descriptors.
@Suite struct `The socket of a broker that is attacked` {
    private static let health = "GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n"

    /// Each round leaves a socket behind that nobody serves.
    @Test func `A-3: is served by exactly one of two that start at once`() async throws {
        let sesame = Sesame()
        for round in 1...Torture.number(quick: 8, full: 1000) {
            let both = try (0..<2).map { _ in
                try sesame.start(BuiltPrograms.path(of: "sesamed"), [])
            }
            let loser = try await firstToEnd(both)
            #expect(loser.status == 1, "round \(round): \(loser.errors)")
            #expect(loser.errors.contains("another process serves"), "\(loser.errors)")
            try await eventually("the other one listens") {
                (try? RawSocket(path: sesame.socketPath)) != nil
            }
            let status = try await offPool {
                let client = try RawSocket(path: sesame.socketPath)
                client.send(Self.health)
                return try client.receiveAnswer().status
            }
            #expect(status == 200)
            for broker in both { broker.kill() }
        }
    }

    /// A broker that would not end is killed with its test.
    private func firstToEnd(
        _ brokers: [ChildProcess.Running]
    ) async throws -> ChildProcess.Finished {
        let (ends, end) = AsyncThrowingStream<ChildProcess.Finished, any Error>.makeStream()
        for broker in brokers {
            Task {
                do { end.yield(try await offPool { try broker.wait() }) } catch {
                    end.finish(throwing: error)
                }
            }
        }
        for try await ended in ends { return ended }
        throw CancellationError()
    }

    @Test func `A-6: refuses what makes no sense, and lives on`() async throws {
        let sesame = Sesame()
        let broker = try await sesame.startBroker()
        defer { broker.kill() }
        for (name, bytes, statuses) in Self.nonsense {
            let answer = try await offPool { () -> RawAnswer? in
                let client = try RawSocket(path: sesame.socketPath)
                client.send(bytes)
                client.endOutput()
                // Behind the answer to what is too long may come a reset instead of an end: some of it is never read.
                guard statuses == [0] else { return try client.receiveAnswer() }
                return RawAnswer(Array(try client.receiveAll().utf8))
            }
            #expect(statuses.contains(answer?.status ?? 0), "\(name): \(answer?.head ?? "closed")")
        }
        #expect(try await isServed(sesame))
        broker.terminate()
        let ended = try await offPool { try broker.wait() }
        #expect(ended.status == 0 && ended.errors.isEmpty, "\(ended.errors)")
    }

    /// A hundred clients claim four mebibytes each, and send ten bytes.
    @Test func `A-6: takes no memory for a length that is only claimed`() async throws {
        let sesame = Sesame()
        let broker = try await sesame.startBroker()
        defer { broker.kill() }
        #expect(try await isServed(sesame))
        let before = try residentKiB(of: broker.process)
        let clients = try (0..<100).map { _ in
            let client = try RawSocket(path: sesame.socketPath)
            client.send("PUT /v1/profiles/x HTTP/1.1\r\nHost: x\r\nContent-Length: 4194304\r\n\r\n")
            client.send("0123456789")
            return client
        }
        #expect(try await isServed(sesame))
        #expect(try residentKiB(of: broker.process) - before < 16_384)
        #expect(clients.count == 100)
    }

    /// All of them are the writing end of one pipe, which is at its end once nobody has one.
    @Test func `A-7: keeps none of a hundred descriptors that a client sends`() async throws {
        let sesame = Sesame()
        let broker = try await sesame.startBroker()
        defer { broker.kill() }
        let pipe = try FileDescriptor.pipe()
        let reading = FileDescriptor(owning: pipe.reading)
        do {
            let writing = FileDescriptor(owning: pipe.writing)
            let number = try connected(to: sesame.socketPath)
            try send(Self.health, with: Array(repeating: writing.number, count: 100), on: number)
            let client = RawSocket(owning: number)
            let status = try await offPool { try client.receiveAnswer().status }
            #expect(status == 200)
            #expect(!isAtEnd(reading.number, waiting: 0), "we have one still")
        }
        #expect(isAtEnd(reading.number, waiting: 30_000))
        #expect(try await isServed(sesame))
    }

    private func isServed(_ sesame: Sesame) async throws -> Bool {
        try await offPool {
            let client = try RawSocket(path: sesame.socketPath)
            client.send(Self.health)
            return try client.receiveAnswer().status == 200
        }
    }

    private func residentKiB(of process: Int32) throws -> Int {
        let file = unsafe try #require(unsafe fopen("/proc/\(process)/status", "r"))
        defer { unsafe fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 8192)
        let count = unsafe fread(&bytes, 1, bytes.count, file)
        let line = String(decoding: bytes.prefix(count), as: UTF8.self).split(separator: "\n")
            .first { $0.hasPrefix("VmRSS:") }
        return try #require(line?.split(separator: " ").dropLast().last.flatMap { Int($0) })
    }

    /// What is sent, and the statuses that are right; 0 stands for a connection that just ends.
    private static let nonsense: [(name: String, bytes: [UInt8], statuses: [Int])] = [
        ("nothing", [], [0]),
        ("zeros", [UInt8](repeating: 0, count: 300 << 10), [400]),
        ("ones", [UInt8](repeating: 255, count: 300 << 10), [400]),
        (
            "garbage",
            (0..<(300 << 10)).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }, [400]
        ),
        ("a long target", Array("GET /".utf8) + [UInt8](repeating: 0x61, count: 300 << 10), [431]),
        ("length 0 and more", put("", length: "0") + Array("\0more".utf8), [400]),
        ("length -1", put("{}", length: "-1"), [400]),
        ("length 4294967295", put("{}", length: "4294967295"), [413]),
        ("length 2^64", put("{}", length: "18446744073709551616"), [400]),
        ("5 MiB of content", put(String(repeating: "a", count: 5 << 20)), [413]),
        ("content that is cut off", put("{}", length: "200000"), [0]),
        ("JSON that is cut off", put(#"{"settings":{"#), [400]),
        ("deep JSON", put(String(repeating: "[", count: 300 << 10)), [400]),
        ("deep objects", put(String(repeating: #"{"a":"#, count: 60 << 10)), [400]),
        ("no JSON", put("\u{1}\u{2}"), [400]),
    ]

    private static func put(_ content: String, length: String? = nil) -> [UInt8] {
        let length = length ?? "\(content.utf8.count)"
        let head = "PUT /v1/profiles/x HTTP/1.1\r\nHost: x\r\nContent-Length: \(length)\r\n"
        return Array("\(head)Connection: close\r\n\r\n\(content)".utf8)
    }
}

private func connected(to path: String) throws -> Int32 {
    let number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
    let result = unsafe withUnsafeBytes(of: address) { bytes in
        unsafe connect(
            number, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self),
            socklen_t(bytes.count))
    }
    try #require(result == 0)
    return number
}

/// Sends a text and descriptors in one message (unix(7), `SCM_RIGHTS`).
private func send(_ text: String, with descriptors: [Int32], on socket: Int32) throws {
    var text = Array(text.utf8)
    // A cmsghdr: its length with the content, the level SOL_SOCKET and the type SCM_RIGHTS, both 1.
    var control: [UInt64] = [UInt64(16 + 4 * descriptors.count), 1 | 1 << 32]
    for pair in stride(from: 0, to: descriptors.count, by: 2) {
        let second = pair + 1 < descriptors.count ? descriptors[pair + 1] : 0
        control.append(UInt64(descriptors[pair]) | UInt64(second) << 32)
    }
    let sent = unsafe text.withUnsafeMutableBytes { text in
        unsafe control.withUnsafeMutableBytes { control in
            var part = unsafe iovec(iov_base: text.baseAddress, iov_len: text.count)
            return unsafe withUnsafeMutablePointer(to: &part) { part in
                var message = unsafe msghdr()
                unsafe message.msg_iov = part
                unsafe message.msg_iovlen = 1
                unsafe message.msg_control = control.baseAddress
                unsafe message.msg_controllen = control.count
                return unsafe sendmsg(socket, &message, Int32(MSG_NOSIGNAL))
            }
        }
    }
    try #require(sent == text.count)
}

/// Whether nobody has the writing end of a pipe.
private func isAtEnd(_ pipe: Int32, waiting milliseconds: Int32) -> Bool {
    var question = pollfd(fd: pipe, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&question, 1, milliseconds) == 1 && question.revents & Int16(POLLHUP) != 0
}
