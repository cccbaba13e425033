import SesameCrypto
import SesameSecrets

/// Seals or opens the chunks of one payload, in order.
///
/// The nonce is the number of the chunk and whether it is the last one, so no chunk can be moved,
/// left out or added unnoticed (c2sp.org/age, “Payload”).
struct ChunkCipher: Sendable {
    /// Bytes of plaintext in every chunk but the last, which may have fewer.
    static let chunkLength = 64 << 10
    /// Bytes of a full chunk as it stands in the file.
    static let sealedLength = chunkLength + ChaCha20Poly1305.tagLength
    /// Bytes between the header and the first chunk.
    static let saltLength = 16

    private let key: Secret
    private var next: UInt64 = 0

    /// - Parameter salt: what the format calls the payload's nonce.
    init(fileKey: Secret, salt: [UInt8]) {
        key = HKDF.sha256(fileKey, salt: salt.span, info: "payload")
    }

    /// Whether no chunk was sealed or opened yet.
    var isAtFirst: Bool { next == 0 }

    mutating func seal(_ chunk: Span<UInt8>, isLast: Bool) throws(AgeError) -> [UInt8] {
        let nonce = takeNonce(isLast: isLast)
        do throws(CryptoError) {
            return try ChaCha20Poly1305.seal(
                chunk, key: key, nonce: nonce.span, associatedData: Self.nothing.span)
        } catch {
            throw .internal("sealing a chunk")
        }
    }

    mutating func open(_ sealed: Span<UInt8>, isLast: Bool) throws(AgeError) -> Secret {
        let nonce = takeNonce(isLast: isLast)
        do throws(CryptoError) {
            return try ChaCha20Poly1305.open(
                sealed, key: key, nonce: nonce.span, associatedData: Self.nothing.span)
        } catch {
            throw .payload("a part of the payload is not what was sealed")
        }
    }

    /// Eleven bytes of counter and one of end: no file is so long that 64 bits run over.
    private mutating func takeNonce(isLast: Bool) -> [UInt8] {
        var nonce = [UInt8](repeating: 0, count: 3)
        for shift in stride(from: UInt64(56), through: 0, by: -8) {
            nonce.append(UInt8(truncatingIfNeeded: next >> shift))
        }
        next += 1
        return nonce + [isLast ? 1 : 0]
    }

    private static let nothing: [UInt8] = []
}
