import SesameBrokerAPI
import SesameHTTP
import SesameSystem

/// Sends several requests at once through the broker, each over a connection of its own that blocks a thread of its own.
final class BrokerLanes: HTTPTransport {
    private let transports: [BrokerTransport]
    private let lanes: [BrokerLane]
    private let loads: Locked<[Int]>

    /// - Parameter transports: one for each lane.
    /// - Throws: ``SystemError`` when the system gives no threads.
    init(_ transports: [BrokerTransport]) throws(SystemError) {
        var lanes: [BrokerLane] = []
        for transport in transports { lanes.append(try BrokerLane(transport)) }
        self.lanes = lanes
        self.transports = transports
        loads = Locked(Array(repeating: 0, count: lanes.count))
    }

    /// What the broker said when a request failed with this.
    func problem(behind error: TransportError) -> Problem? {
        transports.lazy.compactMap { $0.problem(behind: error) }.first
    }

    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        let index = loads.withLock { loads -> Int in
            let index = loads.indices.min { loads[$0] < loads[$1] } ?? 0
            loads[index] += 1
            return index
        }
        defer { loads.withLock { $0[index] -= 1 } }
        return try await lanes[index].send(request)
    }
}

/// One connection to the broker, and the thread that waits for it.
private actor BrokerLane {
    private let executor: ThreadExecutor
    private let transport: BrokerTransport

    init(_ transport: BrokerTransport) throws(SystemError) {
        executor = try ThreadExecutor(name: "sesame-lane")
        self.transport = transport
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe executor.asUnownedSerialExecutor()
    }

    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        try await transport.send(request)
    }
}
