import SesameHTTP
import SesameSystem

/// Sends requests to one Mautic, again where that is right, and turns refusals into errors.
struct Exchange {
    private let transport: any HTTPTransport
    private let time: any TimeSource
    private let willWait: @Sendable (MauticPause) -> Void

    init(
        transport: any HTTPTransport, time: any TimeSource,
        willWait: @escaping @Sendable (MauticPause) -> Void
    ) {
        self.transport = transport
        self.time = time
        self.willWait = willWait
    }

    /// What the time is.
    var now: Timestamp { time.now }

    /// The answer, when it is a success.
    func answer(
        to request: HTTPRequest, _ patience: RetryRules.Patience = .person
    ) async throws(MauticError) -> HTTPResponse {
        var rules = RetryRules(patience)
        while true {
            let outcome = await outcome(of: request)
            guard let pause = rules.pause(after: outcome, now: time.now) else {
                return try accepted(outcome, request)
            }
            try await wait(pause, for: MauticPause.Reason(outcome))
        }
    }

    /// The answer to a question that is not worth waiting for: one attempt, `nil` for any failure.
    func promptAnswer(to request: HTTPRequest) async -> HTTPResponse? {
        let response = try? await transport.send(request)
        return response.flatMap { (200...299).contains($0.status) ? $0 : nil }
    }

    /// What one attempt comes to.
    func outcome(of request: HTTPRequest) async -> Result<HTTPResponse, TransportError> {
        do {
            return .success(try await transport.send(request))
        } catch {
            return .failure(error)
        }
    }

    /// Waits, unless the task is cancelled.
    func wait(_ pause: Duration, for reason: MauticPause.Reason) async throws(MauticError) {
        willWait(MauticPause(duration: pause, reason: reason))
        do {
            try await time.sleep(for: pause)
        } catch {
            let error = TransportError(.cancelled, "interrupted", mayHaveBeenSent: true)
            throw MauticError(.transport(error), error.message)
        }
    }

    private func accepted(
        _ outcome: Result<HTTPResponse, TransportError>, _ request: HTTPRequest
    ) throws(MauticError) -> HTTPResponse {
        switch outcome {
        case .failure(let error): throw MauticError(error, to: request)
        case .success(let response):
            guard (200...299).contains(response.status) else {
                throw MauticError(response, to: request, at: time.now)
            }
            return response
        }
    }
}
