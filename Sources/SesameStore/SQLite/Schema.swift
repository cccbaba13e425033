import Glibc
import SesameSystem

/// The tables.
///
/// Their text is part of the format: a file with any other schema is refused.
enum Schema {
    static let tables = [
        """
        CREATE TABLE data_key (generation INTEGER PRIMARY KEY, created INTEGER NOT NULL, \
        sealed BLOB NOT NULL) STRICT
        """,
        """
        CREATE TABLE profile (name TEXT PRIMARY KEY NOT NULL, successor TEXT NOT NULL, \
        generation INTEGER NOT NULL, version INTEGER NOT NULL, records TEXT NOT NULL, \
        fence INTEGER, owner BLOB, process TEXT, deadline INTEGER, tag BLOB NOT NULL) \
        STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE record (profile TEXT NOT NULL, kind TEXT NOT NULL, \
        generation INTEGER NOT NULL, revision INTEGER NOT NULL, sealed BLOB NOT NULL, \
        PRIMARY KEY (profile, kind)) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE store (id BLOB NOT NULL, source TEXT NOT NULL, key_check BLOB NOT NULL, \
        digest BLOB NOT NULL) STRICT
        """,
    ]

    /// Settings of a connection; the first one is kept in the file.
    static func configure(_ database: borrowing Database) throws(StoreError) {
        try useLog(database)
        try harden(database)
    }

    /// Changes to the write-ahead log, unless the file has it.
    static func useLog(_ database: borrowing Database) throws(StoreError) {
        let time = SystemTime()
        let deadline = time.uptime + .seconds(5)
        while true {
            do throws(StoreError) {
                guard try database.execute("PRAGMA journal_mode = WAL") == [[.text("wal")]] else {
                    throw StoreError(
                        .unwritable,
                        "SQLite cannot use its write-ahead log here; choose a local file system")
                }
                return
            } catch {
                // Two that change it at once would wait for each other: SQLite lets both fail.
                guard error.code == .busy, time.uptime < deadline else { throw error }
                usleep(5000)
            }
        }
    }

    private static func harden(_ database: borrowing Database) throws(StoreError) {
        for setting in [
            "synchronous = FULL", "secure_delete = ON", "cell_size_check = ON", "mmap_size = 0",
            "temp_store = MEMORY", "trusted_schema = OFF",
        ] {
            try database.execute("PRAGMA \(setting)")
        }
    }

    /// The write-ahead log comes last, when there is nothing to be written into it: its entries would
    /// stay behind when the file gets its name.
    static func create(in database: borrowing Database) throws(StoreError) {
        try harden(database)
        try database.execute("PRAGMA application_id = \(StoreFormat.application)")
        for table in tables { try database.execute(table) }
        // Last: a file without it is no store.
        try database.execute("PRAGMA user_version = \(StoreFormat.version)")
    }

    /// The version of the format; refuses what is no store that this version knows, before anything is
    /// written.
    static func version(of database: borrowing Database) throws(StoreError) -> Int64 {
        // A pragma answers 0 where the first page cannot be read; a query says so. Within one
        // transaction the page that it has read stays the one that the pragmas see.
        try database.execute("BEGIN")
        defer { _ = try? database.execute("ROLLBACK") }
        let found = try database.execute("SELECT sql FROM sqlite_schema ORDER BY name")
        guard try database.execute("PRAGMA application_id") == [[.integer(StoreFormat.application)]]
        else { throw .damaged("the store file is no Sesame store, or it is damaged") }
        guard case .integer(let version)? = try database.execute("PRAGMA user_version").first?.first
        else { throw .damaged("the store file is damaged") }
        guard version <= StoreFormat.version else {
            throw StoreError(
                .newerFormat,
                "this store has format \(version), and this Sesame knows \(StoreFormat.version);"
                    + " install the newer Sesame that wrote it. Nothing was changed")
        }
        let expected: [String]? =
            switch version {
            case StoreFormat.version: tables
            case FormatOne.version: FormatOne.tables
            default: nil
            }
        guard let expected, found == expected.map({ [.text($0)] }) else {
            throw .damaged("the store file has other tables than a Sesame store")
        }
        return version
    }
}
