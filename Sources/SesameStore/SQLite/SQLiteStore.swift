package import SesameCrypto
import SesameSecrets
package import SesameSystem

/// The store in an SQLite file: sealed records, and renewal tickets that hold across processes.
///
/// SQLite blocks, so the actor has a thread of its own.
package actor SQLiteStore: CredentialStore {
    private nonisolated let executor: ThreadExecutor
    let tables: SealedDatabase
    nonisolated let opening: SealedDatabase.Opening
    /// 16 bytes that tell stores apart.
    package nonisolated let id: [UInt8]
    private nonisolated let file: FileIdentity?
    /// Valid while the database is open, so it goes with `tables`.
    nonisolated let memo: Memo
    let time: any TimeSource
    private let process: ProcessIdentity
    /// Whether this process has given an empty log a sign by which it can be told from others.
    var hasMarkedLog = false
    /// The re-sealing that this process works on.
    var resealing: Resealing?

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe executor.asUnownedSerialExecutor()
    }

    /// Opens the store at a path; makes it, and its folder, where there is none.
    /// - Parameters:
    ///   - keys: who knows the root secret; asked on a thread of its own.
    ///   - anchor: what remembers outside the store how far it had come.
    ///   - acceptsRollback: whether a person has said that an older copy is what they want.
    ///   - notice: told what a person should know, although nothing is refused for it.
    package static func open(
        path: String, keys: any Keyholder, random: any RandomSource,
        time: any TimeSource = SystemTime(), anchor: (any RollbackAnchor)? = nil,
        acceptsRollback: Bool = false, notice: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws(StoreError) -> SQLiteStore {
        var opening = SealedDatabase.Opening(
            path: path, keyholder: keys, random: random, now: time.now)
        opening.anchor = anchor
        opening.acceptsRollback = acceptsRollback
        opening.notice = notice
        return try await open(opening, time: time)
    }

    static func open(
        _ opening: SealedDatabase.Opening, time: any TimeSource
    ) async throws(StoreError) -> SQLiteStore {
        try await onOwnThread { () throws(StoreError) in
            try SQLiteStore(opening, time: time, process: .current)
        }
    }

    init(
        _ opening: SealedDatabase.Opening, time: any TimeSource, process: ProcessIdentity
    ) throws(StoreError) {
        do throws(SystemError) {
            executor = try ThreadExecutor(name: "sesame-store")
        } catch {
            throw .withoutThread(error)
        }
        tables = try SealedDatabase(opening)
        memo = Memo(tables.database.logIndex())
        id = tables.header.id
        var opening = opening
        // Said of the copy that was there, and of no other.
        opening.acceptsRollback = false
        self.opening = opening
        file = FileIdentity(of: opening.path)
        self.time = time
        self.process = process
    }

    /// Whether the file that was opened is still the one at its path.
    package nonisolated var isInPlace: Bool {
        file != nil && FileIdentity(of: opening.path) == file
    }

    /// Runs something that blocks on a thread of its own.
    static func onOwnThread<Value: Sendable>(
        _ body: @escaping @Sendable () throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        let result: Result<Value, StoreError> = await withCheckedContinuation { done in
            do throws(SystemError) {
                try startThread(name: "sesame-open") {
                    done.resume(returning: Result { () throws(StoreError) in try body() })
                }
            } catch {
                done.resume(returning: .failure(.withoutThread(error)))
            }
        }
        return try result.get()
    }

    @discardableResult
    package func put(
        _ credential: Credential, for profile: String
    ) throws(StoreError) -> Revision {
        let revision = try tables.change { change throws(StoreError) in
            var row = try tables.profileToReplace(profile) ?? ProfileRow(name: profile)
            return try tables.replaceCredential(credential, in: &row, &change)
        }
        settle()
        return revision
    }

    package func put(
        _ credential: Credential, for profile: String, ifStill seen: Revision?
    ) throws(StoreError) -> Revision {
        let revision = try tables.change { change throws(StoreError) in
            var row = try tables.profile(profile) ?? ProfileRow(name: profile)
            guard row[.credential] == seen?.number else { throw .superseded(profile) }
            return try tables.replaceCredential(credential, in: &row, &change)
        }
        settle()
        return revision
    }

    package func mend(
        _ credential: Credential, for profile: String,
        over wins: @Sendable (Stored<Credential>) -> Bool
    ) throws(StoreError) -> Revision? {
        let revision = try tables.change { change throws(StoreError) -> Revision? in
            var row = try tables.profileToReplace(profile) ?? ProfileRow(name: profile)
            let here = try tables.contentsToReplace(Credential.self, of: row)
            if let here, let number = row[.credential],
                !wins(Stored(value: here, revision: Revision(number: number)))
            {
                try tables.save(row, &change)
                return nil
            }
            return try tables.replaceCredential(credential, in: &row, &change)
        }
        settle()
        return revision
    }

    package func forget(_ profile: String) throws(StoreError) {
        try tables.change { change throws(StoreError) in
            guard var row = try tables.profileToReplace(profile) else { return }
            try tables.remove(.credential, from: &row)
            try tables.remove(.outcome, from: &row)
            row.ticket = nil
            try tables.save(row, &change)
        }
        settle()
    }

    package func profiles() throws(StoreError) -> [String] {
        try tables.profiles()
    }

    package func changeSecrets(
        of profile: String, _ change: @Sendable (ClientSecrets?) -> ClientSecrets
    ) throws(StoreError) {
        try tables.change { changes throws(StoreError) in
            var row = try tables.profileToReplace(profile) ?? ProfileRow(name: profile)
            let secrets = change(try tables.contentsToReplace(ClientSecrets.self, of: row))
            _ = try tables.save(secrets, in: &row, &changes)
            try tables.save(row, &changes)
        }
        settle()
    }
}

