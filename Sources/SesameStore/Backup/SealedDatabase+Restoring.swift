import SesameSecrets
import SesameSystem

/// What became of the profiles that were to be restored.
package struct RestoreReport: Sendable, Equatable {
    package var added: [String] = []
    /// These were here, and were to be replaced or were damaged.
    package var replaced: [String] = []
    /// These were here already.
    package var skipped: [String] = []
    /// Those of them that were to be replaced, and have a newer login here.
    package var newer: [String] = []
    /// Those whose login is not used before a person has confirmed it.
    package var parked: [String] = []
}

extension SQLiteStore {
    /// Takes profiles in, all of them or none; the store's own are left alone unless they shall be
    /// replaced.
    ///
    /// What is damaged here is taken from outside in either case, and what is whole beside it stays. A
    /// login that is newer here is never replaced: the older one's refresh token may be spent.
    /// - Parameter next: the next profile, `nil` at the end.
    package func restore(
        replacing: Bool, _ next: () throws(StoreError) -> StoredProfile?
    ) throws(StoreError) -> RestoreReport {
        let report = try tables.change { change throws(StoreError) in
            var report = RestoreReport()
            while let profile = try next() {
                try tables.restore(profile, replacing: replacing, &report, &change)
            }
            return report
        }
        tables.settle()
        return report
    }
}

extension SealedDatabase {
    fileprivate func restore(
        _ profile: StoredProfile, replacing: Bool, _ report: inout RestoreReport,
        _ change: inout Change
    ) throws(StoreError) {
        let name = profile.name
        let row = try profileToReplace(name) ?? ProfileRow(name: name)
        let (here, isWhole) = try readable(row)
        if row.isEmpty && isWhole {
            report.added.append(name)
            return try save(profile, in: row, &report, &change)
        }
        let keepsLogin = here.credential.map { $0.isNewer(than: profile.credential) } ?? false
        if isWhole && (!replacing || keepsLogin) {
            report.skipped.append(name)
            if replacing { report.newer.append(name) }
            return
        }
        report.replaced.append(name)
        var merged = profile
        if !replacing || keepsLogin { merged.credential = here.credential ?? profile.credential }
        if !replacing {
            merged.secrets = here.secrets ?? profile.secrets
            merged.outcome = here.outcome ?? profile.outcome
        }
        try save(merged, in: row, &report, &change)
    }

    /// What can be read of a profile, and whether that is all of it.
    func readable(
        _ row: ProfileRow
    ) throws(StoreError) -> (profile: StoredProfile, isWhole: Bool) {
        var profile = StoredProfile(name: row.name)
        var isWhole = !row.isDamaged
        func value<Contents: RecordContents>(_: Contents.Type) throws(StoreError) -> Contents? {
            do throws(StoreError) {
                return try contents(Contents.self, of: row)
            } catch {
                guard error.code == .damaged else { throw error }
                isWhole = false
                return nil
            }
        }
        profile.credential = try value(Credential.self)
        profile.secrets = try value(ClientSecrets.self)
        profile.outcome = try value(Outcome.self)
        return (profile, isWhole)
    }

    /// Makes the row hold just what the profile holds.
    private func save(
        _ profile: StoredProfile, in row: ProfileRow, _ report: inout RestoreReport,
        _ change: inout Change
    ) throws(StoreError) {
        var row = row
        row.ticket = nil
        try replace(profile.credential, in: &row, &change)
        try replace(profile.secrets, in: &row, &change)
        try replace(profile.outcome, in: &row, &change)
        try save(row, &change)
        if profile.credential?.restoredFrom != nil { report.parked.append(profile.name) }
    }

    private func replace<Contents: RecordContents>(
        _ contents: Contents?, in row: inout ProfileRow, _ change: inout Change
    ) throws(StoreError) {
        if let contents {
            _ = try save(contents, in: &row, &change)
        } else {
            try remove(Contents.kind, from: &row)
        }
    }
}

extension Credential {
    /// Whether this login is alive, and has another refresh token that the other one's does not follow.
    fileprivate func isNewer(than other: Credential?) -> Bool {
        guard ended == nil, let refreshToken else { return false }
        guard let other, let theirs = other.refreshToken else { return true }
        // Within one second, what is here has come after the backup.
        return !refreshToken.equals(theirs) && lastChange >= other.lastChange
    }

    private var lastChange: Timestamp { max(loggedInAt, renewedAt ?? loggedInAt) }
}
