import SesameSystem

// Each phase of a connection has its deadline.
//
// Setting one costs a comparison, since it nearly always lies behind the one that is waited for. At
// that time all connections are looked at.
extension ServerCore {
    /// Moves a connection to a phase, which must not last longer than the limits say.
    func enter(_ phase: Connection.Phase, _ connection: Connection) {
        connection.phase = phase
        setDeadline(limits.deadline(of: phase, connection.peer), connection)
    }

    /// Sets how long what a connection waits for may take; `nil` for as long as it likes.
    func setDeadline(_ deadline: Duration?, _ connection: Connection) {
        guard let deadline else { return connection.due = nil }
        let due = SystemTime().uptime + deadline
        connection.due = due
        if due < nextSweep?.due ?? .seconds(Int64.max) { sweep(at: due) }
    }

    private func sweep(at due: Duration) {
        if let timer = nextSweep?.timer { loop.cancel(timer: timer) }
        let timer = loop.schedule(at: due) { [weak self] in
            self?.assumeIsolated { $0.sweep() }
        }
        nextSweep = (due, timer)
    }

    private func sweep() {
        let now = SystemTime().uptime
        nextSweep = nil
        for connection in connections.values where connection.due.map({ $0 <= now }) ?? false {
            deadlinePassed(connection)
        }
        // Not at once again, however close the deadlines of many connections lie.
        guard let next = connections.values.lazy.compactMap(\.due).min() else { return }
        sweep(at: max(next, now + .milliseconds(10)))
    }

    private func deadlinePassed(_ connection: Connection) {
        switch connection.phase {
        case .receiving: refuse(connection, status: 408)
        case .handling: refuseStream(connection, status: 408)
        default: close(connection)
        }
    }
}
