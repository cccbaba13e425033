import SesameHTTP
import SesameSecrets
import SesameSystem
import TestSupport

/// Answers from a list, and notes on a test's clock when it was asked.
final class RecordingTransport: HTTPTransport {
    enum Answer: Sendable {
        case json(String, Int)
        /// Nobody answers for so many seconds, then the deadline is over.
        case timeout(after: Int64)

        static func error(_ code: String) -> Answer { .json(#"{"error":"\#(code)"}"#, 400) }
    }

    private struct State {
        var answers: [Answer]
        var requests: [HTTPRequest] = []
        var times: [Duration] = []
        var change: (poll: Int, body: @Sendable (ManualTime) -> Void)?
    }
    private let state: Locked<State>
    private let time: ManualTime

    init(_ answers: [Answer], _ time: ManualTime) {
        state = Locked(State(answers: answers))
        self.time = time
    }

    var requests: [HTTPRequest] { state.withLock(\.requests) }

    /// Seconds between two requests, the first counted from the beginning of time.
    var gaps: [Int64] {
        let times = state.withLock(\.times)
        return zip(times, [.zero] + times).map { ($0 - $1).components.seconds }
    }

    /// Does something to the clock at that poll, the first being 1.
    func atPoll(_ poll: Int, _ body: @escaping @Sendable (ManualTime) -> Void) {
        state.withLock { $0.change = (poll, body) }
    }

    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        let (answer, change) = state.withLock { state in
            state.requests.append(request)
            state.times.append(time.uptime)
            let change = state.change?.poll == state.requests.count ? state.change?.body : nil
            return (state.answers.isEmpty ? nil : state.answers.removeFirst(), change)
        }
        change?(time)
        switch answer {
        case .json(let text, let status):
            return .json(text, status: status)
        case .timeout(let seconds):
            time.advance(seconds: seconds)
            throw TransportError(.timeout, "the deadline passed", mayHaveBeenSent: true)
        case nil: throw TransportError(.badRequest, "no answer is left", mayHaveBeenSent: false)
        }
    }
}
