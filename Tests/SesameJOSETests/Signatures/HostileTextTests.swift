import SesameCrypto
import SesameJOSE
import SesameJSON
import SesameSecrets
import Testing

/// What somebody sends who wants to be believed without a key, or to make work.
@Suite struct `A signed text that is not meant well` {
    private let key: PrivateKey
    private let keys: JWKSet

    init() throws {
        key = try PrivateKey.generate(.p256)
        keys = JWKSet([JWK(try key.publicKey(), keyID: "mine")])
    }

    /// CVE-2025-22868: counted before it is split.
    @Test(arguments: [
        "", ".", "..", "a.b", "a.b.c.d", "a.b.c.d.e", String(repeating: ".", count: 100_000),
        #"{"payload":"e30","signatures":[]}"#,
    ])
    func `is refused unless it has exactly two dots and a header`(text: String) {
        #expect(refusal(of: text, by: keys) == .malformed)
    }

    @Test func `is refused before it is looked at where it is too long`() {
        let long = String(repeating: "A", count: 1 << 18) + ".."
        #expect(refusal(of: long, by: keys) == .tooLarge)
    }

    /// Two texts for one signature are two `jti`, two cache entries, two of everything.
    @Test(arguments: [0, 1, 2])
    func `is refused with base64url that is not the shortest spelling`(part: Int) throws {
        let good = try forged(header: #"{"alg":"ES256"}"#, payload: #"{"a":1}"#, with: key)
        #expect(refusal(of: good, by: keys) == nil)
        let parts = good.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        func changed(_ text: String) -> String {
            var parts = parts
            parts[part] = text
            return parts.joined(separator: ".")
        }
        let text = parts[part]
        for bad in ["\(text)=", "\(text)==", " \(text)", "\(text)\n", "\(text)A", "\(text)+", "+/"]
        {
            #expect(refusal(of: changed(bad), by: keys) != nil, "\(bad)")
        }
        // The last character of all has four or two bits that mean nothing.
        let last = try #require(text.last)
        let twin = try #require(Self.twin(of: last, length: text.utf8.count))
        #expect(refusal(of: changed(String(text.dropLast()) + twin), by: keys) == .malformed)
    }

    /// RFC 7515, section 4.1.11; CVE-2025-59420.
    @Test(arguments: [
        #"{"alg":"ES256","crit":["exp"],"exp":1}"#, #"{"alg":"ES256","crit":[]}"#,
        #"{"alg":"ES256","crit":null}"#, #"{"alg":"ES256","crit":"b64","b64":false}"#,
        #"{"alg":"ES256","crit":["b64"],"b64":false}"#, #"{"alg":"ES256","b64":false}"#,
        #"{"alg":"ES256","crit":["alg"]}"#,
    ])
    func `is refused with an extension that it calls critical`(header: String) throws {
        let text = try forged(header: header, with: key)
        #expect(refusal(of: text, by: keys) == .criticalExtension)
    }

    /// O-13; RFC 8725, section 3.10.
    @Test(arguments: ["jwk", "jku", "x5u", "x5c"])
    func `is never checked with a key that it brings along`(member: String) throws {
        let own = try PrivateKey.generate(.p256)
        let values = [
            "jwk": JWK(try own.publicKey(), keyID: "mine").json.encoded().dangerouslyRevealedText(),
            "jku": #""https://evil.test/keys""#, "x5u": #""https://evil.test/cert""#,
            "x5c": #"["AAAA"]"#,
        ]
        let value = try #require(values[member])
        let text = try forged(
            header: #"{"alg":"ES256","kid":"mine","\#(member)":\#(value)}"#, with: own)
        #expect(refusal(of: text, by: keys) == .badSignature)
    }

    @Test(arguments: [
        #"[]"#, #""ES256""#, "", "{", #"{"alg":null}"#, #"{"alg":1}"#, #"{"alg":["ES256"]}"#,
        #"{"typ":"JWT"}"#, #"{"alg":"ES256","alg":"none"}"#, #"{"alg":"ES256","kid":7}"#,
        #"{"alg":"ES256","typ":{}}"#, #"{"alg":"ES256"} "# + "x", "\u{FEFF}" + #"{"alg":"ES256"}"#,
    ])
    func `is refused with a header that is none`(header: String) throws {
        let text = try forged(header: header, with: key)
        #expect(refusal(of: text, by: keys) == .malformed)
    }

    @Test func `is refused with a header that is too large or too deep`() throws {
        let padding = String(repeating: "a", count: 20_000)
        let large = try forged(header: #"{"alg":"ES256","x":"\#(padding)"}"#, with: key)
        #expect(refusal(of: large, by: keys) == .tooLarge)
        let arrays = String(repeating: "[", count: 9) + String(repeating: "]", count: 9)
        let deep = try forged(header: #"{"alg":"ES256","x":\#(arrays)}"#, with: key)
        #expect(refusal(of: deep, by: keys) == .tooLarge)
    }

    /// RFC 8725, section 3.1: the public key as the secret of an HMAC.
    @Test func `by HMAC is not checked with a public key, whatever is allowed`() throws {
        let rsa = try PrivateKey.generate(.rsa)
        let publicKey = JWK(try rsa.publicKey(), keyID: "mine")
        let secret = publicKey.json.encoded()
        let text = try JWSSigner(secret: secret, keyID: "mine").sign(.object([]))
        let refused = refusal(
            of: text.dangerouslyRevealedText(), by: JWKSet([publicKey]),
            allowing: Set(JWSAlgorithm.allCases))
        #expect(refused == .algorithmNotAllowed)
    }

    @Test func `by an algorithm that is not on the list is refused, good as it is`() throws {
        let text = try forged(header: #"{"alg":"ES256"}"#, with: key)
        #expect(refusal(of: text, by: keys, allowing: [.ps256, .ed25519]) == .algorithmNotAllowed)
        #expect(refusal(of: text, by: keys, allowing: [.es256]) == nil)
    }

    static let types: [(String, JOSEError.Code?)] = [
        ("dpop+jwt", nil), ("DPoP+JWT", nil), ("application/dpop+jwt", nil),
        ("JWT", JOSEError.Code.wrongType), ("application/application/dpop+jwt", .wrongType),
        ("", .wrongType),
    ]

    /// RFC 8725, section 3.11.
    @Test(arguments: types)
    func `of another type is refused`(type: String, expected: JOSEError.Code?) throws {
        let text = try forged(header: #"{"alg":"ES256","typ":"\#(type)"}"#, with: key)
        #expect(refusal(of: text, by: keys, type: "dpop+jwt") == expected)
        let untyped = try forged(header: #"{"alg":"ES256"}"#, with: key)
        #expect(refusal(of: untyped, by: keys, type: "dpop+jwt") == .wrongType)
    }

    @Test func `has no claims where its content is no object`() throws {
        for payload in ["", "[]", "1", "{", #"{"a":1,"a":2}"#] {
            let text = try forged(header: #"{"alg":"ES256"}"#, payload: payload, with: key)
            let verified = try CompactJWS(parsing: Secret(utf8: text)).verified(
                by: keys, allowing: [.es256])
            #expect(code { () throws(JOSEError) in _ = try verified.claims() } == .malformed)
        }
    }

    /// r‖s of another length, r or s of zero, r and s beyond the order.
    @Test(arguments: [0, 1, 63, 65, 70, 128])
    func `with a signature of another length is refused`(count: Int) throws {
        let text = try forged(header: #"{"alg":"ES256"}"#, with: key)
        let signed = text.split(separator: ".").prefix(2).joined(separator: ".")
        for byte in [UInt8(0), 0xFF] {
            let signature = [UInt8](repeating: byte, count: count)
            let bad = signed + "." + Base64URL.encode(signature.span)
            #expect(refusal(of: bad, by: keys) == .badSignature)
        }
    }

    /// Another last character that a careless reader takes for the same bytes; one that is
    /// wrong anyway where there are no such bits.
    private static func twin(of character: Character, length: Int) -> String? {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        guard let index = alphabet.firstIndex(of: character) else { return nil }
        return length % 4 == 0 ? "!" : String(alphabet[index ^ 1])
    }
}
