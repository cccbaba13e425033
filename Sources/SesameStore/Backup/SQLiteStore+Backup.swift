package import SesameAge
import SesameSecrets

/// What was written into a backup.
package struct BackupReport: Sendable, Equatable {
    /// How many profiles it holds.
    package var profiles = 0
    /// Its size.
    package var bytes: Int64 = 0
    /// Profiles that are damaged: it holds what is whole of them.
    package var damaged: [String] = []
    /// Whether these are all: the list of the profiles may be damaged itself.
    package var isComplete = true
    /// Profiles whose newest tokens the store has not taken yet.
    package var outdated: [String] = []
}

/// What was taken out of a backup.
package struct RestoredBackup: Sendable {
    package let origin: BackupOrigin
    package let configuration: String?
    package let report: RestoreReport
}

extension SQLiteStore {
    /// The same store, opened once more: what takes long there holds nobody up here.
    package nonisolated func sibling() async throws(StoreError) -> SQLiteStore {
        var opening = opening
        opening.keyholder = HeldKey(try await currentRoot(), source: PinnedSource(.file))
        return try await SQLiteStore.open(opening, time: time)
    }

    /// Another process may have changed it.
    private func currentRoot() throws(StoreError) -> Secret {
        try tables.unlockAnew()
        return tables.unlocked.root
    }

    /// Writes all profiles as they are at this moment into a sealed file that is new.
    package func backUp(
        to path: String, for recipients: AgeRecipients, configuration: String?,
        origin: BackupOrigin
    ) throws(StoreError) -> BackupReport {
        var report = BackupReport()
        var file = try SealedBackup.making(path, for: recipients, random: tables.random)
        do throws(StoreError) {
            try file.write(.origin(origin))
            try file.write(.configuration(configuration))
            (report.damaged, report.isComplete) = try export { profile throws(StoreError) in
                try file.write(.profile(profile))
                report.profiles += 1
            }
            try file.write(.end(count: Int64(report.profiles)))
        } catch {
            file.discard()
            throw error
        }
        report.bytes = try file.publish()
        return report
    }

    /// Takes the profiles of a backup in, all of them or none.
    /// - Parameters:
    ///   - replacing: whether profiles that are here and older are replaced; else they are left alone.
    ///   - takesOver: whether the other host has stopped using the logins. Else those with a refresh
    ///     token are parked: ``Credential/restoredFrom``.
    ///   - judge: refuses the text of the configuration before anything is taken in.
    package func restore(
        from path: String, with opener: AgeOpener, replacing: Bool, takesOver: Bool,
        judge: (String) throws(StoreError) -> Void = { _ in }
    ) throws(StoreError) -> RestoredBackup {
        // The key is found before anybody has to wait for the transaction.
        var file = try OpenedBackup(at: path, with: opener)
        guard case .origin(let origin)? = try file.next(),
            case .configuration(let configuration)? = try file.next()
        else { throw .badBackup }
        if let configuration { try judge(configuration) }
        var count: Int64 = 0
        var last = ProfileRow.head
        let report = try restore(replacing: replacing) { () throws(StoreError) in
            switch try file.next() {
            case .profile(var profile)?:
                // In order, each once, and none where the chain begins.
                guard last.utf8.lexicographicallyPrecedes(profile.name.utf8) else {
                    throw .badBackup
                }
                last = profile.name
                count += 1
                if !takesOver { profile.credential?.park(origin) }
                return profile
            case .end(count)?:
                guard try file.next() == nil else { throw .badBackup }
                return nil
            default: throw .badBackup
            }
        }
        return RestoredBackup(origin: origin, configuration: configuration, report: report)
    }
}

extension Credential {
    /// Notes where a login with a refresh token comes from, and where that had it from.
    fileprivate mutating func park(_ origin: BackupOrigin) {
        guard refreshToken != nil else { return }
        restoredFrom = origin.words + (restoredFrom.map { ", which has it from a \($0)" } ?? "")
    }
}
