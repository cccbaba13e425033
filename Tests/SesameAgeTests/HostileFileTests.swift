import SesameAge
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

/// Whatever is done to a file, its reader gives what was sealed or a failure with a name.
@Suite struct `A hostile age file` {
    private let opener = AgeOpener.identities([identity()])
    private let recipients = AgeRecipients.keys([identity().recipient])

    @Test func `is refused at every length it is cut to`() throws {
        let file = try sealed(noise(100), for: recipients)
        for count in 0..<file.count {
            let result = opened(Array(file[..<count]), with: opener)
            let code = try #require(result.failure?.code, "cut to \(count)")
            let start = file.count - 116
            #expect(code == (count < start ? .header : .payload), "cut to \(count)")
            #expect(result.released.isEmpty)
        }
    }

    @Test func `is refused whichever bit of it is changed`() throws {
        let file = try sealed(noise(40), for: recipients)
        let payload = file.count - 56 - 16
        for bit in 0..<(file.count * 8) {
            var changed = file
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            let result = opened(changed, with: opener)
            let code = try #require(result.failure?.code, "bit \(bit)")
            let allowed: Set<AgeError.Code> =
                bit / 8 < payload ? [.header, .noMatch, .mac] : [.payload]
            #expect(allowed.contains(code), "bit \(bit): \(code)")
            #expect(result.released.isEmpty)
        }
    }

    @Test func `of two chunks gives the first at the most, and never as if it were all`() throws {
        let plaintext = noise(65_536 + 10)
        let file = try sealed(plaintext, for: recipients)
        let second = file.count - 26
        for count in [second - 1, second, second + 1, second + 16, file.count - 1] {
            let result = opened(Array(file[..<count]), with: opener)
            #expect(result.failure?.code == .payload, "cut to \(count)")
            #expect(result.released.isEmpty || result.released == Array(plaintext[..<65_536]))
        }
        var changed = file
        changed[second] ^= 1
        let result = opened(changed, with: opener)
        #expect(result.failure?.code == .payload)
        #expect(result.released == Array(plaintext[..<65_536]))
    }

    @Test func `does not get away with chunks that were swapped, repeated or left out`() throws {
        let file = try sealed(noise(3 * 65_536), for: recipients)
        let chunk = 65_536 + 16
        let start = file.count - 3 * chunk
        let head = Array(file[..<start])
        let chunks = (0..<3).map { Array(file[(start + $0 * chunk)..<(start + ($0 + 1) * chunk)]) }
        for order in [[1, 0, 2], [0, 0, 1, 2], [0, 2], [1, 2], [2], [0, 1], [0, 1, 2, 2]] {
            let result = opened(head + order.flatMap { chunks[$0] }, with: opener)
            #expect(result.failure?.code == .payload, "\(order)")
        }
        #expect(opened(head + chunks.joined(), with: opener).failure == nil)
    }

    @Test(arguments: [1, 15, 16, 17, 65_552, 100_000])
    func `has nothing behind its end`(count: Int) throws {
        for length in [10, 65_536] {
            let file = try sealed(noise(length), for: recipients)
            let result = opened(file + noise(count), with: opener)
            #expect(result.failure?.code == .payload)
            #expect(result.released.isEmpty)
        }
    }

    @Test func `cannot make the reader hold a header without an end`() throws {
        let line = Array("-> \(String(repeating: "A", count: 1000))\n\n".utf8)
        let endless =
            Array("age-encryption.org/v1\n".utf8) + Array(repeating: line, count: 1000).joined()
        let asked = Locked(0)
        let failure = #expect(throws: AgeError.self) {
            _ = try AgeReader(
                opening: { wanted in
                    asked.withLock { start in
                        defer { start += wanted }
                        return Array(endless[start..<min(start + wanted, endless.count)])
                    }
                }, with: opener)
        }
        #expect(failure?.code == .header)
        #expect(asked.withLock { $0 } <= (64 << 10) + 4096)
    }

    @Test(arguments: [
        "", "\n", "age", "age-encryption.org/v1", "age-encryption.org/v2\n", "PK\u{3}\u{4}",
        #"{"format":"sesame"}"#,
    ])
    func `may be none at all`(text: String) {
        #expect(opened(Array(text.utf8), with: opener).failure?.code == .header)
    }

    @Test func `that is armored is called that`() {
        let armored = "-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n-----END AGE ENCRYPTED FILE-----\n"
        let failure = opened(Array(armored.utf8), with: opener).failure
        #expect(failure?.code == .armored)
        #expect(failure?.message.contains("age -d") == true)
    }
}
