import SesameSecrets
import TestSupport
import Testing

@testable import SesameCrypto

@Suite struct `A passphrase stretched by scrypt` {
    /// RFC 7914, section 12: the first three vectors; the fourth takes 1 GiB.
    @Test(arguments: [
        (
            "", "", 4, 1, 1,
            """
            77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442
            fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906
            """
        ),
        (
            "password", "NaCl", 10, 8, 16,
            """
            fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162
            2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640
            """
        ),
        (
            "pleaseletmein", "SodiumChloride", 14, 8, 1,
            """
            7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2
            d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887
            """
        ),
    ])
    func `gives RFC 7914, section 12`(
        passphrase: String, salt: String, costLogarithm: Int, blockSize: Int, parallelism: Int,
        expected: String
    ) async throws {
        let key = try await offPool {
            try Scrypt.derive(
                Secret(utf8: passphrase), salt: Array(salt.utf8).span,
                unchecked: .init(unchecked: costLogarithm, blockSize, parallelism), count: 64)
        }
        #expect(key.dangerouslyRevealedBytes() == hex(expected))
    }

    /// Above OpenSSL's own cap of 32 MiB; the value is the one of Python's `hashlib.scrypt`.
    @Test func `works with the parameters of new stores`() async throws {
        let key = try await offPool {
            try Scrypt.derive(
                Secret(utf8: "correct horse battery staple"),
                salt: [UInt8](0x00...0x0f).span, parameters: .usual)
        }
        #expect(
            key.dangerouslyRevealedBytes()
                == hex("1b2946da71f41179e83b99dc33842d15741b87c4121c8c7f3781c1df864fb58b"))
    }

    @Test func `refuses an empty passphrase`() {
        #expect(throws: CryptoError.self) {
            try Scrypt.derive(
                Secret(copying: []), salt: [UInt8](0x00...0x0f).span, parameters: .usual)
        }
    }

    @Test func `needs a count above zero`() {
        #expect(throws: CryptoError.self) {
            try Scrypt.derive(
                Secret(utf8: "x"), salt: [1].span, parameters: .usual, count: 0)
        }
    }

    /// K-16: neither a downgraded work factor nor one that takes the machine away.
    @Test(arguments: [
        (14, 8, 1), (0, 8, 1), (-1, 8, 1), (21, 8, 1), (63, 8, 1), (Int.max, 8, 1), (Int.min, 8, 1),
        (17, 7, 1), (17, 9, 1), (17, 0, 1), (17, Int.max, 1), (17, 8, 0), (17, 8, 17),
        (17, 8, -1), (17, 8, Int.max),
    ])
    func `refuses a hostile work factor`(costLogarithm: Int, blockSize: Int, parallelism: Int) {
        #expect(
            Scrypt.Parameters(
                costLogarithm: costLogarithm, blockSize: blockSize, parallelism: parallelism)
                == nil)
    }

    @Test(arguments: [(15, 1), (17, 1), (20, 1), (15, 16)])
    func `accepts what lies between floor and ceiling`(costLogarithm: Int, parallelism: Int) {
        let parameters = Scrypt.Parameters(
            costLogarithm: costLogarithm, blockSize: 8, parallelism: parallelism)
        #expect(parameters?.costLogarithm == costLogarithm)
        #expect(parameters?.parallelism == parallelism)
    }
}
