import SesameCrypto
import SesameSecrets

/// What a record is; the name is part of the format.
enum RecordKind: String, Sendable, CaseIterable {
    case credential
    case secrets
    case outcome
    /// One per store, under the empty profile name: ``Roll``.
    case roll
}

/// Which record it is.
///
/// All of this is bound: a sealed record opens in its own place only.
struct RecordPlace: Sendable {
    let storeID: [UInt8]
    let profile: String
    let kind: String
    let revision: Int64

    func associatedData(generation: Int64) -> [UInt8] {
        var data = AssociatedData("store/record")
        data.append(storeID)
        data.append(profile)
        data.append(kind)
        data.append(generation)
        data.append(revision)
        return data.bytes
    }
}

/// An encrypted record: `salt(32) ‖ commitment(32) ‖ nonce(12) ‖ ciphertext ‖ tag(16)`.
enum SealedRecord {
    private static let saltLength = 32
    private static let commitmentLength = 32
    private static let headLength = saltLength + commitmentLength + AES256GCM.nonceLength

    static func seal(
        _ plaintext: Secret, at place: RecordPlace, key: DataKey, random: any RandomSource
    ) throws(StoreError) -> [UInt8] {
        let salt = random.bytes(saltLength).dangerouslyRevealedBytes()
        let nonce = random.bytes(AES256GCM.nonceLength).dangerouslyRevealedBytes()
        let context = place.associatedData(generation: key.generation)
        let body = try plaintext.withBytes { bytes throws(StoreError) in
            try sealing { () throws(CryptoError) in
                try AES256GCM.seal(
                    bytes, key: encryptionKey(key, salt.span), nonce: nonce.span,
                    associatedData: context.span)
            }
        }
        return salt + commitment(key, salt.span).dangerouslyRevealedBytes() + nonce + body
    }

    /// `nil` when a bit was changed, or when the record belongs to another place.
    static func open(_ sealed: [UInt8], at place: RecordPlace, key: DataKey) -> Secret? {
        guard sealed.count >= headLength + AES256GCM.tagLength else { return nil }
        let salt = sealed.span.extracting(0..<saltLength)
        let stored = sealed.span.extracting(saltLength..<(saltLength + commitmentLength))
        // AES-GCM does not commit to its key: without this a ciphertext can be made that opens
        // under two keys.
        let commits = commitment(key, salt).withBytes { constantTimeEqual($0, stored) }
        guard commits else { return nil }
        let context = place.associatedData(generation: key.generation)
        return try? AES256GCM.open(
            sealed.span.extracting(droppingFirst: headLength), key: encryptionKey(key, salt),
            nonce: sealed.span.extracting((saltLength + commitmentLength)..<headLength),
            associatedData: context.span)
    }

    private static func encryptionKey(_ key: DataKey, _ salt: Span<UInt8>) -> Secret {
        HKDF.sha256(key.secret, salt: salt, info: "store/v1/enc")
    }

    private static func commitment(_ key: DataKey, _ salt: Span<UInt8>) -> Secret {
        HKDF.sha256(key.secret, salt: salt, info: "store/v1/commit")
    }
}
