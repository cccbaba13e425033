/// How far a store had come when it was last seen.
package struct HighWaterMark: Sendable, Equatable {
    /// Which store: 16 bytes.
    package let storeID: [UInt8]
    /// The store's counter, which never goes back.
    package let counter: Int64

    package init(storeID: [UInt8], counter: Int64) {
        self.storeID = storeID
        self.counter = counter
    }
}

/// A place outside the store that remembers how far the store had come.
///
/// It may block: it is asked on the store's own thread. Failing to remember is no error: then a
/// rollback goes unnoticed, as without an anchor.
package protocol RollbackAnchor: Sendable {
    /// What is remembered about the store at this anchor's path, if anything.
    func read() -> HighWaterMark?
    /// Remembers a mark in place of the earlier one.
    func write(_ mark: HighWaterMark)
    /// Where it is, in a word for `key status`: `kernel keyring`, or the path of a file.
    var place: String { get }
}
