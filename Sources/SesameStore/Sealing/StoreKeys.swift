import SesameCrypto
import SesameSecrets

/// What follows from the root secret: the key that wraps data keys, and a value that tells whether
/// the root secret is the right one.
struct RootKeys: Sendable {
    let wrapping: Secret
    let checkValue: Secret

    init(root: Secret, storeID: [UInt8]) {
        wrapping = HKDF.sha256(root, salt: storeID.span, info: "store/v1/kek")
        checkValue = HKDF.sha256(root, salt: storeID.span, info: "store/v1/check")
    }
}

/// One generation of data keys, unwrapped.
struct DataKey: Sendable {
    let generation: Int64
    /// Records derive their own keys from it.
    let secret: Secret
    /// Authenticates the rows of profiles.
    let row: Secret
    /// Makes the elements of the roll's sum.
    let roll: Secret

    init(generation: Int64, secret: Secret, storeID: [UInt8]) {
        self.generation = generation
        self.secret = secret
        row = HKDF.sha256(secret, salt: storeID.span, info: "store/v1/row")
        roll = HKDF.sha256(secret, salt: storeID.span, info: "store/v1/roll")
    }
}

/// A data key as it lies in the store.
struct WrappedDataKey: Sendable, Equatable {
    let generation: Int64
    /// Seconds since 1970.
    let created: Int64
    /// The nonce, then ciphertext and tag.
    let sealed: [UInt8]

    static let sealedLength = AES256GCM.nonceLength + 32 + AES256GCM.tagLength

    /// Wraps 32 bytes.
    init(
        _ secret: Secret, generation: Int64, created: Int64, header: StoreHeader, keys: RootKeys,
        nonce: Secret
    ) throws(StoreError) {
        self.generation = generation
        self.created = created
        let context = Self.context(generation, created, header)
        let nonce = nonce.dangerouslyRevealedBytes()
        sealed =
            nonce
            + (try secret.withBytes { bytes throws(StoreError) in
                try sealing {
                    () throws(CryptoError) in
                    try AES256GCM.seal(
                        bytes, key: keys.wrapping, nonce: nonce.span, associatedData: context.span)
                }
            })
    }

    /// Takes what was read from the store.
    init(generation: Int64, created: Int64, sealed: [UInt8]) {
        self.generation = generation
        self.created = created
        self.sealed = sealed
    }

    func unwrapped(header: StoreHeader, keys: RootKeys) -> DataKey? {
        guard sealed.count == Self.sealedLength else { return nil }
        let context = Self.context(generation, created, header)
        let secret = try? AES256GCM.open(
            sealed.span.extracting(droppingFirst: AES256GCM.nonceLength), key: keys.wrapping,
            nonce: sealed.span.extracting(first: AES256GCM.nonceLength),
            associatedData: context.span)
        return secret.map { DataKey(generation: generation, secret: $0, storeID: header.id) }
    }

    private static func context(
        _ generation: Int64, _ created: Int64, _ header: StoreHeader
    ) -> [UInt8] {
        var data = AssociatedData("store/key")
        data.append(header.id)
        data.append(header.source)
        data.append(generation)
        data.append(created)
        data.append("AES-256-GCM")
        return data.bytes
    }
}

/// What the store says about itself before a key is known.
struct StoreHeader: Sendable, Equatable {
    /// 16 random bytes; also the salt of the root secret.
    let id: [UInt8]
    /// Where the root secret comes from, with public parameters, such as `file`.
    let source: String
    /// ``RootKeys/checkValue``.
    let check: [UInt8]

    /// A plain SHA-256: it tells damage from a wrong key, and nothing else rests on it.
    var digest: [UInt8] {
        var data = AssociatedData("store/header")
        data.append(id)
        data.append(source)
        data.append(check)
        return SHA256.digest(data.bytes.span).dangerouslyRevealedBytes()
    }
}

/// Runs a sealing; it fails only where OpenSSL itself is broken.
func sealing<Result>(_ body: () throws(CryptoError) -> Result) throws(StoreError) -> Result {
    do throws(CryptoError) {
        return try body()
    } catch {
        throw StoreError(.internal, "encryption failed (\(error)); check the OpenSSL installation")
    }
}
