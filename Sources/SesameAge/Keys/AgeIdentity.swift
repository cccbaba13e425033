import SesameCrypto
package import SesameSecrets

/// What opens a file.
package enum AgeOpener: Sendable {
    /// Any of these may fit.
    case identities([AgeIdentity])
    case passphrase(Secret)
}

/// A secret X25519 key: `AGE-SECRET-KEY-1…`.
package struct AgeIdentity: Sendable {
    let privateKey: Secret
    /// Whom to seal for, so that this identity opens it.
    package let recipient: AgeRecipient

    /// - Throws: ``AgeError`` with ``AgeError/Code/identity`` for a key that is not 32 bytes long.
    package init(privateKey: Secret) throws(AgeError) {
        do throws(CryptoError) {
            recipient = AgeRecipient(publicKey: try X25519.publicKey(of: privateKey))
        } catch {
            throw AgeError(.identity, "a secret key is \(X25519.keyLength) bytes long")
        }
        self.privateKey = privateKey
    }

    /// The text as `age-keygen` writes it.
    package var text: Secret {
        privateKey.withBytes { Bech32.encode($0, prefix: Self.prefix) }
    }

    /// Reads the text of an identity file: one key a line, empty lines, comments behind `#`.
    ///
    /// Messages name the line and never repeat it.
    /// - Throws: ``AgeError`` with ``AgeError/Code/identity``, also where there is no key at all.
    package static func all(inFile text: Secret) throws(AgeError) -> [AgeIdentity] {
        try text.withBytes { bytes throws(AgeError) in
            var identities: [AgeIdentity] = []
            var start = 0
            var number = 0
            while start < bytes.count {
                let end =
                    (start..<bytes.count).first { bytes[$0] == UInt8(ascii: "\n") } ?? bytes.count
                number += 1
                let line = bytes.extracting(trimmed(start..<end, of: bytes))
                if !line.isEmpty, line[0] != UInt8(ascii: "#") {
                    identities.append(try one(line, number))
                }
                start = end + 1
            }
            guard !identities.isEmpty else {
                throw AgeError(
                    .identity,
                    "the file of identities has no key (AGE-SECRET-KEY-1…) in it; `age-keygen -o FILE`"
                        + " makes one")
            }
            return identities
        }
    }

    private static func one(_ line: Span<UInt8>, _ number: Int) throws(AgeError) -> AgeIdentity {
        guard let key = Bech32.decode(line, prefix: prefix), key.count == X25519.keyLength else {
            throw AgeError(
                .identity,
                "line \(number) of the file of identities is no X25519 key (AGE-SECRET-KEY-1…); keys"
                    + " of plugins and of SSH, and files that are encrypted themselves, cannot be"
                    + " used here")
        }
        return try AgeIdentity(privateKey: key)
    }

    /// Without white space at both ends: editors leave carriage returns and blanks.
    private static func trimmed(_ line: Range<Int>, of text: Span<UInt8>) -> Range<Int> {
        var line = line
        while let last = line.last, isBlank(text[last]) { line.removeLast() }
        while let first = line.first, isBlank(text[first]) { line.removeFirst() }
        return line
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
    }

    private static let prefix: StaticString = "AGE-SECRET-KEY-"
}
