import SesameCrypto
import SesameJOSE
import SesameJSON
import SesameSecrets
import Testing

@Suite struct `A public key as JSON` {
    /// RFC 7638, section 3.1; RFC 8037, appendix A.3.
    @Test(arguments: [
        (
            #"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}"#,
            "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
        ),
        (
            #"{"crv":"Ed25519","kty":"OKP","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
            "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
        ),
    ])
    func `has the thumbprint of RFC 7638 and RFC 8037`(text: String, expected: String) throws {
        #expect(try jwk(text).thumbprint == expected)
    }

    @Test(arguments: KeyKind.allCases)
    func `is read as it was written`(kind: KeyKind) throws {
        let key = JWK(try PrivateKey.generate(kind).publicKey(), keyID: "a key")
        let copy = try jwk(key.json.encoded().dangerouslyRevealedText())
        #expect(copy.publicKey.parts == key.publicKey.parts)
        #expect(copy.keyID == "a key")
        #expect(copy.thumbprint == key.thumbprint)
    }

    static let incomplete: [(String, JOSEError.Code)] = [
        ("[]", JOSEError.Code.malformed), ("{}", .malformed), (#"{"kty":7}"#, .malformed),
        (#"{"kty":"oct","k":"AAAA"}"#, .malformed), (#"{"kty":"oct"}"#, .unsupportedKey),
        (#"{"kty":"EC","crv":"P-384","x":"AA","y":"AA"}"#, .unsupportedKey),
        (#"{"kty":"EC","x":"AA","y":"AA"}"#, .unsupportedKey),
        (#"{"kty":"OKP","crv":"X25519","x":"AA"}"#, .unsupportedKey),
        (#"{"kty":"OKP","crv":"P-256","x":"AA"}"#, .unsupportedKey),
        (#"{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}"#, .malformed),
        (#"{"kty":"EC","crv":"P-256","x":"AA"}"#, .malformed),
        (#"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#, .weakKey),
        (#"{"kty":"RSA","n":"AQAB"}"#, .malformed),
        (#"{"kty":"RSA","n":7,"e":"AQAB"}"#, .malformed),
    ]

    @Test(arguments: incomplete)
    func `is refused where it is incomplete, weak, or of another kind`(
        text: String, expected: JOSEError.Code
    ) throws {
        let parsed = try json(text)
        #expect(code { () throws(JOSEError) in _ = try JWK(parsed) } == expected)
    }

    @Test(arguments: [
        ("x", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU="),
        ("x", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEV"),
        ("y", "x/FEzRu9m36HLN/tue659LNpXW6pCyStikYjKIWI5a0"), ("y", ""),
        ("y", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a1"),
    ])
    func `is refused where a number is not strict base64url, or not on the curve`(
        member: String, value: String
    ) throws {
        let x = member == "x" ? value : "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
        let y = member == "y" ? value : "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
        let parsed = try json(#"{"kty":"EC","crv":"P-256","x":"\#(x)","y":"\#(y)"}"#)
        #expect(code { () throws(JOSEError) in _ = try JWK(parsed) } == .malformed)
    }

    /// Whoever sends it has lost it already; DPoP calls for this check (RFC 9449, section 4.3).
    @Test(arguments: KeyKind.allCases)
    func `is refused where it is a private one`(kind: KeyKind) throws {
        let key = PrivateJWK(try PrivateKey.generate(kind))
        let parsed = try json(try key.encoded().dangerouslyRevealedText())
        #expect(code { () throws(JOSEError) in _ = try JWK(parsed) } == .malformed)
    }

    @Test(arguments: [
        (#""use":"sig""#, true), (#""use":"enc""#, false), (#""key_ops":["verify"]"#, true),
        (#""key_ops":["sign","verify"]"#, true), (#""key_ops":["encrypt"]"#, false),
        (#""key_ops":[]"#, false), (#""alg":"ES256""#, true), (#""alg":"ES384""#, false),
        (#""alg":"RS256""#, false), (#""alg":null"#, true),
    ])
    func `is used for nothing but what it says it is for`(member: String, fits: Bool) throws {
        let text = String(ecKey.dropLast()) + "," + member + "}"
        #expect(try jwk(text).fits(.es256) == fits)
        for other in JWSAlgorithm.allCases where other != .es256 {
            #expect(try !jwk(text).fits(other))
        }
    }

    /// RFC 9864: one key under two names.
    @Test func `of Ed25519 fits both names, whichever it says`() throws {
        let key = try PrivateKey.generate(.ed25519).publicKey()
        for named in [nil, JWSAlgorithm.edDSA, .ed25519] {
            let jwk = JWK(key, algorithm: named)
            #expect(jwk.fits(.edDSA) && jwk.fits(.ed25519) && !jwk.fits(.es256))
        }
    }
}

@Suite struct `A private key as JSON` {
    @Test(arguments: KeyKind.allCases)
    func `is read as it was written`(kind: KeyKind) throws {
        let key = PrivateJWK(try PrivateKey.generate(kind), keyID: "k1")
        let copy = try PrivateJWK(parsing: try key.encoded())
        #expect(copy.keyID == "k1")
        #expect(try copy.publicJWK().thumbprint == key.publicJWK().thumbprint)
    }

    @Test func `is told from PEM by its first character`() throws {
        let key = PrivateJWK(try PrivateKey.generate(.p256), keyID: "k1", algorithm: .es256)
        var file = SecretBuffer()
        file.append("\n  ")
        file.append(try key.encoded())
        let read = try PrivateJWK(file: Secret(file))
        #expect(read.keyID == "k1" && read.algorithm == .es256)
        #expect(
            code { () throws(JOSEError) in
                _ = try PrivateJWK(file: Secret(utf8: "neither"))
            } == .malformed)
    }

    @Test(arguments: [
        (#""use":"enc""#, JOSEError.Code.unsupportedKey),
        (#""key_ops":["verify"]"#, .unsupportedKey), (#""alg":"PS256""#, .unsupportedKey),
        (#""alg":"none""#, .unsupportedKey), (#""kid":[]"#, .malformed),
    ])
    func `is refused where it is not meant for signatures of its kind`(
        member: String, expected: JOSEError.Code
    ) throws {
        let text = try PrivateJWK(try PrivateKey.generate(.p256)).encoded()
            .dangerouslyRevealedText()
        let changed = Secret(utf8: String(text.dropLast()) + "," + member + "}")
        #expect(code { () throws(JOSEError) in _ = try PrivateJWK(parsing: changed) } == expected)
    }

    @Test func `is refused where it is a public one`() throws {
        let text = Secret(utf8: ecKey)
        #expect(code { () throws(JOSEError) in _ = try PrivateJWK(parsing: text) } == .malformed)
    }
}
