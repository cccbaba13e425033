import TestSupport
import Testing

@testable import SesameHTTPServer

@Suite struct `A client that never reads` {
    @Test func `is cut off when the answer's deadline has passed`() async throws {
        var limits = ServerLimits()
        limits.writeDeadline = .milliseconds(100)
        limits.bodyBytes = 8 << 20
        let echo = try EchoServer(limits: limits)
        let length = 8 << 20
        let client = try echo.connect()
        try await offPool {
            client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: \(length)\r\n\r\n")
            client.send([UInt8](repeating: 0x61, count: length))
        }
        // Nothing is read until the server has given up: then the stream ends too early.
        await echo.server.waitUntilIdle()
        let received = try await offPool { (try? client.receiveAll())?.utf8.count ?? 0 }
        #expect(received < length)
        let other = try await offPool {
            let client = try echo.connect()
            client.send("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n")
            return try client.receiveAnswer().status
        }
        #expect(other == 200)
    }
}
