import SesameSecrets
import SesameSystem

/// What was read of some profiles, good for as long as SQLite's log says that nothing has changed.
///
/// Any thread may ask. What it answers was the store's state at some moment of the call, as with a read:
/// the log is looked at first, and only what was read under the same sign counts.
final class Memo: Sendable {
    /// What is known of one profile.
    struct Entry: Sendable {
        var credential: Known<Stored<Credential>>?
        var secrets: Known<ClientSecrets>?
        var outcome: Known<Outcome>?
        var deadline: Known<Timestamp>?
    }

    /// Something that was read; `nil` where there was nothing.
    struct Known<Value: Sendable>: Sendable {
        let value: Value?
    }

    private let index: LogIndex?
    private let limit: Limit
    private let contents: Locked<Contents>

    /// - Parameter index: what tells of changes; without one nothing is remembered.
    init(_ index: LogIndex?, limit: Limit = Limit()) {
        self.index = index
        self.limit = limit
        contents = Locked(Contents(state: nil))
    }

    /// The sign under which something that is read now may be remembered.
    var state: LogIndex.State? { index?.state }

    /// What is known of a profile, and is still so.
    func known<Value>(
        of profile: String, _ part: (Entry) -> Known<Value>?
    ) -> Known<Value>? {
        guard let state, !state.isBlank else { return nil }
        return contents.withLock { contents in
            guard contents.state == state else {
                // What was committed may be a logout: its tokens need not wait in memory for the next read.
                contents = Contents(state: nil)
                return nil
            }
            return contents.entry(of: profile, limit).flatMap(part)
        }
    }

    /// Remembers what was read since `state`, unless something was committed meanwhile.
    func note(_ profile: String, since state: LogIndex.State?, _ change: (inout Entry) -> Void) {
        guard let state, !state.isBlank, self.state == state else { return }
        contents.withLock { contents in
            if contents.state != state { contents = Contents(state: state) }
            contents.change(profile, limit, change)
        }
    }

    /// Forgets everything; secrets that nobody else holds are wiped.
    func empty() {
        contents.withLock { $0 = Contents(state: nil) }
    }

    /// How much is remembered.
    struct Limit: Sendable {
        /// The most profiles.
        var profiles = 4096
        /// The most bytes of secrets, in pieces of the secure heap: half of it, so that keys and tokens on
        /// their way always find room.
        var secretBytes = 1 << 19
    }
}

extension SealedDatabase {
    /// All of a profile at one moment; a record that is damaged is left out.
    func entry(of name: String) throws(StoreError) -> Memo.Entry {
        try transaction("BEGIN") { () throws(StoreError) in
            let row = try profile(name)
            var entry = Memo.Entry()
            entry.deadline = Memo.Known(value: row?.ticket?.deadline)
            entry.secrets = try known(ClientSecrets.self, of: row)
            entry.outcome = try known(Outcome.self, of: row)
            if let credential = try known(Credential.self, of: row) {
                let revision = row?[.credential].map { Revision(number: $0) }
                let stored = credential.value.flatMap { value in
                    revision.map { Stored(value: value, revision: $0) }
                }
                entry.credential = Memo.Known(value: stored)
            }
            return entry
        }
    }

    private func known<Contents: RecordContents>(
        _: Contents.Type, of row: ProfileRow?
    ) throws(StoreError) -> Memo.Known<Contents>? {
        guard let row else { return Memo.Known(value: nil) }
        do throws(StoreError) {
            return Memo.Known(value: try contents(Contents.self, of: row))
        } catch {
            guard error.code == .damaged else { throw error }
            return nil
        }
    }
}

/// All that is known under one sign.
///
/// It comes in two halves. When the newer one is full the older one goes, and what was asked for since is
/// in the newer one: so the least recently used goes first, and nothing has to be sorted.
private struct Contents: Sendable {
    let state: LogIndex.State?
    private var newer: [String: Memo.Entry] = [:]
    private var older: [String: Memo.Entry] = [:]
    private var secretBytes = 0

    init(state: LogIndex.State?) {
        self.state = state
    }

    mutating func entry(of profile: String, _ limit: Memo.Limit) -> Memo.Entry? {
        if let entry = newer[profile] { return entry }
        guard let entry = remove(profile) else { return nil }
        insert(entry, profile, limit)
        return entry
    }

    mutating func change(
        _ profile: String, _ limit: Memo.Limit, _ change: (inout Memo.Entry) -> Void
    ) {
        var entry = remove(profile) ?? Memo.Entry()
        change(&entry)
        insert(entry, profile, limit)
    }

    private mutating func remove(_ profile: String) -> Memo.Entry? {
        guard let entry = newer.removeValue(forKey: profile) else {
            return older.removeValue(forKey: profile)
        }
        secretBytes -= entry.secretBytes
        return entry
    }

    private mutating func insert(_ entry: Memo.Entry, _ profile: String, _ limit: Memo.Limit) {
        let bytes = secretBytes + entry.secretBytes
        if newer.count >= limit.profiles / 2 || bytes > limit.secretBytes / 2 {
            older = newer
            newer = [:]
            secretBytes = 0
        }
        newer[profile] = entry
        secretBytes += entry.secretBytes
    }
}

extension Memo.Entry {
    /// What its secrets take of the secure heap, which gives pieces of a power of two.
    fileprivate var secretBytes: Int {
        let login = credential?.value?.value
        let client = secrets?.value
        let held = [
            login?.accessToken, login?.refreshToken, client?.clientSecret, client?.username,
            client?.password,
        ]
        return held.compactMap(\.self).reduce(0) { sum, secret in
            var piece = 32
            while piece < secret.count { piece *= 2 }
            return sum + piece
        }
    }
}
