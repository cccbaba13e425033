import COpenSSL
public import SesameSecrets

/// Derivation of a key from a passphrase (RFC 7914).
public enum Scrypt {
    /// Stretches a passphrase to a key.
    ///
    /// Takes 0.6 s and 128 MiB with ``Parameters/usual``, and blocks the thread meanwhile. The work area
    /// is ordinary memory, too large to be locked; OpenSSL wipes it.
    /// - Parameters:
    ///   - passphrase: not empty: an empty one protects nothing and is most often a mistake.
    ///   - salt: not secret; 16 random bytes, new for each passphrase.
    ///   - count: bytes wanted.
    /// - Throws: ``CryptoError`` with ``CryptoError/Code/badLength`` for an empty passphrase or a count of
    ///   zero, and ``CryptoError/Code/failed`` where memory is short.
    public static func derive(
        _ passphrase: Secret, salt: Span<UInt8>, parameters: Parameters, count: Int = 32
    ) throws(CryptoError) -> Secret {
        guard !passphrase.isEmpty else { throw CryptoError(.badLength) }
        return try derive(passphrase, salt: salt, unchecked: parameters, count: count)
    }

    /// The function of RFC 7914, section 6, without the floor that protects stores.
    static func derive(
        _ passphrase: Secret, salt: Span<UInt8>, unchecked parameters: Parameters, count: Int
    ) throws(CryptoError) -> Secret {
        guard count > 0 else { throw CryptoError(.badLength) }
        var out = SecretBuffer(capacity: count)
        unsafe out.appendUnsafely(capacity: count) { room in
            passphrase.withBytes { passphrase in
                unsafe stretch(passphrase, salt: salt, parameters: parameters, into: room)
                    ? count : 0
            }
        }
        guard out.count == count else { throw CryptoError(.failed) }
        return Secret(out)
    }

    /// How much work a derivation takes: 128 · N · r bytes, p times.
    public struct Parameters: Sendable, Equatable {
        /// N is two to this power.
        public let costLogarithm: Int
        /// r.
        public let blockSize: Int
        /// p.
        public let parallelism: Int

        /// What new stores use: N = 2^17, r = 8, p = 1: 128 MiB.
        public static let usual = Parameters(unchecked: 17, 8, 1)

        /// `nil` below N = 2^15 with r = 8, and above 1 GiB or p = 16: parameters come from files that an
        /// enemy may have written.
        public init?(costLogarithm: Int, blockSize: Int, parallelism: Int) {
            guard (15...20).contains(costLogarithm), blockSize == 8, (1...16).contains(parallelism)
            else { return nil }
            self.init(unchecked: costLogarithm, blockSize, parallelism)
        }

        /// What an age file names (r = 8, p = 1); `nil` for N below 2 and above 2^20, which is 1 GiB.
        ///
        /// There is no floor: opening a file that another program sealed weakly makes nothing weaker.
        package init?(ofAgeFile costLogarithm: Int) {
            guard (1...20).contains(costLogarithm) else { return nil }
            self.init(unchecked: costLogarithm, 8, 1)
        }

        /// For constants of this module and the RFC's vectors, which are below the floor.
        init(unchecked costLogarithm: Int, _ blockSize: Int, _ parallelism: Int) {
            self.costLogarithm = costLogarithm
            self.blockSize = blockSize
            self.parallelism = parallelism
        }

        /// Bytes that OpenSSL sets aside: B, V, X and T of RFC 7914.
        ///
        /// Without this number a cap of 32 MiB holds.
        fileprivate var memory: UInt64 {
            128 * UInt64(blockSize) * ((1 << UInt64(costLogarithm)) + UInt64(parallelism) + 2)
        }
    }
}

private func stretch(
    _ passphrase: Span<UInt8>, salt: Span<UInt8>, parameters: Scrypt.Parameters,
    into room: UnsafeMutableRawBufferPointer
) -> Bool {
    unsafe passphrase.withUnsafeBufferPointer { passphrase in
        unsafe salt.withUnsafeBufferPointer { salt in
            // An empty array may have no address, which OpenSSL takes for "no passphrase was given".
            let start =
                unsafe UnsafeRawPointer(passphrase.baseAddress)
                ?? UnsafeRawPointer(room.baseAddress)
            return unsafe EVP_PBE_scrypt_ex(
                start?.assumingMemoryBound(to: CChar.self), passphrase.count, salt.baseAddress,
                salt.count, 1 << UInt64(parameters.costLogarithm), UInt64(parameters.blockSize),
                UInt64(parameters.parallelism), parameters.memory,
                room.baseAddress?.assumingMemoryBound(to: UInt8.self), room.count,
                LibraryContext.lasting, nil) == 1
        }
    }
}
