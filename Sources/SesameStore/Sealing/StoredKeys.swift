import SesameSecrets

/// Header and data keys as they lie in the store, both of one moment.
struct StoredKeys: Equatable {
    let header: StoreHeader
    /// Oldest first; rows that make no sense are left out.
    let wrapped: [WrappedDataKey]

    init(header: StoreHeader, wrapped: [WrappedDataKey]) {
        self.header = header
        self.wrapped = wrapped
    }

    /// Reads both; no key is needed, and nothing is proven by it.
    init(of database: borrowing Database) throws(StoreError) {
        // A rotation between two looks would make sound keys seem damaged. A savepoint is a transaction
        // of its own, or a part of the one that runs.
        try database.execute("SAVEPOINT keys")
        defer { _ = try? database.execute("RELEASE keys") }
        header = try StoreHeader(of: database)
        wrapped = try WrappedDataKey.all(in: database)
    }
}
