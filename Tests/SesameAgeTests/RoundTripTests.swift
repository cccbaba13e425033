import SesameAge
import SesameCrypto
import SesameSecrets
import TestSupport
import Testing

@Suite struct `An age file` {
    @Test(arguments: [0, 1, 15, 16, 65_535, 65_536, 65_537, 131_071, 131_072, 131_073, 200_000])
    func `opens to what was sealed, whatever its length`(count: Int) throws {
        let plaintext = noise(count)
        let file = try sealed(plaintext, for: .keys([identity().recipient]))
        let result = opened(file, with: .identities([identity()]))
        #expect(result.failure == nil && result.released == plaintext)
        #expect(result.largest <= 65_536, "a chunk at a time")
    }

    @Test(arguments: [1, 7, 4096, 65_536, 65_537])
    func `does not depend on the pieces it comes in`(piece: Int) throws {
        let plaintext = noise(70_000)
        let whole = try sealed(plaintext, for: .keys([identity().recipient]), piece: 70_000)
        let file = try sealed(plaintext, for: .keys([identity().recipient]), piece: piece)
        #expect(file == whole)
        let result = opened(file, with: .identities([identity()]), piece: piece)
        #expect(result.failure == nil && result.released == plaintext)
    }

    /// A header, 16 bytes, and 16 more for each chunk of 64 KiB.
    @Test func `is as long as the format says`() throws {
        let empty = try sealed([], for: .keys([identity().recipient])).count
        #expect(try sealed(noise(1), for: .keys([identity().recipient])).count == empty + 1)
        #expect(
            try sealed(noise(65_536), for: .keys([identity().recipient])).count == empty + 65_536)
        #expect(
            try sealed(noise(65_537), for: .keys([identity().recipient])).count
                == empty + 65_537 + 16)
    }

    @Test func `opens with each of its recipients and with nobody else`() throws {
        let names = ["one", "two", "three"]
        let file = try sealed(noise(10), for: .keys(names.map { identity($0).recipient }))
        for name in names {
            let keys = [identity("stranger"), identity(name)]
            #expect(opened(file, with: .identities(keys)).released == noise(10))
        }
        let stranger = opened(file, with: .identities([identity("stranger")]))
        #expect(stranger.failure?.code == .noMatch && stranger.released.isEmpty)
        #expect(opened(file, with: .passphrase(Secret(utf8: "x"))).failure?.code == .noMatch)
        #expect(opened(file, with: .identities([])).failure?.code == .noMatch)
    }

    @Test func `opens with its passphrase and with no other`() throws {
        let quick = try #require(
            Scrypt.Parameters(costLogarithm: 15, blockSize: 8, parallelism: 1))
        let right = Secret(utf8: "correct horse battery staple")
        let file = try sealed(noise(10), for: .passphrase(right, quick))
        #expect(opened(file, with: .passphrase(right)).released == noise(10))
        for wrong in ["", "correct horse battery stapl", "correct horse battery staple "] {
            let result = opened(file, with: .passphrase(Secret(utf8: wrong)))
            #expect(result.failure?.code == .noMatch && result.released.isEmpty)
        }
        #expect(opened(file, with: .identities([identity()])).failure?.code == .noMatch)
    }

    @Test func `has a key, shares and a salt of its own each time`() throws {
        let random = SeededRandom()
        let first = try sealed([], for: .keys([identity().recipient]), random: random)
        let second = try sealed([], for: .keys([identity().recipient]), random: random)
        let header = "age-encryption.org/v1\n-> X25519 ".utf8.count
        #expect(first[..<header] == second[..<header])
        #expect(first[header..<(header + 43)] != second[header..<(header + 43)])
        #expect(first.suffix(32) != second.suffix(32))
    }

    @Test func `is for somebody, and sealed with a passphrase that is there`() {
        let nobody = #expect(throws: AgeError.self) { try sealed([], for: .keys([])) }
        #expect(nobody?.code == .recipient)
        #expect(throws: AgeError.self) { try sealed([], for: .passphrase(Secret(utf8: ""))) }
    }

    @Test func `tells of a stream that fails, and stays failed`() throws {
        struct Full: Error, CustomStringConvertible { let description = "disk full" }
        let recipients = AgeRecipients.keys([identity().recipient])
        let writing = #expect(throws: AgeError.self) {
            _ = try AgeWriter(for: recipients, random: SeededRandom()) { _ in throw Full() }
        }
        #expect(writing?.code == .transfer && writing?.message.contains("disk full") == true)
        let reading = #expect(throws: AgeError.self) {
            _ = try AgeReader(opening: { _ in throw Full() }, with: .identities([identity()]))
        }
        #expect(reading?.code == .transfer)

        var file = try sealed(noise(131_072), for: recipients)
        file[file.count - 100_000] ^= 1
        var rest = file[...]
        var reader = try AgeReader(
            opening: { wanted in
                defer { rest = rest.dropFirst(wanted) }
                return Array(rest.prefix(wanted))
            }, with: .identities([identity()]))
        for _ in 0..<3 {
            var code: AgeError.Code?
            do { _ = try reader.next() } catch { code = error.code }
            #expect(code == .payload)
        }
    }
}
