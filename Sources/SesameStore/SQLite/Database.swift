import CSQLite

/// One connection to an SQLite file.
///
/// It belongs to one thread at a time (`SQLITE_OPEN_NOMUTEX`).
@safe struct Database: ~Copyable {
    private let handle: OpaquePointer

    /// Opens a file that exists, or creates it where the caller says so.
    /// - Parameter vfs: the name of SQLite's file layer; the usual one when `nil`.
    static func open(
        _ path: String, mayCreate: Bool = false, vfs: String? = nil
    ) throws(StoreError) -> Database {
        var handle: OpaquePointer?
        // NOFOLLOW refuses a symbolic link anywhere in the path; callers resolve the folder first.
        let flags =
            SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
            | SQLITE_OPEN_NOFOLLOW | (mayCreate ? SQLITE_OPEN_CREATE : 0)
        let result = unsafe sqlite3_open_v2(path, &handle, flags, vfs)
        guard let opened = unsafe handle else { throw StoreError(sqlite: result, text: "") }
        let database = unsafe Database(handle: opened)
        guard result == SQLITE_OK else { throw database.failure(result) }
        unsafe sqlite3_busy_timeout(opened, Database.patience)
        unsafe csqlite_harden(opened)
        return database
    }

    private init(handle: OpaquePointer) {
        unsafe self.handle = handle
    }

    // Closes even while a statement still exists; the last one to go frees everything.
    deinit { unsafe sqlite3_close_v2(handle) }

    /// Milliseconds that a call waits for another process.
    private static let patience: Int32 = 5000

    /// Runs one statement and returns its rows.
    @discardableResult
    borrowing func execute(_ sql: String) throws(StoreError) -> [[SQLValue]] {
        try prepare(sql).run()
    }

    /// Compiles a statement, to be run many times.
    borrowing func prepare(_ sql: String) throws(StoreError) -> Statement {
        var statement: OpaquePointer?
        let result = unsafe sqlite3_prepare_v3(
            handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
        guard result == SQLITE_OK, let statement = unsafe statement else { throw failure(result) }
        return unsafe Statement(owning: statement)
    }

    /// Moves the write-ahead log into the file and empties it, unless somebody is at work.
    ///
    /// SQLite's log has checksums but no secrets: a bit lost there looks like a transaction that never
    /// was. What matters must not stay in it.
    borrowing func settle() {
        unsafe sqlite3_busy_timeout(handle, 0)
        unsafe sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
        unsafe sqlite3_busy_timeout(handle, Database.patience)
    }

    /// SQLite's own sign of changes; `nil` where this SQLite does not show it.
    ///
    /// It is valid while the database is open, and in WAL mode once something was read.
    borrowing func logIndex() -> LogIndex? {
        unsafe csqlite_log_index(handle).map { unsafe LogIndex(at: $0) }
    }

    private borrowing func failure(_ result: Int32) -> StoreError {
        StoreError(sqlite: result, text: unsafe String(cString: sqlite3_errmsg(handle)))
    }
}

extension StoreError {
    /// The failure behind an extended result code of SQLite.
    init(sqlite result: Int32, text: String) {
        let detail = "SQLite says: \(text), code \(result)"
        switch result & 0xFF {
        case SQLITE_BUSY, SQLITE_LOCKED:
            self.init(.busy, "another process is writing to the store (\(detail)); try again")
        case _ where result == SQLITE_IOERR | (32 << 8):  // SQLITE_IOERR_DATA: a checksum is wrong
            self = .damaged("the store file is damaged (\(detail))")
        case _ where result == SQLITE_IOERR | (33 << 8):  // SQLITE_IOERR_CORRUPTFS
            self = .damaged("the file system under the store is damaged (\(detail))")
        case SQLITE_READONLY, SQLITE_FULL, SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_NOLFS:
            self.init(
                .unwritable,
                "the store cannot be written (\(detail)); check free space, quota, mount options and the"
                    + " owner of the folder")
        // The statements are constant: one that the file cannot answer means a changed schema.
        case SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_ERROR, SQLITE_FORMAT, SQLITE_MISMATCH,
            SQLITE_SCHEMA, SQLITE_CONSTRAINT, SQLITE_TOOBIG:
            self = .damaged("the store file is damaged (\(detail))")
        default:
            self.init(.internal, "the store failed (\(detail))")
        }
    }
}
