import SesameSecrets
import Testing

@Suite struct `A secret` {
    private let secret = Secret(utf8: "hunter2-canary")

    @Test func `is redacted however it is printed`() {
        var dumped = ""
        dump(secret, to: &dumped)
        let container = ["key": secret]
        for text in [
            "\(secret)", String(describing: secret), String(reflecting: secret), dumped,
            "\(container)",
        ] {
            #expect(!text.contains("canary"))
        }
        #expect("\(secret)" == "<redacted>")
    }

    @Test func `gives its bytes only when asked by the loud name`() {
        #expect(secret.dangerouslyRevealedText() == "hunter2-canary")
        #expect(secret.dangerouslyRevealedBytes() == Array("hunter2-canary".utf8))
    }

    @Test func `equals another of the same bytes`() {
        #expect(secret.equals(Secret(utf8: "hunter2-canary")))
        #expect(!secret.equals(Secret(utf8: "hunter2-canarY")))
        #expect(!secret.equals(Secret(utf8: "hunter2-canary ")))
        #expect(Secret(copying: []).equals(Secret(copying: [])))
    }

    @Test func `grows beyond its first room without losing a byte`() {
        var buffer = SecretBuffer(capacity: 1)
        for number in 0..<5000 { buffer.append(UInt8(truncatingIfNeeded: number)) }
        let bytes = Secret(buffer).dangerouslyRevealedBytes()
        #expect(bytes == (0..<5000).map { UInt8(truncatingIfNeeded: $0) })
    }

    @Test func `forgets a byte that is taken back`() {
        var buffer = SecretBuffer()
        buffer.append("ab")
        #expect(buffer.removeLast() == UInt8(ascii: "b"))
        #expect(buffer.removeLast() == UInt8(ascii: "a"))
        #expect(buffer.removeLast() == nil)
    }

    @Test func `is wiped when its buffer is emptied, which takes new bytes then`() {
        var buffer = SecretBuffer()
        buffer.append("secret")
        buffer.removeAll()
        #expect(buffer.count == 0)
        unsafe buffer.appendUnsafely(capacity: 6) { room in
            #expect(unsafe room.allSatisfy { $0 == 0 })
            return 0
        }
        buffer.append("new")
        #expect(Secret(buffer).dangerouslyRevealedText() == "new")
    }
}

@Suite struct `Text from outside` {
    @Test(arguments: [
        ("plain Grüße 日本", "plain Grüße 日本"),
        ("a\u{1B}[31mred", "a\\u{1b}[31mred"),
        ("line\nbreak\r\t\u{0}", "line\\u{a}break\\u{d}\\u{9}\\u{0}"),
        ("\u{9B}31m\u{7F}", "\\u{9b}31m\\u{7f}"),
        ("\u{202E}evil\u{2066}", "\\u{202e}evil\\u{2066}"),
        ("zero\u{200B}width\u{FEFF}", "zero\\u{200b}width\\u{feff}"),
    ])
    func `loses what could fool a terminal`(text: String, shown: String) {
        #expect(text.sanitised() == shown)
    }

    @Test func `is cut to its limit`() {
        #expect(String(repeating: "x", count: 300).sanitised(limit: 10) == "xxxxxxxxxx…")
    }
}
