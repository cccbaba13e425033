import SesameCrypto
import SesameSecrets

/// The textual beginning of an age file, which wraps the file key for its recipients.
///
/// The format: c2sp.org/age, “Header”.
struct Header: Sendable {
    let stanzas: [Stanza]
    /// The bytes that the MAC is over: up to and with the three dashes.
    let sealed: [UInt8]
    let mac: [UInt8]

    init(stanzas: [Stanza], sealed: [UInt8], mac: [UInt8]) {
        self.stanzas = stanzas
        self.sealed = sealed
        self.mac = mac
    }

    /// A new header.
    init(stanzas: [Stanza], fileKey: Secret) {
        let text = Self.version + "\n" + stanzas.map(\.text).joined() + Self.macMark
        let sealed = Array(text.utf8)
        let mac = Self.mac(of: sealed, fileKey: fileKey).dangerouslyRevealedBytes()
        self.init(stanzas: stanzas, sealed: sealed, mac: mac)
    }

    /// What a file begins with, down to the line feed before the payload.
    var bytes: [UInt8] {
        sealed + Array(" \(Base64.encodeUnpadded(mac.span))\n".utf8)
    }

    /// Whether the header is the one that was sealed with this file key.
    func isAuthentic(fileKey: Secret) -> Bool {
        Self.mac(of: sealed, fileKey: fileKey).withBytes { constantTimeEqual($0, mac.span) }
    }

    private static func mac(of sealed: [UInt8], fileKey: Secret) -> Secret {
        let noSalt: [UInt8] = []
        let key = HKDF.sha256(fileKey, salt: noSalt.span, info: "header")
        return HMAC.sha256(sealed.span, key: key)
    }

    static let version = "age-encryption.org/v1"
    static let macMark = "---"
    static let macLength = 32
    /// No header of ours is longer than some hundred bytes; this has room for hundreds of recipients.
    static let lengthLimit = 64 << 10
}
