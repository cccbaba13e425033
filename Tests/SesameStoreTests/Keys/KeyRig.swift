import Glibc
import SesameCrypto
import SesameSecrets
import SesameSystem
import TestSupport

@testable import SesameStore

/// A store id that no other test uses, and what stands in the keyring for it; gone with this value.
final class TestStoreID: Sendable {
    let bytes: [UInt8]
    private let cached: TemporaryKey

    init() {
        bytes = SystemRandom().bytes(16).dangerouslyRevealedBytes()
        cached = TemporaryKey("sesame:unlock:\(hexadecimal(bytes))")
    }
}

extension ConfiguredKey {
    convenience init(
        _ source: KeySource, _ environment: [String: String] = [:], cache: UnlockCache? = nil
    ) {
        self.init(source, environment: environment, cache: cache, random: SystemRandom())
    }
}

/// Writes a file with these permissions, whatever the umask.
func write(_ text: String, to path: String, mode: mode_t = 0o600) throws {
    try PrivateFile.create(path, Secret(utf8: text))
    unsafe chmod(path, mode)
}

/// The line of a key.
func line(_ key: Secret) -> String { KeyLine.text(key).dangerouslyRevealedText() }

/// The failure of a body that must fail.
func failure(of body: () throws -> Void) -> StoreError? {
    do {
        try body()
        return nil
    } catch {
        return error as? StoreError
    }
}
