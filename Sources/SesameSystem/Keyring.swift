import CLinux
import Glibc
package import SesameSecrets

/// Small values in the kernel's keyring of this user (keyrings(7)): gone with the machine's next
/// start, never in a file, the swap space or a core file.
///
/// Every process of the same user can read them, whatever its session: one that was started by cron,
/// by systemd or over ssh often does not *possess* the keys of its user, so the permissions do not
/// ask for that.
package enum Keyring {
    /// Why the keyring cannot be used here, in words for a person.
    package struct Unavailable: Error, Sendable, CustomStringConvertible {
        package let description: String

        /// Reads `errno`.
        init(code: Int32 = errno) {
            description =
                switch code {
                case ENOSYS: "this kernel has no keyrings"
                case EPERM, EACCES:
                    "the kernel's keyring is not allowed here, as in many containers"
                case EDQUOT, ENOMEM: "this user's quota in the kernel's keyring is used up"
                default: "the kernel's keyring: \(unsafe String(cString: strerror(code)))"
                }
        }
    }

    /// The longest value that is read back.
    package static let longestValue = 4096

    /// Keeps a value under a description, in place of an earlier one.
    ///
    /// The key is complete, permissions and timeout included, before anybody can find it.
    /// - Parameter seconds: how long the kernel keeps it; `nil` for as long as the machine runs.
    package static func store(
        _ description: String, _ value: Secret, seconds: UInt32? = nil
    ) throws(Unavailable) {
        // In the thread's own keyring first: that one is possessed in every session.
        let key = value.withBytes { bytes in
            unsafe bytes.withUnsafeBufferPointer { buffer in
                unsafe clinux_key_add(
                    description, buffer.baseAddress, UInt64(buffer.count), ownKeyring)
            }
        }
        guard key >= 0 else { throw Unavailable() }
        defer { clinux_key_unlink(key, ownKeyring) }
        guard clinux_key_set_permissions(key, anyProcessOfThisUser) == 0,
            seconds == nil || clinux_key_set_timeout(key, seconds ?? 0) == 0,
            clinux_key_link(key, userKeyring) == 0
        else { throw Unavailable() }
    }

    /// The value under a description; `nil` when there is none, or none any more.
    package static func read(_ description: String) throws(Unavailable) -> Secret? {
        guard let key = try find(description) else { return nil }
        var buffer = SecretBuffer(capacity: longestValue)
        var count: Int64 = 0
        unsafe buffer.appendUnsafely(capacity: longestValue) { room in
            unsafe count = clinux_key_read(key, room.baseAddress, UInt64(room.count))
            return Int(count)
        }
        if count >= 0 { return count <= longestValue ? Secret(buffer) : nil }
        // It may have gone since it was found.
        if isGone(errno) { return nil }
        throw Unavailable()
    }

    /// Removes the value under a description; none is no error.
    package static func remove(_ description: String) throws(Unavailable) {
        guard let key = try find(description) else { return }
        guard clinux_key_invalidate(key) == 0 || isGone(errno) else { throw Unavailable() }
    }

    private static func find(_ description: String) throws(Unavailable) -> Int32? {
        let key = unsafe clinux_key_search(userKeyring, description)
        if key >= 0 { return key }
        if isGone(errno) { return nil }
        throw Unavailable()
    }

    private static func isGone(_ code: Int32) -> Bool {
        [ENOKEY, EKEYEXPIRED, EKEYREVOKED].contains(code)
    }

    private static let ownKeyring = Int32(clinux_thread_keyring)
    private static let userKeyring = Int32(clinux_user_keyring)
    /// All rights for who possesses the key and for who has our user id, none for others.
    private static let anyProcessOfThisUser: UInt32 = 0x3F3F_0000
}
