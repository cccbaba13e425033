import SesameCrypto
import SesameJOSE
import SesameSecrets
import Testing

/// Keys that somebody shows so that signatures prove nothing, or cost much.
@Suite struct `A public key that is not meant well` {
    /// A modulus that nobody has chosen with care: only its size and its last bit matter here.
    private static func rsa(
        bits: Int, exponent: [UInt8] = [1, 0, 1], first: UInt8 = 0xC5, last: UInt8 = 0xC5
    ) -> String {
        var n = [UInt8](repeating: 0xC5, count: bits / 8)
        (n[0], n[n.count - 1]) = (first, last)
        return #"{"kty":"RSA","n":"\#(Base64URL.encode(n.span))","#
            + #""e":"\#(Base64URL.encode(exponent.span))"}"#
    }

    private static func curve(_ x: [UInt8], _ y: [UInt8]) -> String {
        #"{"kty":"EC","crv":"P-256","x":"\#(Base64URL.encode(x.span))","#
            + #""y":"\#(Base64URL.encode(y.span))"}"#
    }

    private static let zeros = [UInt8](repeating: 0, count: 32)
    private static let ones = [UInt8](repeating: 0xFF, count: 32)

    static let keys: [(String, JOSEError.Code?)] = [
        (rsa(bits: 512), JOSEError.Code.weakKey), (rsa(bits: 1024), .weakKey),
        // 2,047 bits.
        (rsa(bits: 2048, first: 0x7F), .weakKey), (rsa(bits: 2048), nil),
        (rsa(bits: 8192), nil), (rsa(bits: 8200), .malformed),
        (rsa(bits: 16_384), .malformed),
        (rsa(bits: 2048, exponent: [1]), .weakKey), (rsa(bits: 2048, exponent: [2]), .weakKey),
        (rsa(bits: 2048, exponent: [3]), nil),
        (rsa(bits: 2048, exponent: [1, 0, 0]), .weakKey),
        (rsa(bits: 2048, exponent: [UInt8](repeating: 0xFF, count: 8)), nil),
        (rsa(bits: 2048, exponent: [UInt8](repeating: 0xFF, count: 9)), .malformed),
        (rsa(bits: 2048, exponent: [0, 1, 0, 1]), .malformed),
        (rsa(bits: 2048, exponent: [0]), .malformed),
        (rsa(bits: 2048, first: 0), .malformed), (rsa(bits: 2048, last: 0xC4), .malformed),
        (curve(zeros, zeros), .malformed), (curve(ones, ones), .malformed),
        (curve(Array(zeros.dropLast()), zeros), .malformed),
        (curve(zeros, zeros + [0]), .malformed),
        (#"{"kty":"OKP","crv":"Ed25519","x":"AA"}"#, .malformed),
        (#"{"kty":"oct","k":"c2VjcmV0"}"#, .malformed),
        (#"{"kty":"OKP","crv":"Ed25519","x":"AA","d":"AA"}"#, .malformed),
    ]

    @Test(arguments: keys)
    func `T-19: is refused for what makes it weak, dear or none`(
        text: String, expected: JOSEError.Code?
    ) throws {
        let parsed = try json(text)
        #expect(
            code { () throws(JOSEError) in _ = try JWK(parsed) } == expected, "\(text.prefix(60))")
    }

    /// With that exponent anybody can make a number whose cube begins as a padded digest does (Bleichenbacher, 2006).
    ///
    /// It is no signature where nothing may stand behind the digest, so such keys are taken.
    @Test func `T-19: of exponent 3 makes no signature out of a cube root`() throws {
        let keys = JWKSet([try jwk(#"{"kty":"RSA","n":"\#(smallExponentModulus)","e":"Aw"}"#)])
        #expect(refusal(of: signedByCube, by: keys) == nil)
        #expect(refusal(of: forgedByCubeRoot, by: keys) == .badSignature)
    }
}

private let smallExponentModulus =
    "zWQD0cdZeQaLYM1Y-ppTY8P4GreF_kLA005-GtHNSbtyIWFD4_C7M0X9bfK5yie-c89pgsVT-fzyJn6a3-Bu5mTZDGlE9OZlrv-ANEB6QzcquOXH-y2-Bj6SAiSrl_uiOVnfTzOniBz8MVTVfzNh37FXHxtFNr5iP7w5Kj3bhHPEmFFLy3rfS4RsXJAgQNJh6ISrwIqrWPEl-k3J7Ak7v_aFs0BoDj6n_q29T01nTxeCExvxBKT_Z49c6kIQJ-iWUDLDrYnesSGlinbnivUjZOEhOzjuNSGbjug78Ndtp0fCYS2kdeQn2igtllvxLHE-EiIGhFXhStzA7R_Ywk6b6Q"
private let signedByCube =
    "eyJhbGciOiJSUzI1NiJ9.e30.eo1eNdFa2THA407RyM4_F3oxf6ytgtMCTIzSJZmSzjby3lEc7-aXaPlhovHYr-iBkTuzQzwjs-zAW0qWR8OhtdCaH7i7fEMqlm-DU-FLNsxDuVGwo1_dPI6z8c3qi_eMEG2Utav_pOcj1vX07OcodEj2uPxQ6EDGZ8MWbjtwNzJ07o_8NBz1MEbdI4i4CM4n1oyyokvJNdzgYld4GR9GGgXgICyiCwVYd82EZwKvNUr0jM4HbmHKejfSgRkE9T8EGeLSykvsO7ouM3IwnE96VikMy6cQnYk4eeVpkZaf0kim6ZYPMNgp_QwwcOXtecD2uLuCdAIvbZHfPB8k8iMxfw"
private let forgedByCubeRoot =
    "eyJhbGciOiJSUzI1NiJ9.e30."
    + String(repeating: "A", count: 228)
    + "Msv9SnrceQVYPXZ1IPUWQHWRdtN4JvLvY649x61kLbSRT7NZ1_fKqBh1D15yjLUZ6IVV0GlGRpAjO_lCkIJQw556fVJH-47GmeBpWDBrtSrIeafzNA"
