import SesameCrypto
import SesameSecrets
import SesameSystem

/// Remembers how far a store had come as a line in a place outside it.
struct StoreAnchor: RollbackAnchor {
    private let memory: any OutsideMemory

    init(_ memory: any OutsideMemory) {
        self.memory = memory
    }

    var place: String { memory.place }

    func read() -> HighWaterMark? { memory.read().flatMap { HighWaterMark($0) } }

    func write(_ mark: HighWaterMark) { memory.write(mark.line) }
}

extension AnchorChoice {
    /// The anchor for the store at a path; `nil` when nobody shall remember.
    /// - Parameter environment: the process's.
    package func anchor(
        for path: String, environment: [String: String]
    ) -> (any RollbackAnchor)? {
        memory(for: path, kind: "anchor", digest: shortName, environment: environment)
            .map { StoreAnchor($0) }
    }
}

private func shortName(_ path: String) -> String {
    let digest = SHA256.digest(Array(path.utf8).span).dangerouslyRevealedBytes()
    return hexadecimal(Array(digest.prefix(8)))
}
