import SesameHTTP
import SesameSecrets
import TestSupport
import Testing

@testable import SesameHTTPServer

/// Bytes that a seed decides, for choices.
private struct Dice {
    private let source: SeededRandom
    private var bytes: [UInt8] = []

    init(_ seed: String) { source = SeededRandom(seed) }

    mutating func roll(_ sides: Int) -> Int {
        if bytes.count < 3 {
            bytes = source.bytes(4096).withBytes { span in span.indices.map { span[$0] } }
        }
        let value = bytes.suffix(3).reduce(0) { $0 << 8 | Int($1) }
        bytes.removeLast(3)
        return value % sides
    }
}

@Suite struct `The request parser, given anything` {
    private static let seeds = [
        "GET /echo?a=b HTTP/1.1\r\nHost: sesame\r\nAccept: */*\r\n\r\n",
        "POST /x HTTP/1.1\r\nHost: [::1]:80\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
        "PUT /%2e/ HTTP/1.0\r\nHost:a\r\nContent-Length: 999999999999999999\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n",
    ]
    private static let scraps = [
        "\r\n", "\r", "\n", ":", " ", "\t", "\0", "Host: x\r\n", "Content-Length: -1\r\n",
        "HTTP/1.1",
        "\u{FF}", "Content-Length: 99999999999999999999\r\n", "\r\n\r\n", "Content-Length:\r\n",
    ]

    private func mutate(_ text: String, _ dice: inout Dice) -> [UInt8] {
        var bytes = Array(text.utf8)
        for _ in 0...dice.roll(6) {
            let place = dice.roll(bytes.count + 1)
            switch dice.roll(5) {
            case 0 where place < bytes.count: bytes[place] = UInt8(dice.roll(256))
            case 1 where place < bytes.count: bytes.remove(at: place)
            case 2:
                bytes.insert(contentsOf: Self.scraps[dice.roll(Self.scraps.count)].utf8, at: place)
            case 3: bytes.removeLast(bytes.count - place)
            default: bytes.insert(contentsOf: bytes.prefix(place), at: place)
            }
        }
        return bytes
    }

    @Test func `answers with a value or a refusal, the same one each time`() {
        var dice = Dice("parser")
        var heads = 0
        var refusals = 0
        for number in 0..<6000 {
            let bytes = mutate(Self.seeds[number % Self.seeds.count], &dice)
            let outcome = parse(bytes.span, limits: ServerLimits())
            #expect("\(outcome)" == "\(parse(bytes.span, limits: ServerLimits()))")
            switch outcome {
            case .incomplete: break
            case .refused(let status):
                refusals += 1
                #expect([400, 413, 417, 431, 501, 505].contains(status))
            case .head(let head):
                heads += 1
                #expect(head.length <= bytes.count)
                #expect((0...ServerLimits().bodyBytes).contains(head.contentLength ?? -1))
                #expect(head.path.hasPrefix("/"))
                #expect(head.fields.firstMalformed == nil)
            }
        }
        // The mutations reach both sides.
        #expect(heads > 100)
        #expect(refusals > 1000)
    }

    /// What comes in pieces is read as what comes at once.
    @Test func `changes its mind about no prefix`() {
        var dice = Dice("prefixes")
        for number in 0..<300 {
            let bytes = mutate(Self.seeds[number % Self.seeds.count], &dice)
            var refusal: Int?
            for count in 0...bytes.count {
                let outcome = parse(Array(bytes.prefix(count)).span, limits: ServerLimits())
                if let refusal {
                    guard case .refused(let status) = outcome, status == refusal else {
                        Issue.record("refused with \(refusal), then \(outcome)")
                        break
                    }
                }
                if case .refused(let status) = outcome { refusal = status }
                if case .head = outcome { break }
            }
        }
    }
}

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
