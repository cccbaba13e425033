import SesameSecrets
import SesameSystem

/// Keeps the root secret of an unlocked store in the kernel's keyring, for a time.
///
/// Every process of the user can take it from there, so it is as open as the broker itself; it is in no
/// file and ends with the time, with `lock`, or with the machine's next start.
package struct UnlockCache: Sendable {
    /// Makes the cache; it has no state of its own.
    package init() {}

    func secret(for storeID: [UInt8]) -> Secret? {
        try? Keyring.read(name(of: storeID))
    }

    func keep(
        _ secret: Secret, for storeID: [UInt8], seconds: UInt32
    ) throws(Keyring.Unavailable) {
        try Keyring.store(name(of: storeID), secret, seconds: seconds)
    }

    /// Where there is no keyring, nothing stands there either.
    func forget(_ storeID: [UInt8]) {
        try? Keyring.remove(name(of: storeID))
    }

    private func name(of storeID: [UInt8]) -> String { "sesame:unlock:\(hexadecimal(storeID))" }
}

/// Two digits for each byte.
func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}
