/// How far the store had come, as an anchor outside it and this process remember.
struct RollbackWatch {
    private let anchor: (any RollbackAnchor)?
    private let notice: @Sendable (String) -> Void
    private var mark: HighWaterMark?

    init(_ anchor: (any RollbackAnchor)?, notice: @escaping @Sendable (String) -> Void) {
        self.anchor = anchor
        self.notice = notice
        mark = anchor?.read()
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

    mutating func remember(_ mark: HighWaterMark) {
        self.mark = mark
        anchor?.write(mark)
    }
}
