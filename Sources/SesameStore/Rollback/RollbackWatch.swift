import SesameSystem

/// How far the store had come, as an anchor outside it and this process remember.
struct RollbackWatch {
    private let anchor: (any RollbackAnchor)?
    private let notice: @Sendable (String) -> Void
    /// The folder of the store: whoever changes the anchor holds its lock.
    private let folder: String
    /// The store that was remembered when this one was opened.
    private let former: [UInt8]?
    private var mark: HighWaterMark?

    init(
        _ anchor: (any RollbackAnchor)?, folder: String,
        notice: @escaping @Sendable (String) -> Void
    ) {
        self.anchor = anchor
        self.folder = folder
        self.notice = notice
        mark = anchor?.read()
        former = mark?.storeID
    }

    /// Where the anchor is; `nil` when there is none.
    var place: String? { anchor?.place }

    /// What is remembered of a store.
    ///
    /// Another store in its place is told, and not refused: a person may have made it.
    func mark(of storeID: [UInt8]) -> HighWaterMark? {
        mark?.storeID == storeID ? mark : nil
    }

    /// Tells that the store is gone.
    mutating func noticeAbsence() {
        guard let mark else { return }
        self.mark = nil
        notice(
            "the store that was here is gone (it had come to change \(mark.counter)); a new one is made"
        )
    }

    /// Tells that there is another store than the one that was here.
    /// - Returns: whether that is so; it is told once, since the new one is remembered from then on.
    func noticeReplacement(by storeID: [UInt8]) -> Bool {
        guard anchor != nil, mark?.storeID != storeID else { return false }
        if mark != nil { notice("this is another store than the one that was here before") }
        return true
    }

    /// Holds nothing against the store until the next change of it is remembered.
    mutating func forget() { mark = nil }

    /// Remembers how far the store has come; what the anchor remembers never goes back.
    mutating func remember(_ mark: HighWaterMark) {
        self.mark = mark
        guard let anchor else { return }
        // Who committed first may come here last.
        let lock = PrivateFile.lock(folder: folder)
        defer { withExtendedLifetime(lock) {} }
        if let current = anchor.read() {
            let isNewer =
                current.storeID == mark.storeID
                ? current.counter < mark.counter
                // A third store has taken this one's place, which is another process's to remember.
                : current.storeID == former
            guard isNewer else { return }
        }
        anchor.write(mark)
    }
}
