import SesameHTTP
import SesameJSON
import SesameSecrets
import SesameSystem

/// An authorization server as a transport: single-use refresh tokens, and a count of every request.
final class RotatingServer: HTTPTransport {
    enum Fault: Sendable {
        /// The request never arrives.
        case unreachable
        /// Who answers shows a certificate that nobody vouches for.
        case untrusted
        /// The rotation happens, the answer is lost.
        case answerLost
        /// This answer, and nothing happens.
        case answer(status: Int, type: String, body: String)
    }
    private struct State {
        var generation = 1
        var tokenRequests = 0
        var replays = 0
        var requests: [HTTPRequest] = []
        var faults: [Fault] = []
        var rejectsTokensBefore = 0
        var gate: [CheckedContinuation<Void, Never>] = []
        var arrivals: [CheckedContinuation<Void, Never>] = []
        var isHolding = false
        var lifetime = 3600
    }
    private let state = Locked(State())

    var tokenRequests: Int { state.withLock(\.tokenRequests) }
    var replays: Int { state.withLock(\.replays) }
    var requests: [HTTPRequest] { state.withLock(\.requests) }

    func prepare(_ faults: Fault...) { state.withLock { $0.faults += faults } }
    /// From now on answers wait for ``release()``.
    func hold() { state.withLock { $0.isHolding = true } }
    func release() {
        let waiting = state.withLock { state in
            state.isHolding = false
            defer { state.gate = [] }
            return state.gate
        }
        for continuation in waiting { continuation.resume() }
    }
    /// Returns once a request waits for ``release()``.
    func arrival() async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.gate.isEmpty { state.arrivals.append(continuation) }
                return !state.gate.isEmpty
            }
            if isThere { continuation.resume() }
        }
    }
    /// Access tokens given so far are refused by the API.
    func revokeAccessTokens() { state.withLock { $0.rejectsTokensBefore = $0.generation + 1 } }

    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        let fault = state.withLock { state in
            state.requests.append(request)
            return state.faults.isEmpty ? nil : state.faults.removeFirst()
        }
        if case .unreachable = fault {
            throw TransportError(.cannotConnect, "refused", mayHaveBeenSent: false)
        }
        if case .untrusted = fault {
            throw TransportError(.tls, "no trust", mayHaveBeenSent: false)
        }
        await pass()
        if case .answer(let status, let type, let body) = fault {
            return response(status, type, body)
        }
        let answer = request.url.path.hasSuffix("/token") ? rotate(request) : resource(request)
        if case .answerLost = fault {
            throw TransportError(.connectionLost, "the connection ended", mayHaveBeenSent: true)
        }
        return answer
    }

    private func pass() async {
        guard state.withLock(\.isHolding) else { return }
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let awaited = state.withLock { state -> [CheckedContinuation<Void, Never>] in
                guard state.isHolding else { return [continuation] }
                state.gate.append(continuation)
                defer { state.arrivals = [] }
                return state.arrivals
            }
            for waiting in awaited { waiting.resume() }
        }
    }

    private func rotate(_ request: HTTPRequest) -> HTTPResponse {
        let form = request.body?.withBytes { try? ReceivedForm($0) }
        return state.withLock { state in
            state.tokenRequests += 1
            if form?["grant_type"] == "refresh_token",
                form?["refresh_token"] != "refresh-\(state.generation)"
            {
                state.replays += 1
                return response(
                    400, "application/json",
                    #"{"error":"invalid_grant","error_description":"spent"}"#)
            }
            state.generation += 1
            let refresh =
                form?["grant_type"] == "client_credentials"
                ? "" : #","refresh_token":"refresh-\#(state.generation)""#
            return response(
                200, "application/json",
                #"{"access_token":"access-\#(state.generation)","token_type":"bearer","expires_in":\#(state.lifetime)\#(refresh)}"#
            )
        }
    }

    private func resource(_ request: HTTPRequest) -> HTTPResponse {
        let generation = request.fields.all.first { $0.name == "Authorization" }.flatMap {
            field -> Int? in
            guard case .secret(let secret) = field.value else { return nil }
            return Int(secret.dangerouslyRevealedText().split(separator: "-").last ?? "")
        }
        guard let generation, generation >= state.withLock(\.rejectsTokensBefore) else {
            return response(
                401, "application/json",
                #"{"errors":[{"message":"expired","code":401,"type":"invalid_grant"}]}"#)
        }
        return response(200, "application/json", #"{"ok":true}"#)
    }

    private func response(_ status: Int, _ type: String, _ body: String) -> HTTPResponse {
        var fields = HTTPFields()
        fields.append("Content-Type", type)
        return HTTPResponse(status: status, fields: fields, body: Secret(utf8: body))
    }
}
