package import SesameAudit
package import SesameBroker
import SesameBrokerAPI
import SesameCurl
import SesameHTTP
import SesameHTTPServer
import SesameOAuth
import SesameSecrets
import SesameSystem

/// What all proxies of a broker work with.
package struct ProxyParts: Sendable {
    let broker: Broker
    let gate: Gate
    let trail: AuditTrail?
    let metrics: Metrics
    /// Has a thread and connections of its own: streams do not keep renewals waiting.
    let transport = CurlTransport(.many)
    let processes = KnownProcesses()

    package init(
        broker: Broker, gate: Gate, trail: AuditTrail? = nil, metrics: Metrics = Metrics()
    ) {
        self.broker = broker
        self.gate = gate
        self.trail = trail
        self.metrics = metrics
    }
}

/// Answers the requests of one proxy: admission, target, credential, answer.
struct Forwarder: Sendable {
    let settings: ProxySettings
    let door: ProxyDoor
    let parts: ProxyParts

    /// Forwards a request; a failure of our own becomes a problem document.
    func handle(_ request: ServerRequest) async -> ServerResponse {
        let slip = AuditSlip(of: request.peer, parts.trail)
        slip.begin(.request, of: settings.profile)
        let response: ServerResponse
        do throws(Problem) {
            response = try await forward(request, slip)
        } catch {
            await slip.record(error, isKnown: parts.gate.knows)
            response = .proxyProblem(error)
        }
        parts.metrics.count(
            Metrics.ProxyAnswer(proxy: settings.name, status: response.status))
        return response
    }

    private func forward(
        _ request: ServerRequest, _ slip: AuditSlip
    ) async throws(Problem) -> ServerResponse {
        try door.admit(request)
        let permit = try await admit(request, slip)
        let message = try message(for: request)
        slip.note(method: message.method, message.url)
        let content = request.stream.map {
            StreamedContent(
                $0.pipe, length: $0.length, expectsContinue: request.fields.contains("Expect"))
        }
        let (parts, limit) = (parts, Self.keptBytes)
        let answer: StreamedAnswer
        do throws(BrokerError) {
            answer = try await parts.broker.forward(
                message, for: settings.profile, narrowedScope: permit.scope,
                willSend: { request throws(BrokerError) in try await slip.recordSending(request) },
                send: { message throws(TransportError) in
                    try await parts.transport.open(StreamedRequest(message, content: content))
                },
                judge: { await $0.verdict(repeating: content, within: limit) },
                mayRepeat: { await $0.isOver(repeating: content, within: limit) })
        } catch {
            throw Problem(error)
        }
        return response(to: message, answer)
    }

    private func admit(
        _ request: ServerRequest, _ slip: AuditSlip
    ) async throws(Problem) -> Permit {
        slip.note(process: parts.processes.process(request.peer, connectedAt: request.connectedAt))
        guard let caller = try request.caller else { return .owner }
        do throws(BrokerError) {
            let permit = try await parts.gate.admit(caller, to: .request, of: settings.profile)
            slip.note { $0.caller?.rule = permit.rule }
            return permit
        } catch {
            throw Problem(error)
        }
    }

    private func message(for request: ServerRequest) throws(Problem) -> HTTPRequest {
        let url: HTTPURL
        do throws(Destinations.Refusal) {
            url = try ProxyTarget(settings.target).url(path: request.path, query: request.query)
        } catch {
            throw Problem(error, of: settings)
        }
        let pseudonym = "sesame-\(settings.name)"
        guard !ProxyFields.isLoop(request.fields, via: pseudonym) else {
            throw Problem(
                .configuration, "[proxy \(settings.name)] forwards to itself",
                hints: ["`to` names the server behind it"])
        }
        var message = HTTPRequest(request.method, url)
        message.fields = ProxyFields.request(request.fields, via: pseudonym)
        // A little longer than the client is waited for: whose fault it is shall be told rightly.
        message.timeout = settings.timeout + 2
        return message
    }

    private func response(to message: HTTPRequest, _ answer: StreamedAnswer) -> ServerResponse {
        let target = ProxyTarget(settings.target)
        var response = ServerResponse(
            status: answer.status,
            fields: ProxyFields.response(answer.fields) { target.local($0, of: message.url) })
        response.stream = ContentStream(answer.content, length: answer.length)
        return response
    }

    /// How much is looked at of an answer that refuses the token.
    private static let keptBytes = 65_536
}

extension StreamedAnswer: SignedAnswer {
    /// Whether the request can be sent again: that is known once the exchange is over.
    fileprivate func isOver(repeating request: StreamedContent?, within limit: Int) async -> Bool {
        await content.whole(within: limit) != nil && request?.isRepeatable ?? true
    }

    /// Whether the token was refused, and the request can be sent again.
    fileprivate func verdict(
        repeating request: StreamedContent?, within limit: Int
    ) async -> Broker.Verdict {
        guard status == 401 else { return .accepted }
        // Its content may say more than its fields, and once it has come the exchange is over.
        let body = await content.whole(within: limit)
        let response = HTTPResponse(status: status, fields: fields, body: body ?? .empty)
        guard TokenRejection.isTokenRejected(response) else { return .accepted }
        guard body != nil, request?.isRepeatable ?? true else { return .tokenRejectedTooLate }
        return .tokenRejected
    }
}

extension Problem {
    fileprivate init(_ refusal: Destinations.Refusal, of settings: ProxySettings) {
        switch refusal {
        case .malformed:
            self.init(.usage, "the target is not one that every program reads the same way")
        case .ambiguousPath:
            self.init(
                .destinationRefused,
                "the path has an encoded slash, dot, percent sign or control byte",
                hints: ["servers decode these differently, so they could lead elsewhere"])
        case .insecure, .notAllowed:
            self.init(
                .destinationRefused, "the path leads out of \(settings.target)",
                hints: ["`to` of [proxy \(settings.name)] is where requests may go"])
        }
    }
}
