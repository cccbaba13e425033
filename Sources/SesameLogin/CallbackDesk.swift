import SesameHTTP
import SesameHTTPServer
import SesameSecrets

/// What a callback is to the login that waits for it.
package enum CallbackVerdict: Sendable {
    /// It is the answer; whether the person agreed decides which page the browser shows.
    case accept(succeeded: Bool)
    /// It is forged, or belongs to another login.
    case ignore
}

/// Decides which request is the callback, and which page each visitor gets.
actor CallbackDesk {
    typealias Outcome = Result<Void, LoginError>

    private struct Expectation: Sendable {
        let authority: String
        let path: String
        let postOrigin: String?
        let judge: @Sendable (ReceivedForm) async -> CallbackVerdict
    }

    private let pages: CallbackPages
    private var expectation: Expectation?
    private var earlyVisitors: [CheckedContinuation<Void, Never>] = []
    private var result: Outcome?
    private var waiter: CheckedContinuation<Outcome, Never>?
    /// The judgement that the next one waits for.
    private var lastJudgement: Task<ServerResponse, Never>?

    init(pages: CallbackPages) {
        self.pages = pages
    }

    /// Begins to receive visitors.
    func open(
        authority: String, path: String, postOrigin: String?,
        judge: @escaping @Sendable (ReceivedForm) async -> CallbackVerdict
    ) {
        expectation = Expectation(
            authority: authority, path: path, postOrigin: postOrigin, judge: judge)
        admitEarlyVisitors()
    }

    /// Waits for the end; there is one waiter.
    func outcome() async -> Outcome {
        if let result { return result }
        return await withCheckedContinuation { waiter = $0 }
    }

    /// Ends the wait; only the first end counts.
    func finish(_ outcome: Outcome) {
        guard result == nil else { return }
        result = outcome
        waiter?.resume(returning: outcome)
        waiter = nil
        admitEarlyVisitors()
    }

    /// The page for one request.
    func page(for request: ServerRequest) async -> ServerResponse {
        if expectation == nil, result == nil {
            await withCheckedContinuation { earlyVisitors.append($0) }
        }
        guard let expectation, request.path == expectation.path,
            request.method == "GET" || request.method == "POST" && expectation.postOrigin != nil
        else { return pages.missing }
        guard let host = request.fields["Host"], equalIgnoringCase(host, expectation.authority),
            let form = Self.form(of: request, from: expectation.postOrigin)
        else { return pages.ignored }
        let previous = lastJudgement
        let judgement = Task { () -> ServerResponse in
            _ = await previous?.value
            return await self.judge(form, by: expectation.judge)
        }
        lastJudgement = judgement
        return await judgement.value
    }

    /// The parameters; `nil` where they are malformed, or posted by another page than the server's.
    ///
    /// A page with the policy `no-referrer` posts with the origin `null`, as others may, too: then `state`
    /// alone decides.
    private static func form(of request: ServerRequest, from origin: String?) -> ReceivedForm? {
        guard request.method == "POST" else { return try? ReceivedForm(query: request.query) }
        let sender = request.fields["Origin"]
        let type = request.fields["Content-Type"]?.split(separator: ";").first ?? ""
        guard sender == origin || sender == "null", request.query == nil,
            equalIgnoringCase(
                type.filter { $0 != " " }, "application/x-www-form-urlencoded")
        else { return nil }
        return request.body.withBytes { bytes in try? ReceivedForm(bytes) }
    }

    private func judge(
        _ form: ReceivedForm, by judge: @Sendable (ReceivedForm) async -> CallbackVerdict
    ) async -> ServerResponse {
        if result != nil { return pages.late }
        let verdict = await judge(form)
        // Meanwhile the deadline may have passed, or the login been given up: then nobody takes it.
        if result != nil { return pages.late }
        switch verdict {
        case .ignore: return pages.ignored
        case .accept(let succeeded):
            finish(.success(()))
            return succeeded ? pages.accepted : pages.refused
        }
    }

    private func admitEarlyVisitors() {
        for visitor in earlyVisitors { visitor.resume() }
        earlyVisitors = []
    }
}
