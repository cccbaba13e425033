import SesameAge
import SesameCrypto
import SesameSecrets
import TestSupport
import Testing

/// One file of the folder Vectors: `key: value` lines, an empty line, an age file as base64.
struct Vector: CustomTestStringConvertible {
    let name: String
    /// `success` or one of the failure classes.
    let expected: String
    /// The digest of all plaintext that may be handed out, where any may.
    let payload: String?
    let openers: [AgeOpener]
    let file: [UInt8]

    var testDescription: String { name }

    static func all(thisFile: String = #filePath) throws -> [Vector] {
        let folder =
            "/" + thisFile.split(separator: "/").dropLast().joined(separator: "/") + "/Vectors"
        let names = try ChildProcess.run("ls", [folder]).output.split(separator: "\n")
        return try names.filter { $0.hasSuffix(".txt") }.map { name in
            let bytes = try contents(of: "\(folder)/\(name)")
            return try Vector(String(name.dropLast(4)), String(copying: bytes.span))
        }
    }

    private init(_ name: String, _ text: String) throws {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let head = lines.prefix { !$0.isEmpty }
        func values(_ key: String) -> [String] {
            head.filter { $0.hasPrefix("\(key): ") }.map { String($0.dropFirst(key.count + 2)) }
        }
        self.name = name
        expected = try #require(values("expect").first)
        payload = values("payload").first
        let identities = values("identity").joined(separator: "\n")
        var openers = values("passphrase").map { AgeOpener.passphrase(Secret(utf8: $0)) }
        if !identities.isEmpty {
            openers.append(.identities(try AgeIdentity.all(inFile: Secret(utf8: identities))))
        }
        self.openers = openers
        let body = Array(lines.dropFirst(head.count + 1).joined().utf8.filter { $0 != 0x3D })
        let bytes = Base64.decodeUnpadded(body.span)
        file = try #require(bytes).dangerouslyRevealedBytes()
    }
}

@Suite struct `A vector of the age format` {
    @Test(arguments: try Vector.all())
    func `ends as it says`(vector: Vector) throws {
        try #require(!vector.openers.isEmpty)
        for opener in vector.openers {
            let result = opened(vector.file, with: opener)
            #expect((result.failure?.code.description ?? "success") == vector.expected)
            let released = SHA256.digest(result.released.span).dangerouslyRevealedBytes()
                .map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
            if let payload = vector.payload {
                #expect(released == payload)
            } else {
                #expect(result.released.isEmpty)
            }
        }
    }

    @Test func `is there for every class of failure`() throws {
        let found = Set(try Vector.all().map(\.expected))
        #expect(
            found == ["success", "header failure", "HMAC failure", "payload failure", "no match"])
    }
}
