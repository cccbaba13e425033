import SesameCrypto
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@Suite(.enabled(if: CertificateAuthority.isAvailable, "needs the programs openssl and socat"))
struct `A certificate with its key` {
    private let authority: CertificateAuthority
    private let identity: CertificateAuthority.Identity

    init() throws {
        authority = try CertificateAuthority()
        identity = try authority.issue(["DNS:client.example"])
    }

    private func read(_ path: String) throws -> Secret {
        try PrivateFile.readShared(path, limit: 65_536)
    }

    /// `x5t#S256` (RFC 8705, section 3.1), as OpenSSL's own program makes it.
    @Test func `has the digest and the end that openssl tells`() throws {
        let held = try CertifiedKey(
            chain: try read(identity.certificate), key: try read(identity.key))
        let told = try ChildProcess.run(
            "openssl",
            ["x509", "-in", identity.certificate, "-noout", "-fingerprint", "-sha256"])
        let digits = told.output.split(separator: "=").last?.replacing(":", with: "") ?? ""
        let ours = held.digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        #expect(digits.lowercased() == ours + "\n")
        #expect(held.notAfter - held.notBefore == 86_400)
        let check = try ChildProcess.run(
            "openssl",
            [
                "x509", "-in", identity.certificate, "-noout", "-checkend",
                "\(held.notAfter - SystemTime().now.seconds - 60)",
            ])
        #expect(check.status == 0)
    }

    /// As a server is told of it (RFC 8705, sections 2.1.2 and 2.2.2; RFC 4514).
    @Test(arguments: [
        ("/CN=client", "CN=client"),
        (#"/C=DE/O=Example, Inc./CN=a\+b"#, #"CN=a\+b,O=Example\, Inc.,C=DE"#),
        ("/CN=Jürgen", "CN=Jürgen"),
    ])
    func `tells whom it names, and its own bytes`(name: String, written: String) throws {
        let made = try authority.issueSelfSigned(["DNS:client.example"], subject: name)
        let certificate = try read(made.certificate)
        let held = try CertifiedKey(chain: certificate, key: try read(made.key))
        #expect(try held.subject() == written)
        let lines = certificate.dangerouslyRevealedText().split(separator: "\n")
        #expect(try held.encoded() == lines.dropFirst().dropLast().joined())
    }

    @Test func `may come with the chain above it and the key in the same file`() throws {
        let all = try [identity.key, identity.certificate, authority.file].map {
            try read($0).dangerouslyRevealedText()
        }.joined()
        let held = try CertifiedKey(chain: Secret(utf8: all), key: Secret(utf8: all))
        let alone = try CertifiedKey(
            chain: try read(identity.certificate), key: try read(identity.key))
        #expect(held.digest == alone.digest)
    }

    @Test func `is refused where one of the two is wrong`() throws {
        let other = try authority.issue(["DNS:other.example"])
        let certificate = try read(identity.certificate)
        let broken = certificate.dangerouslyRevealedText().replacing("MII", with: "AAA")
        let cases: [(chain: Secret, key: Secret, CryptoError.Code)] = [
            (certificate, try read(other.key), .keyMismatch),
            (try read(identity.key), try read(identity.key), .badCertificate),
            (Secret(utf8: broken), try read(identity.key), .badCertificate),
            (
                Secret(utf8: certificate.dangerouslyRevealedText() + broken),
                try read(identity.key), .badCertificate
            ),
            (Secret(utf8: ""), try read(identity.key), .badCertificate),
            (certificate, certificate, .badKey), (certificate, Secret(utf8: ""), .badKey),
        ]
        for (chain, key, code) in cases {
            let error = #expect(throws: CryptoError.self) {
                try CertifiedKey(chain: chain, key: key)
            }
            #expect(error?.code == code)
        }
    }

    @Test func `asks nobody for the passphrase of a key`() async throws {
        let sealed = "\(authority.folder)/sealed.key"
        let made = try await ChildProcess.runAside(
            "openssl",
            ["ec", "-in", identity.key, "-aes256", "-passout", "pass:xyzzy", "-out", sealed])
        try #require(made.status == 0, "\(made.errors)")
        let error = #expect(throws: CryptoError.self) {
            try CertifiedKey(chain: try read(identity.certificate), key: try read(sealed))
        }
        #expect(error?.code == .encryptedKey)
    }
}
