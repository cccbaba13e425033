import SesameCrypto
import SesameJOSE
import SesameJSON
import SesameSecrets
import Testing

@Suite struct `A signer` {
    @Test(arguments: [
        (KeyKind.p256, JWSAlgorithm.es256), (.ed25519, .ed25519), (.ed25519, .edDSA),
        (.rsa, .ps256), (.rsa, .rs256),
    ])
    func `makes texts that its public key verifies`(
        kind: KeyKind, algorithm: JWSAlgorithm
    ) throws {
        let key = try PrivateKey.generate(kind)
        let signer = try JWSSigner(key, algorithm: algorithm, keyID: "k")
        let jwk = JWK(try key.publicKey())
        let text = try signer.sign(
            .object([("sub", "me")]), type: "dpop+jwt", header: [("jwk", .object(jwk.members))])
        let parsed = try CompactJWS(parsing: text)
        #expect(parsed.header.keyID == "k" && parsed.header.type == "dpop+jwt")
        #expect(try JWK(try #require(parsed.header.json["jwk"])).thumbprint == jwk.thumbprint)
        let verified = try parsed.verified(by: jwk, allowing: [algorithm])
        #expect(try verified.claims()["sub"]?.string == "me")
        #expect(verified.key?.thumbprint == jwk.thumbprint)
    }

    /// RFC 8725, section 3.1: one key, one algorithm of its own kind.
    @Test(arguments: KeyKind.allCases)
    func `cannot be made for an algorithm of another kind of key`(kind: KeyKind) throws {
        let key = try PrivateKey.generate(kind)
        for algorithm in JWSAlgorithm.allCases {
            let fits = algorithm.signature.map(kind.algorithms.contains) ?? false
            let refused = code { () throws(JOSEError) in
                _ = try JWSSigner(key, algorithm: algorithm)
            }
            #expect(refused == (fits ? nil : .algorithmNotAllowed))
        }
    }

    /// RFC 7518, section 3.2.
    @Test(arguments: [0, 1, 31])
    func `by HMAC needs a secret of 32 bytes, and so does the other side`(count: Int) throws {
        let short = Secret(copying: [UInt8](repeating: 7, count: count))
        #expect(code { () throws(JOSEError) in _ = try JWSSigner(secret: short) } == .weakKey)
        let long = Secret(copying: [UInt8](repeating: 7, count: 32))
        let text = try JWSSigner(secret: long).sign(.object([]))
        #expect(try CompactJWS(parsing: text).verified(bySecret: long).payload.count == 2)
        #expect(
            code { () throws(JOSEError) in
                _ = try CompactJWS(parsing: text).verified(bySecret: short)
            } == .weakKey)
    }
}
