import SesameCrypto
import SesameSecrets
import SesameSystem

/// The open store as one thread sees it: rows, keys and transactions.
///
/// ``SQLiteStore`` is its actor.
final class SealedDatabase {
    let database: Database
    let random: any RandomSource
    private let keyholder: any Keyholder
    private(set) var unlocked: Unlocked
    let statements: Statements
    private var isInTransaction = false
    /// The store's counter as the running transaction will leave it.
    private var counterToCome: Int64?
    private var watch: RollbackWatch

    var header: StoreHeader { unlocked.header }
    var anchorPlace: String? { watch.place }

    /// What a store is opened with.
    struct Opening: Sendable {
        let path: String
        var keyholder: any Keyholder
        let random: any RandomSource
        let now: Timestamp
        var anchor: (any RollbackAnchor)?
        /// A person has said that an older copy is what they want.
        var acceptsRollback = false
        /// Told what a person should know, although nothing is refused for it.
        var notice: @Sendable (String) -> Void = { _ in }
        /// SQLite's file layer; the usual one when `nil`.
        var vfs: String?
    }

    /// Opens the store; makes it where there is none, and brings an older format up to date.
    init(_ opening: Opening) throws(StoreError) {
        let file = try StoreFile(opening.path)
        // Read before the store is: a mark may be older than what the store says, never newer.
        watch = RollbackWatch(opening.anchor, folder: file.folder, notice: opening.notice)
        if try !file.exists() {
            watch.noticeAbsence()
            let root = try opening.keyholder.newSecret()
            try file.create(random: opening.random, vfs: opening.vfs) {
                database throws(StoreError) in
                try initialise(database, root: root, random: opening.random, now: opening.now)
            }
        }
        let database = try Database.open(file.path, vfs: opening.vfs)
        let version = try Schema.version(of: database)
        try Schema.configure(database)
        do throws(StoreError) {
            unlocked = try Unlocked(database, opening.keyholder)
        } catch {
            // A copy from before the key was changed does not open with the key of today.
            if error.code == .keyWrong { try watch.refuseOlder(database, withOlderKey: true) }
            throw error
        }
        if version == FormatOne.version {
            // What is refused is left as it is.
            if !opening.acceptsRollback { try watch.refuseOlder(database, withOlderKey: false) }
            try FormatOne.upgrade(database, unlocked, random: opening.random, now: opening.now)
        }
        statements = try Statements(database)
        self.database = database
        keyholder = opening.keyholder
        random = opening.random
        if watch.noticeReplacement(by: header.id), let roll = try? roll().0 {
            watch.remember(HighWaterMark(storeID: header.id, counter: roll.counter))
        }
        try refuseRollback(accepted: opening.acceptsRollback)
        keyholder.finishRotation { (try? StoreHeader(of: self.database))?.fits($0) == true }
    }

    /// The data key of a generation; looks again for one that another process has made since.
    func dataKey(_ generation: Int64) throws(StoreError) -> DataKey? {
        if let key = unlocked.dataKeys[generation] { return key }
        // One that is known and does not open is not tried for every row.
        let stored = try WrappedDataKey(generation, in: database)
        guard let stored, !unlocked.stored.wrapped.contains(stored) else { return nil }
        try unlockAnew()
        return unlocked.dataKeys[generation]
    }

    /// Reads header and keys again: another process may have changed them.
    func unlockAnew() throws(StoreError) {
        unlocked = try Unlocked(database, keyholder, known: unlocked.root)
    }

    /// Takes over what this process has just stored.
    func take(_ unlocked: Unlocked) { self.unlocked = unlocked }

    /// Runs a transaction, or a part of the one that runs already.
    func transaction<Result>(
        _ begin: String, _ body: () throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        if isInTransaction { return try body() }
        try database.execute(begin)
        isInTransaction = true
        counterToCome = nil
        defer { isInTransaction = false }
        do throws(StoreError) {
            let result = try body()
            try database.execute("COMMIT")
            if let counterToCome {
                watch.remember(HighWaterMark(storeID: header.id, counter: counterToCome))
            }
            return result
        } catch {
            // SQLite has rolled back by itself after some errors; then this one says nothing new.
            _ = try? database.execute("ROLLBACK")
            throw error
        }
    }

