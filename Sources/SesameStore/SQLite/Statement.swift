import CSQLite

/// A value that goes into or comes out of a table.
enum SQLValue: Sendable, Equatable {
    case null
    case integer(Int64)
    case text(String)
    case blob([UInt8])
}

/// A compiled statement; finalised when it goes.
@safe struct Statement: ~Copyable {
    private let handle: OpaquePointer

    /// Takes over a statement.
    init(owning handle: OpaquePointer) {
        unsafe self.handle = handle
    }

    deinit { unsafe sqlite3_finalize(handle) }

    /// Runs to the end with these values for `?1`, `?2`, …, and returns the rows.
    @discardableResult
    borrowing func run(_ values: [SQLValue] = []) throws(StoreError) -> [[SQLValue]] {
        var rows: [[SQLValue]] = []
        try forEach(values) { row in rows.append(row) }
        return rows
    }

    /// Runs to the end and hands over one row at a time, so that a long table needs little memory.
    borrowing func forEach(
        _ values: [SQLValue] = [], _ body: ([SQLValue]) throws(StoreError) -> Void
    ) throws(StoreError) {
        defer {
            unsafe sqlite3_reset(handle)
            unsafe sqlite3_clear_bindings(handle)
        }
        for (index, value) in values.enumerated() { try bind(value, at: Int32(index + 1)) }
        while true {
            let result = unsafe sqlite3_step(handle)
            switch result {
            case SQLITE_ROW:
                try body((0..<(unsafe sqlite3_column_count(handle))).map { value(at: $0) })
            case SQLITE_DONE: return
            default: throw failure(result)
            }
        }
    }

    private borrowing func bind(_ value: SQLValue, at index: Int32) throws(StoreError) {
        let result =
            switch value {
            case .null: unsafe sqlite3_bind_null(handle, index)
            case .integer(let number): unsafe sqlite3_bind_int64(handle, index, number)
            case .text(let text):
                unsafe sqlite3_bind_text64(
                    handle, index, text, UInt64(text.utf8.count), csqlite_transient(),
                    UInt8(SQLITE_UTF8))
            case .blob(let bytes) where bytes.isEmpty:
                unsafe sqlite3_bind_zeroblob(handle, index, 0)
            case .blob(let bytes):
                unsafe bytes.withUnsafeBytes { bytes in
                    unsafe sqlite3_bind_blob64(
                        handle, index, bytes.baseAddress, UInt64(bytes.count), csqlite_transient())
                }
            }
        guard result == SQLITE_OK else { throw failure(result) }
    }

    private borrowing func value(at column: Int32) -> SQLValue {
        switch unsafe sqlite3_column_type(handle, column) {
        case SQLITE_INTEGER: return .integer(unsafe sqlite3_column_int64(handle, column))
        case SQLITE_TEXT:
            // Repaired, it would be another text, and stand elsewhere in the order: it is no text, which
            // whoever reads the row will notice.
            let bytes = bytes(at: column)
            return String(validating: bytes, as: UTF8.self).map { .text($0) } ?? .blob(bytes)
        case SQLITE_BLOB: return .blob(bytes(at: column))
        // No column holds a real number: it reads as nothing, which no row of ours may be.
        default: return .null
        }
    }

    private borrowing func bytes(at column: Int32) -> [UInt8] {
        // The order matters: asking for the pointer may convert, and then the length is known.
        let start = unsafe sqlite3_column_blob(handle, column)
        let count = unsafe sqlite3_column_bytes(handle, column)
        return unsafe Array(UnsafeRawBufferPointer(start: start, count: Int(count)))
    }

    private borrowing func failure(_ result: Int32) -> StoreError {
        let database = unsafe sqlite3_db_handle(handle)
        return StoreError(sqlite: result, text: unsafe String(cString: sqlite3_errmsg(database)))
    }
}
