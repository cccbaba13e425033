import SesameSystem

/// Writes the trail, on a thread of its own: a lock or a disk may keep it waiting.
actor AuditWriter {
    private let executor: ThreadExecutor
    private let parts: AuditTrail.Parts
    private let counts: Locked<OpenCounts>
    /// Made when it is first needed: a broker for one command waits for the disk itself, at its end.
    private var syncer: AuditSyncer?
    private var chain: ChainWriter?
    private var path: String?
    /// Events that could not be written, since the last that could.
    private var lost: (count: Int64, from: Timestamp, to: Timestamp)?
    private var triesAgain = Duration.zero
    private var isDirty = false
    private var tick: Task<Void, Never>?

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe executor.asUnownedSerialExecutor()
    }

    init(_ parts: AuditTrail.Parts, _ counts: Locked<OpenCounts>) throws(SystemError) {
        executor = try ThreadExecutor(name: "audit")
        self.parts = parts
        self.counts = counts
    }

    /// The last record that this process knows.
    var head: AuditHead? { chain?.head }

    /// Writes an event, and what was counted and is due.
    func write(_ event: AuditEvent) throws(AuditError) {
        let (now, uptime) = (parts.time.now, parts.time.uptime)
        // Another call of the same may have come first.
        guard case .new = counts.withLock({ $0.count(event, at: now, uptime) }) else {
            return planTick()
        }
        let settings = parts.settings()
        let due = counts.withLock { $0.takeDue(at: uptime) }
        do throws(AuditError) {
            try put(due.map { AuditEntry($0) } + [AuditEntry(event)], settings)
        } catch {
            if settings.isRequired { throw error }
            return
        }
        counts.withLock { $0.begin(event, uptime) }
    }

    /// Writes what was counted, and makes all of it durable.
    func close() async {
        tick?.cancel()
        tick = nil
        let all = counts.withLock { $0.takeAll() }
        if !all.isEmpty || lost != nil {
            triesAgain = .zero
            try? put(all.map { AuditEntry($0) }, parts.settings())
        }
        if let state = takeDirty() { state.makeDurable() }
    }

    /// Looks again in a second, unless that is planned already.
    ///
    /// Where nothing happens nothing wakes up.
    func planTick() {
        guard tick == nil else { return }
        let time = parts.time
        tick = Task { [weak self] in
            guard (try? await time.sleep(for: .seconds(1))) != nil else { return }
            await self?.passTick()
        }
    }

    private func passTick() async {
        tick = nil
        let due = counts.withLock { $0.takeDue(at: parts.time.uptime) }
        if !due.isEmpty { try? put(due.map { AuditEntry($0) }, parts.settings()) }
        await sync()
        if isDirty || counts.withLock({ $0.hasRepeats }) { planTick() }
    }

    private func sync() async {
        guard let state = takeDirty() else { return }
        if syncer == nil { syncer = try? AuditSyncer() }
        if let syncer { await syncer.sync(state) } else { state.makeDurable() }
    }

    private func takeDirty() -> WrittenState? {
        guard isDirty, let chain, let file = chain.current, let head = chain.head else {
            return nil
        }
        isDirty = false
        return WrittenState(
            file: file, head: head, missed: chain.missed, memory: path.flatMap { parts.memory($0) })
    }

    private func put(_ entries: [AuditEntry], _ settings: AuditSettings) throws(AuditError) {
        do throws(AuditError) {
            let heads = try append(entries, settings)
            if let journal = parts.journal(settings) {
                for (index, entry) in entries.enumerated() {
                    entry.tell(journal, heads.isEmpty ? nil : heads[index])
                }
            }
        } catch {
            lose(entries, error)
            throw error
        }
    }

    private func append(
        _ entries: [AuditEntry], _ settings: AuditSettings
    ) throws(AuditError) -> [AuditHead] {
        guard let path = parts.path(settings) else { return [] }
        // A full disk is not asked again with every call, unless everything waits for it.
        guard settings.isRequired || parts.time.uptime >= triesAgain else {
            throw AuditError("it could not be written a moment ago")
        }
        if path != self.path {
            chain = ChainWriter(at: path, memory: parts.memory(path))
            self.path = path
        }
        let now = parts.time.now
        let note = lost.map { AuditNote.unrecorded(count: $0.count, from: $0.from, to: $0.to) }
        let records = [note?.members].compactMap(\.self) + entries.map(\.members)
        let limits = ChainWriter.Limits(size: settings.size, keep: settings.keep)
        let heads: [AuditHead]
        do throws(AuditError) {
            heads = try chain?.append(records, at: now, limits) ?? []
        } catch {
            triesAgain = parts.time.uptime + .seconds(1)
            throw error
        }
        if let lost {
            parts.alarm("the audit trail is written again; \(lost.count) events are missing in it")
            self.lost = nil
        }
        isDirty = true
        planTick()
        return Array(heads.suffix(entries.count))
    }

    private func lose(_ entries: [AuditEntry], _ error: AuditError) {
        let now = parts.time.now
        if lost == nil { parts.alarm("the audit trail cannot be written: \(error)") }
        let count = entries.reduce(0) { $0 + ($1.count ?? 1) }
        lost = ((lost?.count ?? 0) + count, lost?.from ?? now, now)
    }
}
