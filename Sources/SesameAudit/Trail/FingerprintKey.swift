import SesameCrypto
package import SesameSecrets
import SesameSystem

/// Makes fingerprints of tokens: enough to recognise one that was found, and nothing to find one by.
///
/// A fingerprint is the first half of an HMAC-SHA-256 under a random key that belongs to the trail. A
/// plain digest would do for tokens that nobody can guess; but not all servers make such, and whoever
/// got the trail alone could try those of a list. With the key elsewhere there is nothing to try.
package struct FingerprintKey: Sendable {
    private let key: HMACKey

    init(_ key: Secret) {
        self.key = HMACKey(key)
    }

    /// Reads the key, or makes it.
    static func atHome(
        _ path: String, random: any RandomSource
    ) throws(PrivateFile.Failure) -> FingerprintKey {
        do throws(PrivateFile.Failure) { return try read(path) } catch {
            guard case .missing = error else { throw error }
        }
        var line = SecretBuffer(capacity: 80)
        line.append(prefix)
        random.bytes(32).withBytes { Base64URL.encode($0, into: &line) }
        line.append("\n")
        try PrivateFile.makeDirectory(PrivateFile.folder(of: path))
        // Another process may be faster: then its key is the one.
        try? PrivateFile.create(path, Secret(line))
        return try read(path)
    }

    private static func read(_ path: String) throws(PrivateFile.Failure) -> FingerprintKey {
        let line = try PrivateFile.read(path, limit: 256)
        let key = line.withBytes { bytes -> Secret? in
            let start = prefix.utf8.count
            guard bytes.count == start + 44, bytes[bytes.count - 1] == UInt8(ascii: "\n"),
                constantTimeEqual(bytes.extracting(0..<start), Array(prefix.utf8).span)
            else { return nil }
            return Base64URL.decode(bytes.extracting(start..<(bytes.count - 1)))
        }
        guard let key, key.count == 32 else {
            throw .refused(
                PrivateFile.Refusal(path: path, reason: "holds no key of an audit trail"))
        }
        return FingerprintKey(key)
    }

    /// 32 hexadecimal digits.
    package func fingerprint(of token: Secret) -> String {
        let code = token.withBytes { key.code(of: $0) }
        return code.withBytes { bytes in hexadecimal((0..<16).map { bytes[$0] }) }
    }

    private static let prefix = "sesame-audit-key-1 "
}
