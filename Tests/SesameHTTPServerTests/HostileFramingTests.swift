import SesameHTTPServer
import SesameSystem
import TestSupport
import Testing

/// One hostile input and what it must get, from the real server over a real socket.
struct HostileFraming: Sendable, CustomTestStringConvertible {
    let name: String
    let bytes: [UInt8]
    let status: Int

    var testDescription: String { name }

    init(_ name: String, _ text: String, _ status: Int) {
        self.name = name
        bytes = Array(text.utf8)
        self.status = status
    }

    init(_ name: String, _ bytes: [UInt8], _ status: Int) {
        self.name = name
        self.bytes = bytes
        self.status = status
    }
}

@Suite struct `Hostile framing` {
    @Test(arguments: refused)
    func `is refused once, and the connection ends`(input: HostileFraming) async throws {
        let echo = try EchoServer()
        let all = try await offPool {
            let client = try echo.connect()
            // What follows must never be taken for a second request.
            client.send(input.bytes + Array("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
            return try client.receiveAll()
        }
        let answer = try #require(RawAnswer(Array(all.utf8)))
        #expect(answer.status == input.status)
        #expect(answer["Connection"] == "close")
        #expect(answer.rest.isEmpty)
        #expect(all.components(of: "HTTP/1.1") == 1)
    }

    @Test(arguments: ["/echo%00evil", "/%65cho", "/echo/", "//echo", "/./echo"])
    func `is no way to another path: it is taken literally`(target: String) async throws {
        let echo = try EchoServer()
        let answer = try await offPool {
            let client = try echo.connect()
            client.send("GET \(target) HTTP/1.1\r\nHost: x\r\n\r\n")
            return try client.receiveAnswer()
        }
        #expect(answer.status == 404)
    }
}

extension String {
    func components(of word: String) -> Int {
        utf8.indices.count { utf8[$0...].starts(with: word.utf8) }
    }
}

private let get = "GET /echo HTTP/1.1\r\nHost: x\r\n"
private let post = "POST /echo HTTP/1.1\r\nHost: x\r\n"
private let long = String(repeating: "a", count: 40_000)

private let refused: [HostileFraming] =
    [
        .init("two hosts", get + "Host: y\r\n\r\n", 400),
        .init("no host", "GET /echo HTTP/1.1\r\n\r\n", 400),
        .init("empty host", "GET /echo HTTP/1.1\r\nHost:\r\n\r\n", 400),
        .init(
            "short then long length", post + "Content-Length: 2\r\nContent-Length: 41\r\n\r\nab",
            400),
        .init(
            "long then short length", post + "Content-Length: 41\r\nContent-Length: 2\r\n\r\nab",
            400),
        .init("two equal lengths", post + "Content-Length: 2\r\nContent-Length: 2\r\n\r\nab", 400),
        .init(
            "length and chunked",
            post + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 501),
        .init("chunked", post + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 501),
        .init("unknown transfer coding", post + "Transfer-Encoding: xyz\r\n\r\n", 501),
        .init("expectation", post + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\nab", 417),
        .init("bare line feed", "GET /echo HTTP/1.1\nHost: x\n\n", 400),
        .init("bare line feed in a field", get + "A: b\nC: d\r\n\r\n", 400),
        .init("bare carriage return", get + "A: b\rC: d\r\n\r\n", 400),
        .init("NUL in a value", get + "A: b\0c\r\n\r\n", 400),
        .init("control byte in a value", get + "A: b\u{7}c\r\n\r\n", 400),
        .init("folded line", get + "A: b\r\n c\r\n\r\n", 400),
        .init("blank before the colon", get + "A : b\r\n\r\n", 400),
        .init("empty field name", get + ": b\r\n\r\n", 400),
        .init("field without a colon", get + "A\r\n\r\n", 400),
        .init("method with a bracket", "G(T /echo HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        .init("absolute target", "GET http://x/echo HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        .init("target without a slash", "GET echo HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        .init("target asterisk", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        .init("blank inside the target", "GET /echo a HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        .init("two blanks", "GET  /echo HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        .init("fragment in the target", "GET /echo#a HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        .init("HTTP/0.9", "GET /echo\r\n\r\n", 400),
        .init("HTTP/1.0", "GET /echo HTTP/1.0\r\nHost: x\r\n\r\n", 505),
        .init("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        .init("empty first line", "\r\n\(get)\r\n", 400),
        .init("40 KB target", "GET /\(long) HTTP/1.1\r\nHost: x\r\n\r\n", 431),
        .init("40 KB field", get + "A: \(long)\r\n\r\n", 431),
        .init("600 fields", get + String(repeating: "A: b\r\n", count: 600) + "\r\n", 431),
        .init("content over the limit", post + "Content-Length: 65537\r\n\r\n", 413),
        .init(
            "TLS hello", [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03], 400),
    ]
    + ["+2", "-2", "0x2", "2 2", "2, 2", "", "2.0", "12345678901234567890123"].map { length in
        .init("length '\(length)'", post + "Content-Length: \(length)\r\n\r\nab", 400)
    }
