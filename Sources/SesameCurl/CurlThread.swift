import CCurl
import SesameHTTP
import SesameSecrets
import SesameSystem

/// Whether a caller has given up; the thread looks at it before it starts a request.
final class Cancellation: Sendable {
    private let isSet = Locked(false)

    var isRequested: Bool { isSet.withLock { $0 } }

    func request() { isSet.withLock { $0 = true } }
}

/// A request and whom to answer.
///
/// Only the thread answers, so it happens exactly once.
struct Order: Sendable {
    /// A stream to send and one to receive; either may be long.
    struct Stream: Sendable {
        let content: StreamedContent?
        let answer: BytePipe
        /// Answered at the end of the head.
        let caller: CheckedContinuation<Result<StreamedAnswer, TransportError>, Never>
    }
    enum Delivery: Sendable {
        /// The answer with all its content.
        case whole(CheckedContinuation<Result<HTTPResponse, TransportError>, Never>)
        case stream(Stream)
    }

    let request: HTTPRequest
    let delivery: Delivery
    let cancellation: Cancellation

    /// Tells the caller that there is no answer.
    func fail(_ error: TransportError) {
        switch delivery {
        case .whole(let caller): caller.resume(returning: .failure(error))
        case .stream(let stream): stream.caller.resume(returning: .failure(error))
        }
    }
}

/// The one thread on which libcurl works.
///
/// Others put messages into its box and wake it.
final class CurlThread: Sendable {
    fileprivate enum Message: Sendable {
        case start(Order)
        case cancel(Cancellation)
        case resume(Cancellation)
        case stop
    }
    fileprivate struct State: Sendable {
        var box: [Message] = []
        var isRunning = false
        /// The thread waits, or is about to: a message has to wake it.
        var isWaiting = false
        var multi: MultiHandle?
    }
    private let state = Locked(State())
    private let proxy: String?
    private let stackBytes: Int?
    private let connections: ConnectionLimits

    /// - Parameter stackBytes: the size of the thread's stack; `nil` for the system's own choice.
    init(
        proxy: String?, connections: ConnectionLimits = .few, stackBytes: Int? = nil
    ) {
        self.proxy = proxy
        self.connections = connections
        self.stackBytes = stackBytes
    }

    deinit { post(.stop) }

    /// Sends a request.
    func start(_ order: Order) {
        post(.start(order))
        start()
    }

    /// Gives a request up, also one that is not started yet.
    func cancel(_ cancellation: Cancellation) {
        cancellation.request()
        post(.cancel(cancellation))
    }

    /// Lets a request go on that stands still, or ends it where nobody wants its answer any more.
    func resume(_ cancellation: Cancellation) { post(.resume(cancellation)) }

    /// Starts the thread unless it runs.
    func start() {
        let isFirst = state.withLock { state in
            defer { state.isRunning = true }
            return !state.isRunning
        }
        guard isFirst else { return }
        do throws(SystemError) {
            try startThread(name: "https", stackBytes: stackBytes) { [state, proxy, connections] in
                run(state, proxy: proxy, connections)
            }
        } catch {
            refuse(state, because: error.description)
        }
    }

    private func post(_ message: Message) {
        state.withLock { state in
            state.box.append(message)
            guard state.isWaiting else { return }
            state.isWaiting = false
            state.multi?.wake()
        }
    }
}

private func run(
    _ state: Locked<CurlThread.State>, proxy: String?, _ connections: ConnectionLimits
) {
    guard let multi = MultiHandle(connections) else {
        return refuse(state, because: MultiHandle.objection ?? "libcurl cannot be started")
    }
    state.withLock { $0.multi = multi }
    var desk = Desk(multi: multi, proxy: proxy, connections: connections)
    while desk.handle(
        state.withLock { state in
            defer { (state.box, state.isWaiting) = ([], false) }
            return state.box
        })
    {
        multi.perform { easy, result in desk.finish(easy, result) }
        desk.handHeads()
        let mayWait = state.withLock { state in
            state.isWaiting = state.box.isEmpty
            return state.isWaiting
        }
        if mayWait { multi.wait() }
    }
}

/// Refuses what is in the box; the next request tries again to start.
private func refuse(_ state: Locked<CurlThread.State>, because objection: String) {
    let box = state.withLock { state in
        defer { state = CurlThread.State() }
        return state.box
    }
    for case .start(let order) in box {
        let error = TransportError(.other, objection, mayHaveBeenSent: false)
        order.fail(error)
    }
}

/// The requests that are on their way.
///
/// It lives on the thread.
private struct Desk {
    private let multi: MultiHandle
    private let proxy: String?
    private let connections: ConnectionLimits
    private let shelf = Shelf()
    private var exchanges: [EasyHandle.Identity: Exchange] = [:]

    init(multi: MultiHandle, proxy: String?, connections: ConnectionLimits) {
        self.multi = multi
        self.proxy = proxy
        self.connections = connections
    }

    /// Does what the messages say; `false` when the thread is to end.
    mutating func handle(_ messages: [CurlThread.Message]) -> Bool {
        for message in messages {
            switch message {
            case .start(let order): start(order)
            case .cancel(let cancellation): cancel(cancellation)
            case .resume(let cancellation): resume(cancellation)
            case .stop: return false
            }
        }
        return true
    }

    /// Answers the caller of an exchange that libcurl has done with.
    mutating func finish(_ easy: EasyHandle.Identity, _ result: CURLcode) {
        guard let exchange = exchanges.removeValue(forKey: easy) else { return }
        // The numbers are read before the handle is removed, which resets them.
        let deliver = exchange.end(result)
        multi.remove(easy)
        deliver()
    }

    /// Answers the callers of streams whose answers have begun.
    func handHeads() {
        guard !shelf.ready.isEmpty else { return }
        for exchange in shelf.ready { exchange.handHead() }
        shelf.ready = []
    }

    private mutating func start(_ order: Order) {
        guard !order.cancellation.isRequested else {
            return order.fail(.cancelled(mayHaveBeenSent: false))
        }
        guard let exchange = Exchange(order, proxy: proxy, connections, shelf: shelf),
            multi.add(exchange.identity)
        else {
            let objection = "libcurl does not accept the request; it may be too old"
            let error = TransportError(.other, objection, mayHaveBeenSent: false)
            return order.fail(error)
        }
        exchanges[exchange.identity] = exchange
    }

    private mutating func cancel(_ cancellation: Cancellation) {
        let found = exchanges.first { $0.value.order.cancellation === cancellation }
        guard let (easy, exchange) = found else { return }
        exchanges[easy] = nil
        let wasSent = exchange.mayHaveBeenSent
        multi.remove(easy)
        exchange.giveUp(.cancelled(mayHaveBeenSent: wasSent))
    }

    private mutating func resume(_ cancellation: Cancellation) {
        let found = exchanges.values.first { $0.order.cancellation === cancellation }
        guard let exchange = found else { return }
        if exchange.isWanted { exchange.resume() } else { cancel(cancellation) }
    }
}

extension TransportError {
    fileprivate static func cancelled(mayHaveBeenSent: Bool) -> TransportError {
        TransportError(.cancelled, "the request was cancelled", mayHaveBeenSent: mayHaveBeenSent)
    }
}
