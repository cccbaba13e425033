import SesameHTTP
import SesameSecrets
import SesameSystem

/// A Mautic that gives scripted answers, one a request, and notes what it was asked.
final class ContactServer: HTTPTransport {
    struct Answer {
        var status = 200
        var fields: [(String, String)] = [("Content-Type", "application/json")]
        var body = ""
        var failure: TransportError?

        static func json(_ status: Int, _ body: String) -> Answer {
            Answer(status: status, body: body)
        }

        static func fails(_ code: TransportError.Code, sent: Bool) -> Answer {
            Answer(failure: TransportError(code, "scripted", mayHaveBeenSent: sent))
        }
    }

    private struct State {
        var answers: [Answer]
        var requests: [HTTPRequest] = []
    }
    private let state: Locked<State>

    init(_ answers: [Answer]) {
        state = Locked(State(answers: answers))
    }

    var requests: [HTTPRequest] { state.withLock { $0.requests } }

    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        let answer = state.withLock { state in
            state.requests.append(request)
            return state.answers.isEmpty ? nil : state.answers.removeFirst()
        }
        guard let answer else {
            throw TransportError(.other, "asked more often than scripted", mayHaveBeenSent: false)
        }
        if let failure = answer.failure { throw failure }
        var fields = HTTPFields()
        for (name, value) in answer.fields { fields.append(name, value) }
        return HTTPResponse(status: answer.status, fields: fields, body: Secret(utf8: answer.body))
    }
}

/// A clock on which every sleep is over at once; it notes how long each would have been.
final class PatientTime: TimeSource {
    private let sleeps = Locked<[Duration]>([])
    let start = Timestamp(seconds: 1_790_000_000)

    var pauses: [Int64] { sleeps.withLock { $0.map(\.components.seconds) } }
    var uptime: Duration { sleeps.withLock { $0.reduce(.zero, +) } }
    var now: Timestamp { start.adding(seconds: uptime.components.seconds) }

    func sleep(for duration: Duration) async throws(CancellationError) {
        sleeps.withLock { $0.append(duration) }
    }
}
