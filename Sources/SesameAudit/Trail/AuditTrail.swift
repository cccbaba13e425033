import CLinux
package import SesameCrypto
package import SesameSecrets
package import SesameSystem

/// The record of who got what for where: a chain of lines in a file, and lines in the journal.
package final class AuditTrail: Sendable {
    /// What a trail is made of; each part can be a test's.
    package struct Parts: Sendable {
        /// Where it is when the configuration says nothing.
        package var usualPath: String
        /// Where the key of the fingerprints is.
        package var keyPath: String
        /// What the configuration says now.
        package var settings: @Sendable () -> AuditSettings
        /// Who remembers the head of the trail at a path.
        package var memory: @Sendable (String) -> (any OutsideMemory)? = { _ in nil }
        /// The journal, where there is one, and whether our own lines go there anyway.
        package var journal: Journal?
        package var isService = false
        /// Of how many different events repeats are counted at once.
        package var mostCounts = 4096
        package var time: any TimeSource = SystemTime()
        package var random: any RandomSource = SystemRandom()
        /// Told, in words without a secret, what a person should know at once.
        package var alarm: @Sendable (String) -> Void = { _ in }

        /// A trail beside the store at a path.
        package init(
            beside store: String, settings: @escaping @Sendable () -> AuditSettings = { .init() }
        ) {
            let folder = PrivateFile.folder(of: store)
            usualPath = folder + "/audit.log"
            keyPath = folder + "/audit.key"
            self.settings = settings
        }
    }

    private let parts: Parts
    private let counts: Locked<OpenCounts>
    private let key = Locked<FingerprintKey?>(nil)
    private let fingerprints = Locked(KnownFingerprints())
    private let writer: AuditWriter
    /// Made when somebody first wants to read.
    private let reader = Locked<AuditReader?>(nil)

    /// Nothing is opened before the first event.
    /// - Throws: when the system gives no thread.
    package init(_ parts: Parts) throws(SystemError) {
        let counts = Locked(OpenCounts(capacity: parts.mostCounts))
        self.parts = parts
        self.counts = counts
        writer = try AuditWriter(parts, counts)
    }

    /// Records an event; the record is written when this returns, or, where it repeats one of the last
    /// minute, counted.
    /// - Throws: when it cannot be, and the configuration says that it must.
    package func record(_ event: AuditEvent) async throws(AuditError) {
        let (now, uptime) = (parts.time.now, parts.time.uptime)
        switch counts.withLock({ $0.count(event, at: now, uptime) }) {
        case .repeats: return
        case .begins: await writer.planTick()
        case .new: try await writer.write(event)
        }
    }

    /// Whether there is a file.
    ///
    /// A mistake by which nobody got anything is no reason to begin one: it leaves nothing behind.
    package var hasBegun: Bool {
        guard let path = parts.path(parts.settings()) else { return false }
        var status = clinux_status()
        return unsafe clinux_lstat(path, &status) == 0
    }

    /// By which a token can be recognised in the trail; `nil` where the key cannot be had.
    package func fingerprint(of token: Secret) -> String? {
        if let known = fingerprints.withLock({ $0.known(token) }) { return known }
        let key = key.withLock { key -> FingerprintKey? in
            if key == nil { key = try? .atHome(parts.keyPath, random: parts.random) }
            return key
        }
        guard let fingerprint = key?.fingerprint(of: token) else { return nil }
        fingerprints.withLock { $0.note(fingerprint, of: token) }
        return fingerprint
    }

    /// Writes what was counted, and makes all of it durable: the trail ends in good order.
    package func close() async { await writer.close() }

    /// Records that fit the question, the oldest first.
    package func records(_ query: AuditQuery) async throws(AuditError) -> [AuditRecord] {
        try await startedReader().records(query)
    }

    /// Looks at every record, and compares the last one with what is remembered of it.
    package func verify() async throws(AuditError) -> AuditVerification {
        try await startedReader().verify(seen: await writer.head)
    }

    private func startedReader() throws(AuditError) -> AuditReader {
        do throws(SystemError) {
            return try reader.withLock { reader throws(SystemError) in
                let started = if let reader { reader } else { try AuditReader(parts) }
                reader = started
                return started
            }
        } catch {
            throw AuditError("\(error)")
        }
    }
}

extension AuditTrail.Parts {
    /// Where the trail is now; `nil` where it is off.
    func path(_ settings: AuditSettings) -> String? {
        switch settings.file {
        case .usual: usualPath
        case .path(let path): path
        case .off: nil
        }
    }

    /// The journal, where it shall hear of events.
    func journal(_ settings: AuditSettings) -> Journal? {
        switch settings.journal {
        case .on: journal
        case .off: nil
        case .automatic: isService ? journal : nil
        }
    }
}
