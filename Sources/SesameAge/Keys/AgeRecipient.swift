package import SesameCrypto
package import SesameSecrets

/// Whom a file is sealed for.
package enum AgeRecipients: Sendable {
    /// Each of these can open it; at least one.
    case keys([AgeRecipient])
    /// Whoever knows the passphrase can open it.
    case passphrase(Secret, Scrypt.Parameters = .usual)
}

/// The public half of an X25519 identity: `age1…`.
package struct AgeRecipient: Sendable, Hashable, CustomStringConvertible {
    let publicKey: [UInt8]

    init(publicKey: [UInt8]) {
        self.publicKey = publicKey
    }

    /// Reads the text that `age-keygen` prints.
    /// - Throws: ``AgeError`` with ``AgeError/Code/recipient``.
    package init(_ text: String) throws(AgeError) {
        let bytes = Array(text.utf8)
        guard let key = Bech32.decode(bytes.span, prefix: "age"), key.count == X25519.keyLength
        else { throw Self.refusal(of: text) }
        publicKey = key.dangerouslyRevealedBytes()
    }

    /// The text that `age-keygen` prints.
    package var description: String {
        Bech32.encode(publicKey.span, prefix: "age").dangerouslyRevealedText()
    }

    private static func refusal(of text: String) -> AgeError {
        // A secret key that was pasted here must not be repeated in a message.
        if text.uppercased().hasPrefix("AGE-SECRET-KEY") {
            return AgeError(
                .recipient,
                "this is a secret key, not a recipient: give the public key (age1…) that"
                    + " `age-keygen -y FILE` prints, and keep the secret one")
        }
        let isForeign = ["age1pq1", "age1tag", "ssh-"].contains { text.hasPrefix($0) }
        return AgeError(
            .recipient,
            "“\(text.sanitised(limit: 80))” is no recipient that can be used here"
                + (isForeign ? ": only X25519 keys (age1…) can" : "")
                + "; `age-keygen` makes a key and prints its recipient")
    }
}
