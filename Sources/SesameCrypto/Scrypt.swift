import COpenSSL
public import SesameSecrets

/// Derivation of a key from a passphrase (RFC 7914).
public enum Scrypt {
    /// How much work a derivation takes: 128 · N · r bytes, p times.
    public struct Parameters: Sendable, Equatable {
        /// N is two to this power.
        public let costLogarithm: Int
        /// r.
        public let blockSize: Int
        /// p.
        public let parallelism: Int

        /// What new stores use: N = 2^17, r = 8, p = 1: 128 MiB.
        public static let usual = Parameters(17, 8, 1)

        /// `nil` below N = 2^15 with r = 8, and above 1 GiB or p = 16: parameters come from files that an
        /// enemy may have written.
        public init?(costLogarithm: Int, blockSize: Int, parallelism: Int) {
            guard (15...20).contains(costLogarithm), blockSize == 8, (1...16).contains(parallelism)
            else { return nil }
            self.init(costLogarithm, blockSize, parallelism)
        }

        private init(_ costLogarithm: Int, _ blockSize: Int, _ parallelism: Int) {
            self.costLogarithm = costLogarithm
            self.blockSize = blockSize
            self.parallelism = parallelism
        }
    }
}
