import SesameCrypto
import SesameSecrets

/// The stanza of one X25519 recipient.
struct X25519Stanza {
    static let type = "X25519"

    private let share: [UInt8]
    private let body: [UInt8]

    /// Wraps a file key with an ephemeral secret that is used for nothing else.
    static func wrap(
        _ fileKey: Secret, for recipient: AgeRecipient, ephemeral: Secret
    ) throws(AgeError) -> Stanza {
        let share: [UInt8]
        let secret: Secret
        do throws(CryptoError) {
            share = try X25519.publicKey(of: ephemeral)
            secret = try X25519.sharedSecret(ephemeral, with: recipient.publicKey.span)
        } catch {
            guard error.code == .smallOrder else { throw .internal("making an ephemeral key") }
            throw AgeError(.recipient, "the recipient \(recipient) is no sound public key")
        }
        let body = try FileKey.wrap(
            fileKey, under: wrapKey(secret, share: share, recipient: recipient))
        return Stanza(arguments: [type, Base64.encodeUnpadded(share.span)], body: body)
    }

    /// Takes a stanza of this type apart.
    init(_ stanza: Stanza) throws(AgeError) {
        guard stanza.arguments.count == 2,
            let share = Base64.decodeUnpadded(Array(stanza.arguments[1].utf8).span),
            share.count == X25519.keyLength
        else { throw .header("an X25519 recipient is malformed") }
        try FileKey.checkLength(ofBody: stanza.body)
        self.share = share.dangerouslyRevealedBytes()
        body = stanza.body
    }

    /// The file key; `nil` where the stanza is for somebody else.
    func open(with identity: AgeIdentity) throws(AgeError) -> Secret? {
        let secret: Secret
        do throws(CryptoError) {
            secret = try X25519.sharedSecret(identity.privateKey, with: share.span)
        } catch {
            throw .header("an X25519 recipient has a share of small order")
        }
        return FileKey.unwrap(
            body,
            under: Self.wrapKey(secret, share: share, recipient: identity.recipient))
    }

    private static func wrapKey(
        _ secret: Secret, share: [UInt8], recipient: AgeRecipient
    ) -> Secret {
        HKDF.sha256(
            secret, salt: (share + recipient.publicKey).span, info: "age-encryption.org/v1/X25519")
    }
}