// The renewal ticket.
extension SQLiteStore {
    package func beginRenewal(
        of profile: String, seen: Revision?, now: Timestamp, deadline: Timestamp
    ) throws(StoreError) -> RenewalStart {
        try tables.change { change throws(StoreError) in
            var row = try tables.profile(profile) ?? ProfileRow(name: profile)
            guard row[.credential] == seen?.number else {
                return .changed(try tables.read(Credential.self, of: profile))
            }
            let earlier = row.ticket
            if let earlier, !earlier.isOverdue(at: now, for: process) {
                return .busy(until: max(earlier.deadline, now))
            }
            let latest = OpenTicket.latest(deadline, now: now)
            let ticket = OpenTicket(
                fence: try change.nextFence(),
                owner: tables.random.bytes(16).dangerouslyRevealedBytes(),
                process: TicketHolder(process, for: now.seconds(until: latest)).text,
                deadline: latest)
            row.ticket = ticket
            try tables.save(row, &change)
            return .yours(
                RenewalTicket(profile: profile, fence: ticket.fence),
                earlierAnswerMayBeLost: earlier != nil)
        }
    }

    package func finishRenewal(
        _ ticket: RenewalTicket, with credential: Credential, outcome: Outcome?
    ) throws(StoreError) -> Revision {
        let revision = try tables.change { change throws(StoreError) in
            guard var row = try tables.profile(ticket.profile), row.ticket?.fence == ticket.fence
            else { throw .superseded(ticket.profile) }
            return try tables.replaceCredential(credential, outcome, in: &row, &change)
        }
        settle()
        return revision
    }

    package func abandonRenewal(
        _ ticket: RenewalTicket, outcome: Outcome?
    ) throws(StoreError) {
        try tables.change { change throws(StoreError) in
            guard var row = try tables.profile(ticket.profile), row.ticket?.fence == ticket.fence
            else { return }
            row.ticket = nil
            if let outcome { _ = try tables.save(outcome, in: &row, &change) }
            try tables.save(row, &change)
        }
    }
}

extension SQLiteStore {
    /// Empties SQLite's log into the file, and wipes what was remembered of the time before the change.
    private func settle() {
        tables.settle()
        memo.empty()
    }
}

extension StoreError {
    fileprivate static func withoutThread(_ error: SystemError) -> StoreError {
        StoreError(.busy, "the store cannot be opened now (\(error)); try again")
    }
}

extension SealedDatabase {
    /// Saves a credential, clears the last failure and ends an open ticket.
    fileprivate func replaceCredential(
        _ credential: Credential, _ outcome: Outcome? = nil, in row: inout ProfileRow,
        _ change: inout Change
    ) throws(StoreError) -> Revision {
        let revision = try save(credential, in: &row, &change)
        try remove(.outcome, from: &row)
        if let outcome { _ = try save(outcome, in: &row, &change) }
        row.ticket = nil
        try save(row, &change)
        return revision
    }
}
