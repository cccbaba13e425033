package import SesameSecrets
import SesameSystem

/// A change of the key that somebody asks for.
package struct KeyRotation: Sendable {
    /// Where the key comes from now on; `nil` as before.
    package var source: KeySource?
    /// The new passphrase, for a source of that kind.
    package var passphrase: Secret?
    /// Whether everything in the store is sealed anew too.
    package var isFull: Bool

    package init(source: KeySource? = nil, passphrase: Secret? = nil, isFull: Bool = false) {
        self.source = source
        self.passphrase = passphrase
        self.isFull = isFull
    }
}

/// How far a rotation is.
package struct RotationReport: Sendable {
    /// How far the sealing anew is; `nil` where there is none.
    package var progress: ResealProgress?
    /// Where the key comes from now.
    package var source: KeySource.Kind
    /// Whether the key is another one than before.
    package var isNewKey = true
    /// What the person should know or do, a sentence each.
    package var notes: [String] = []
}

// The store's key is changed in three steps, each durable before the next: the new key stands where it
// comes from, the store is sealed under it, the configuration names its source. Whenever the machine
// stops, the store opens, or says which line of the configuration to change; the same rotation once
// more makes up for the steps that are missing.
extension Vault {
    /// Changes the key.
    ///
    /// A full rotation is only begun: ``continueResealing()`` goes on.
    package func rotate(_ rotation: KeyRotation) async throws(StoreError) -> RotationReport {
        try await requireStore()
        await refresh()
        let before = try configuredSource()
        let source = rotation.source ?? before
        guard rotation.passphrase == nil || source == .passphrase else {
            throw StoreError(.usage, "a key from \(source.kind.words) has no passphrase")
        }
        // What the configuration cannot say shows before anything is changed.
        if source != before { try requirePinnable(source) }
        var report = RotationReport(source: source.kind)
        let store: SQLiteStore
        do throws(StoreError) {
            store = try await open()
        } catch {
            let own = source.keyOfFile
            guard source != before, let late = try await resume(rotation, source, error) else {
                throw error
            }
            if let own, try await late.isSealed(under: own) {
                // Somebody has moved the key file: it is the same key, which is to be changed.
                return try await rotate(late, source, rotation, before: source, report)
            }
            report.isNewKey = false
            report.notes.append(
                "the store takes its key from there already, as after a change that was interrupted; the"
                    + " configuration says so now")
            return try await seal(late, rotation, report)
        }
        return try await rotate(store, source, rotation, before: before, report)
    }

    private func rotate(
        _ store: SQLiteStore, _ source: KeySource, _ rotation: KeyRotation, before: KeySource,
        _ report: RotationReport
    ) async throws(StoreError) -> RotationReport {
        var report = report
        // Before the key is changed: what cannot be sealed anew shows now.
        if rotation.isFull { try await store.requireResealable() }
        try await rewrap(store, source, rotation, before: before, &report)
        guard rotation.isFull else { return report }
        return try await seal(try await open(), rotation, report)
    }

    /// Goes on with a full rotation: some profiles with each call.
    package func continueResealing() async throws(StoreError) -> RotationReport {
        try await requireStore()
        var report = RotationReport(source: try configuredSource().kind)
        report.progress = try await open().resealSome()
        report.noteDamage()
        return report
    }

