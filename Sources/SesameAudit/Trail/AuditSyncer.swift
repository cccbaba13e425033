import SesameSystem

/// How far a trail is written.
struct WrittenState: Sendable {
    let file: ChainFile
    let head: AuditHead
    /// What was remembered and is missing, as the trail says.
    let missed: AuditHead?
    let memory: (any OutsideMemory)?

    /// Waits for the disk, and has the head remembered behind that: a power failure must not look like
    /// a cut.
    func makeDurable() {
        file.sync()
        guard let memory else { return }
        let current = memory.read().flatMap { AuditHead($0) }
        // Another process may have come further: what is remembered goes back only to where the trail
        // itself says what is missing.
        if let current, current != missed, current.sequence >= head.sequence { return }
        memory.write(head.line)
    }
}

/// Waits for the disk on a thread of its own, while others go on writing.
actor AuditSyncer {
    private let executor: ThreadExecutor

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe executor.asUnownedSerialExecutor()
    }

    init() throws(SystemError) {
        executor = try ThreadExecutor(name: "audit-sync")
    }

    func sync(_ state: WrittenState) { state.makeDurable() }
}
