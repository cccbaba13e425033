import SesameCrypto
import SesameSecrets
import SesameSystem

/// Remembers in a small private file how far the store had come: one that is not copied, put back or
/// lost together with the store.
struct FileAnchor: RollbackAnchor {
    let place: String

    init(at path: String) {
        place = path
    }

    /// The file for a store in the folder that systemd gives a service for its state.
    init(for store: String, in folder: String) {
        let digest = SHA256.digest(Array(store.utf8).span).dangerouslyRevealedBytes()
        place = "\(folder)/sesame-anchor-\(hexadecimal(Array(digest.prefix(8))))"
    }

    func read() -> HighWaterMark? {
        guard let contents = try? PrivateFile.read(place, limit: 256) else { return nil }
        return HighWaterMark(contents)
    }

    func write(_ mark: HighWaterMark) {
        try? PrivateFile.replace(place, mark.line)
    }
}
