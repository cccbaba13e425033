/// How many rows of an import ended how.
public struct ImportCounts: Sendable, Hashable {
    /// New contacts.
    public var created = 0
    /// Contacts that were there and took values.
    public var updated = 0
    /// Those whose contact had all the values already.
    public var unchanged = 0
    /// Those that were refused, or could not be sent.
    public var failed = 0
    /// Those among the created and updated of which something is not stored.
    public var incomplete = 0

    /// Of nothing.
    public init() {}

    /// How many rows are done.
    public var rows: Int { created + updated + unchanged + failed }

    mutating func add(_ other: ImportCounts) {
        created += other.created
        updated += other.updated
        unchanged += other.unchanged
        failed += other.failed
        incomplete += other.incomplete
    }

    /// What came to earlier counts.
    func since(_ earlier: ImportCounts) -> ImportCounts {
        var counts = ImportCounts()
        counts.created = created - earlier.created
        counts.updated = updated - earlier.updated
        counts.unchanged = unchanged - earlier.unchanged
        counts.failed = failed - earlier.failed
        counts.incomplete = incomplete - earlier.incomplete
        return counts
    }
}

/// What became of one row.
enum RowOutcome: Sendable {
    case stored(ContactResult)
    case unchanged
    case failed(String)
}