    /// Empties SQLite's log into the file where that needs no waiting.
    func settle() { database.settle() }
}

// A store must not be an older copy of itself.
extension SealedDatabase {
    private func refuseRollback(accepted: Bool) throws(StoreError) {
        guard let mark = watch.mark(of: header.id), let roll = try? roll().0,
            roll.counter < mark.counter
        else { return }
        guard accepted else { throw .rolledBack(from: mark.counter, to: roll.counter) }
        watch.forget()
        try change { change throws(StoreError) in try change.skip(to: mark.counter) }
    }

    /// Throws when the counter is behind what this process has seen.
    func compareWithMark(_ roll: Roll) throws(StoreError) {
        guard let seen = watch.mark(of: header.id)?.counter, roll.counter < seen else { return }
        throw .rolledBack(from: seen, to: roll.counter)
    }

    /// Says how far the store has come, to be remembered once that is durable.
    func rememberOnceDurable(_ counter: Int64) { counterToCome = counter }
}

extension RollbackWatch {
    /// Throws where the store is behind its mark by its own word, of which nothing is proven here.
    fileprivate func refuseOlder(
        _ database: borrowing Database, withOlderKey: Bool
    ) throws(StoreError) {
        let header = try StoreHeader(of: database)
        let rows = try database.execute(
            "SELECT revision FROM record WHERE profile = '' AND kind = 'roll'")
        guard let mark = mark(of: header.id), case .integer(let counter)? = rows.first?.first,
            counter < mark.counter
        else { return }
        throw .rolledBack(from: mark.counter, to: counter, withOlderKey: withOlderKey)
    }
}

extension StoreError {
    fileprivate static func rolledBack(
        from seen: Int64, to found: Int64, withOlderKey: Bool = false
    ) -> StoreError {
        StoreError(
            .rolledBack,
            "the store is an older copy of itself: it had come to change \(seen) and is at \(found)."
                + (withOlderKey
                    ? " It is from before the key was changed. Put the newer store.db back; or, if the"
                        + " older one is what you want, put the key of that time back, too"
                    : " Refresh tokens in it may be spent already. Put the newer store.db back; or, if"
                        + " the older one is what you want, run: sesame key accept-rollback"))
    }
}

/// The statements that are run many times.
final class Statements {
    let selectRow: Statement
    let selectRows: Statement
    let selectRowBefore: Statement
    let selectRowAndRecord: Statement
    let selectRecord: Statement
    let saveRow: Statement
    let saveRecord: Statement
    let deleteRecord: Statement

    init(_ database: borrowing Database) throws(StoreError) {
        let columns = ProfileRow.columnNames
        let ofRow = columns.split(separator: ", ").map { "p.\($0)" }.joined(separator: ", ")
        selectRow = try database.prepare("SELECT \(columns) FROM profile WHERE name = ?1")
        selectRows = try database.prepare("SELECT name, \(columns) FROM profile ORDER BY name")
        selectRowBefore = try database.prepare(
            "SELECT name, \(columns) FROM profile WHERE name < ?1 ORDER BY name DESC LIMIT 1")
        selectRowAndRecord = try database.prepare(
            """
            SELECT \(ofRow), r.generation, r.revision, r.sealed FROM profile AS p \
            LEFT JOIN record AS r ON r.profile = p.name AND r.kind = ?2 WHERE p.name = ?1
            """)
        selectRecord = try database.prepare(
            "SELECT generation, revision, sealed FROM record WHERE profile = ?1 AND kind = ?2")
        saveRow = try database.prepare(
            "INSERT OR REPLACE INTO profile VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")
        saveRecord = try database.prepare(
            "INSERT OR REPLACE INTO record VALUES (?1, ?2, ?3, ?4, ?5)")
        deleteRecord = try database.prepare("DELETE FROM record WHERE profile = ?1 AND kind = ?2")
    }
}