    private func rewrap(
        _ store: SQLiteStore, _ source: KeySource, _ rotation: KeyRotation, before: KeySource,
        _ report: inout RotationReport
    ) async throws(StoreError) {
        if source == .passphrase, rotation.passphrase == nil {
            guard rotation.isFull, before == source else {
                throw StoreError(.usage, "a passphrase is missing")
            }
            report.isNewKey = false
            report.notes.append("the passphrase stays as it was")
            return
        }
        if source == before, source.kind == .credential || source.kind == .command {
            guard rotation.isFull else {
                throw StoreError(
                    .usage,
                    "Sesame cannot change what \(source.kind.words) gives. Name a source that has a new key"
                        + " (sesame key generate makes one), or seal everything anew with --full")
            }
            report.isNewKey = false
            report.notes.append("the key stays the one that \(source.kind.words) gives")
            return
        }
        let staged = try await stage(source, rotation.passphrase, before: before)
        let old = try await sealUnder(staged, store)
        do throws(StoreError) {
            // Before the old key goes: where this fails, both keys are still at hand.
            if source != before { try pin(source) }
        } catch {
            try await store.rewrap(with: old, replacing: staged.root.secret)
            staged.discard()
            throw error
        }
        try staged.finish(for: store.id)
        report.isNewKey = !old.secret.equals(staged.root.secret)
        if !report.isNewKey {
            report.notes.append("it is the same key as before, from another place")
        } else if case .file(let path) = before, source != before {
            report.notes.append(
                "the key file \(path.sanitised()) opens this store no more and may be deleted; older"
                    + " copies of the store still need it")
        }
        do throws(StoreError) {
            try await reopen(source, rotation.passphrase)
        } catch {
            adopt(nil)
            report.notes.append(
                "the key is changed, but the store could not be opened again: \(error.message)")
        }
    }

    /// A passphrase is stretched and a command is run: not on a thread that others need.
    private func stage(
        _ source: KeySource, _ passphrase: Secret?, before: KeySource
    ) async throws(StoreError) -> StagedKey {
        let keys = key(from: before)
        return try await SQLiteStore.onOwnThread { () throws(StoreError) in
            try keys.stage(source, passphrase: passphrase)
        }
    }

    /// - Returns: what the store was sealed under until then.
    private func sealUnder(
        _ staged: StagedKey, _ store: SQLiteStore
    ) async throws(StoreError) -> RootSecret {
        do throws(StoreError) {
            return try await store.rewrap(with: staged.root)
        } catch {
            // These come before the first write. After any other the store may have taken the key.
            if error.code == .busy || error.code == .damaged { staged.discard() }
            throw error
        }
    }

    /// A rotation to this source that was begun before: the store has its new key already, and the
    /// configuration names the old source.
    /// - Returns: the store; `nil` where that is not so.
    private func resume(
        _ rotation: KeyRotation, _ source: KeySource, _ error: StoreError
    ) async throws(StoreError) -> SQLiteStore? {
        guard [.keySource, .keyWrong, .keyMissing, .locked].contains(error.code) else { return nil }
        do throws(StoreError) {
            try await reopen(source, rotation.passphrase)
        } catch {
            return nil
        }
        try pin(source)
        return try await open()
    }

    /// Opens the store with the key that it has now.
    private func reopen(_ source: KeySource, _ passphrase: Secret?) async throws(StoreError) {
        let key = key(from: source)
        if let passphrase {
            try await unlock(try key.offering(passphrase), seconds: nil)
        } else {
            adopt(Opened(store: try await open(with: key), hold: .always))
        }
    }

    private func seal(
        _ store: SQLiteStore, _ rotation: KeyRotation, _ report: RotationReport
    ) async throws(StoreError) -> RotationReport {
        guard rotation.isFull else { return report }
        var report = report
        try await store.beginResealing()
        report.progress = try await store.resealSome()
        report.notes.append(
            "older copies of the store still open with the older key: if that got out, log in anew")
        report.noteDamage()
        return report
    }
}

extension KeySource {
    /// The line of the key file itself; `nil` for other sources.
    fileprivate var keyOfFile: Secret? {
        guard case .file(let path) = self else { return nil }
        return try? KeyFile.read(at: path)
    }
}

extension RotationReport {
    fileprivate mutating func noteDamage() {
        guard let progress, progress.isFinished, progress.keepsOlderKey else { return }
        notes.append(
            "what is damaged stays as it was, and so does the older key that it needs; once the damaged"
                + " profiles are logged out or set up anew, the same rotation removes that key")
    }
}
