import SesameCrypto
import SesameJOSE
import SesameJSON
import SesameSecrets
import Testing

/// O-12, with the names of the conformance suite.
@Suite struct `A set of keys` {
    private let first: PrivateKey
    private let second: PrivateKey

    init() throws {
        first = try PrivateKey.generate(.p256)
        second = try PrivateKey.generate(.p256)
    }

    private func set(_ ids: String?...) throws -> JWKSet {
        let keys = try [first, second].map { try $0.publicKey() }
        return JWKSet(zip(keys, ids).map { JWK($0, keyID: $1) })
    }

    @Test func `gives the key that is named`() throws {
        let text = try forged(header: #"{"alg":"ES256","kid":"b"}"#, with: second)
        #expect(refusal(of: text, by: try set("a", "b")) == nil)
        #expect(refusal(of: text, by: try set("b", "a")) == .badSignature)
    }

    @Test func `kid-absent-single-jwks: its only key is taken where none is named`() throws {
        let text = try forged(header: #"{"alg":"ES256"}"#, with: first)
        #expect(refusal(of: text, by: try set("a")) == nil)
    }

    @Test func `kid-absent-multiple-jwks: all that fit are tried where none is named`() throws {
        let text = try forged(header: #"{"alg":"ES256"}"#, with: second)
        #expect(refusal(of: text, by: try set("a", "b")) == nil)
        let stranger = try forged(header: #"{"alg":"ES256"}"#, with: .generate(.p256))
        #expect(refusal(of: stranger, by: try set("a", "b")) == .badSignature)
    }

    @Test func `tries both of two keys that share a name`() throws {
        let text = try forged(header: #"{"alg":"ES256","kid":"a"}"#, with: second)
        #expect(refusal(of: text, by: try set("a", "a")) == nil)
    }

    /// The signer may have newer keys: whoever asked may look once more.
    @Test func `says so where it has no key of that name, or none that fits`() throws {
        let text = try forged(header: #"{"alg":"ES256","kid":"new"}"#, with: first)
        #expect(refusal(of: text, by: try set("a", nil)) == .unknownKey)
        #expect(refusal(of: text, by: JWKSet([])) == .unknownKey)
        let edwards = JWK(try PrivateKey.generate(.ed25519).publicKey(), keyID: "new")
        #expect(refusal(of: text, by: JWKSet([edwards])) == .unknownKey)
    }

    @Test func `does not try more keys than a few`() throws {
        let text = try forged(header: #"{"alg":"ES256"}"#, with: first)
        let key = try first.publicKey()
        #expect(refusal(of: text, by: JWKSet(Array(repeating: JWK(key), count: 8))) == nil)
        #expect(
            refusal(of: text, by: JWKSet(Array(repeating: JWK(key), count: 9))) == .unknownKey)
    }

    /// RFC 7517, section 5; FAPI 2.0 sends such decoys.
    @Test func `passes over what cannot be used in it`() throws {
        let mine = JWK(try first.publicKey(), keyID: "a").json.encoded().dangerouslyRevealedText()
        let leaked = try PrivateJWK(second).encoded().dangerouslyRevealedText()
        let decoys = [
            #"{"kty":"oct","k":"AAAA"}"#, #"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#, "7", "{}",
            #"{"kty":"new"}"#, leaked,
        ]
        let document = #"{"keys":[\#((decoys + [mine]).joined(separator: ","))]}"#
        let set = try JWKSet(parsing: Secret(utf8: document))
        #expect(set.keys.count == 1 && set.passedOver == decoys.count)
        #expect(set.keys.first?.keyID == "a")
    }

    static let unusable: [(String, JOSEError.Code)] = [
        ("", JOSEError.Code.malformed), ("[]", .malformed), ("{}", .malformed),
        (#"{"keys":{}}"#, .malformed), (#"{"keys":[],"keys":[]}"#, .malformed),
        (
            #"{"keys":["# + Array(repeating: "{}", count: 101).joined(separator: ",") + "]}",
            .tooLarge
        ),
        (#"{"keys":[],"x":""# + String(repeating: "a", count: 1 << 19) + #""}"#, .tooLarge),
    ]

    @Test(arguments: unusable)
    func `is refused where it is none, or too large`(
        document: String, expected: JOSEError.Code
    ) {
        #expect(
            code { () throws(JOSEError) in
                _ = try JWKSet(parsing: Secret(utf8: document))
            } == expected)
    }
}
