import SesameSecrets
import SesameSystem

/// Drives all connections of one server. It lives on the thread of the event loop, which calls into
/// it directly when a socket is ready.
actor ServerCore {
    nonisolated let loop: EventLoop
    nonisolated let handler: ServerHandler
    nonisolated let arrival: ServerArrival?
    var limits: ServerLimits
    var connections: [UInt64: Connection] = [:]
    var runningHandlers = 0
    var isStopping = false
    /// What every read goes through; empty in between.
    var scratch = SecretBuffer(capacity: 16_384)
    /// Requests of a connection are being taken, one after the other.
    var isTakingRequests = false
    /// What all connections hold.
    var heldBytes = 0
    var shares: ConnectionShares
    var listeners: [Listener] = []
    var acceptsConnections = true
    /// When the earliest deadline may pass, and the timer set for then.
    var nextSweep: (due: Duration, timer: UInt64)?
    private var idleWaiters: [CheckedContinuation<Void, Never>] = []

    init(
        loop: EventLoop, limits: ServerLimits, arrival: ServerArrival?,
        handler: @escaping ServerHandler
    ) {
        self.loop = loop
        self.limits = limits
        self.handler = handler
        self.arrival = arrival
        shares = ConnectionShares(limits)
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe loop.isolation.asUnownedSerialExecutor()
    }

    /// Serves one connection.
    func serve(_ socket: consuming FileDescriptor, peer: Peer) {
        let ready: @Sendable (UInt64, Readiness) -> Void = { [weak self] id, readiness in
            self?.assumeIsolated { $0.ready(id, readiness) }
        }
        let interest: Interest = limits.takesStreams ? [.reading, .ending] : .reading
        guard let watch = try? loop.watch(socket.number, for: interest, ready: ready) else {
            return shares.giveBack(peer)
        }
        let connection = Connection(socket, peer: peer, watch: watch)
        connection.interest = interest
        if limits.takesStreams { connection.sendEarly() }
        connections[connection.id] = connection
        enter(.opened, connection)
        arrival?(peer, connection.connectedAt)
    }

    /// Ends idle connections at once and the others after their answer; returns when all are gone,
    /// or when `patience` has run out.
    func stop(patience: Duration) async {
        isStopping = true
        for connection in connections.values {
            switch connection.phase {
            case .opened, .idle, .receiving: close(connection)
            case .draining: drain(connection)
            case .handling, .writing, .streaming: connection.closesAfterAnswer = true
            case .closed: break
            }
        }
        let timer = loop.schedule(after: patience) { [weak self] in
            self?.assumeIsolated { $0.giveUp() }
        }
        await waitUntilIdle()
        loop.cancel(timer: timer)
    }

    /// Returns when there is no connection and no handler runs.
    func waitUntilIdle() async {
        if isIdle { return }
        await withCheckedContinuation { idleWaiters.append($0) }
    }

    /// Ends a connection; a handler that runs for it is cancelled.
    func close(_ connection: Connection) {
        guard connection.phase != .closed else { return }
        connection.phase = .closed
        // An answer whose end would be the end of the connection must not look whole.
        if connection.outgoing?.endsWithConnection == true { connection.resetOnClose() }
        loop.remove(connection.watch)
        connection.task?.cancel()
        connection.endStreams()
        connections[connection.id] = nil
        heldBytes -= connection.countedBytes
        shares.giveBack(connection.peer)
        if !acceptsConnections { resumeAccepting() }
        wakeIfIdle()
    }

    func wakeIfIdle() {
        if isIdle { wakeWaiters() }
    }

    private var isIdle: Bool { connections.isEmpty && runningHandlers == 0 }

    private func wakeWaiters() {
        let waiters = idleWaiters
        idleWaiters = []
        for waiter in waiters { waiter.resume() }
    }

    private func giveUp() {
        for connection in connections.values { close(connection) }
        wakeWaiters()
    }
}
