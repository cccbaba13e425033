import SesameJOSE
import SesameJSON
import SesameSecrets
import TestSupport
import Testing

/// Texts and keys that others have made, good and bad ones; the files in `Vectors` name their source.
@Suite struct `The signed texts of Project Wycheproof` {
    @Test func `are judged as they should be`() throws {
        let cases = try VectorCase.all(of: "json-web-signatures.txt")
        #expect(cases.count == 90 && cases.count(where: \.isValid) == 9)
        for one in cases {
            #expect(try one.isAccepted() == one.isValid, "tcId \(one.number)")
        }
    }

    @Test func `are judged by sets of keys as they should be`() throws {
        let cases = try VectorCase.all(of: "json-web-keys.txt")
        #expect(cases.count == 12 && cases.count(where: \.isValid) == 1)
        for one in cases {
            #expect(one.isAccepted(by: try one.set()) == one.isValid, "tcId \(one.number)")
        }
    }

    /// Those by HMAC against a set that shows their secret, and all others with their public key as the secret.
    @Test func `are never judged by a key of another kind`() throws {
        for file in ["json-web-signatures.txt", "json-web-keys.txt"] {
            for one in try VectorCase.all(of: file) {
                if one.secret != nil {
                    #expect(!one.isAccepted(by: try one.set()), "tcId \(one.number)")
                } else {
                    #expect(!one.isAccepted(bySecret: Secret(utf8: one.keys)), "tcId \(one.number)")
                }
            }
        }
    }
}

private struct VectorCase {
    /// One key or several with commas between them, as JSON.
    let keys: String
    let number: String
    let isValid: Bool
    let text: String

    static func all(of file: String, thisFile: String = #filePath) throws -> [VectorCase] {
        let folder = thisFile.split(separator: "/").dropLast(2).joined(separator: "/")
        var keys = ""
        return try vectorLines(at: "/\(folder)/Vectors/\(file)").compactMap { line in
            // A text may have blanks, where it should have none.
            let words = line.split(separator: " ", maxSplits: 2).map(String.init)
            guard words[0] != "key" else {
                keys = words[1]
                return nil
            }
            return VectorCase(
                keys: keys, number: words[0], isValid: words[1] == "valid",
                text: words[2] == "-" ? "" : words[2])
        }
    }

    func set() throws -> JWKSet { try JWKSet(parsing: Secret(utf8: "{\"keys\":[\(keys)]}")) }

    /// The symmetric key, where it is one: it is no key of a set here, and given by itself.
    var secret: Secret? {
        guard let json = try? json(keys), json["kty"]?.string == "oct" else { return nil }
        return json["k"]?.secret.flatMap { $0.withBytes { Base64URL.decode($0) } }
    }

    func isAccepted() throws -> Bool {
        try secret.map(isAccepted(bySecret:)) ?? isAccepted(by: set())
    }

    func isAccepted(by keys: JWKSet) -> Bool { refusal(of: text, by: keys) == nil }

    func isAccepted(bySecret secret: Secret) -> Bool {
        code { () throws(JOSEError) in
            _ = try CompactJWS(parsing: Secret(utf8: text)).verified(bySecret: secret)
        } == nil
    }
}
