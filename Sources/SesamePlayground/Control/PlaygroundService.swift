import SesameCrypto
import SesameHTTP
package import SesameHTTPServer
import SesameJSON
import SesameSecrets
import SesameSystem

/// The whole playground without its sockets: a request in, an answer out.
package final class PlaygroundService: Sendable {
    struct State: Sendable {
        var issuers: [String: Issuer]
        var faults: FaultTable
        var log = TokenLog()
        var origin = ""
    }

    let state: Locked<State>
    let gate = Gate()
    private let options: PlaygroundOptions

    package init(_ options: PlaygroundOptions = PlaygroundOptions(), origin: String = "") {
        self.options = options
        let scenarios = options.allScenarios
        let issuers = scenarios.map { ($0.name, Issuer($0)) }
        let faults = scenarios.flatMap { scenario in
            scenario.faults.map { fault in
                fault.at(fault.endpoint, of: scenario.name, count: fault.count)
            }
        }
        state = Locked(
            State(
                issuers: Dictionary(issuers) { first, _ in first }, faults: FaultTable(faults),
                origin: origin))
    }

    /// Where it listens, as it stands in front of every issuer.
    ///
    /// Known only once it does.
    package func setOrigin(_ origin: String) {
        state.withLock { $0.origin = origin }
    }

    /// Answers one request, after whatever goes wrong first.
    package func handle(_ request: ServerRequest) async -> ServerResponse {
        if request.path == "/_control" || request.path.hasPrefix("/_control/") {
            return control(request)
        }
        let origin = state.withLock { $0.origin }
        guard let route = route(request.path) else { return index(request) }
        let exchange = Exchange(
            request: request, path: route.path, issuer: origin + "/" + route.issuer,
            now: options.time.now, random: options.random)
        return await answer(exchange, route)
    }

    private struct Route {
        let issuer: String
        let path: String
        let endpoint: Fault.Endpoint
        let serviceTime: Int64
    }

    /// The issuer that a path belongs to, and the path below it.
    ///
    /// Metadata may stand in front of the issuer.
    private func route(_ path: String) -> Route? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(
            String.init)
        let issuers = state.withLock { $0.issuers }
        if parts.count >= 3, parts[0] == ".well-known", let issuer = issuers[parts[2]] {
            guard issuer.scenario.servesMetadata(parts[1], isInFront: true), parts.count == 3 else {
                return nil
            }
            return Route(
                issuer: parts[2], path: "/.well-known/" + parts[1], endpoint: .discovery,
                serviceTime: 0)
        }
        guard let name = parts.first, let issuer = issuers[name] else { return nil }
        let rest = String(path.dropFirst(name.count + 1))
        if parts.count == 3, parts[1] == ".well-known", issuer.scenario.dialect == .rfc,
            !issuer.scenario.servesMetadata(parts[2], isInFront: false)
        {
            return nil
        }
        let endpoint = issuer.endpoint(rest)
        let isWork = endpoint == .token || endpoint == .api
        return Route(
            issuer: name, path: rest, endpoint: endpoint,
            serviceTime: isWork ? max(issuer.scenario.serviceTime, options.serviceTime) : 0)
    }

    private func answer(_ exchange: Exchange, _ route: Route) async -> ServerResponse {
        var fault = Fault()
        var entry: TokenLogEntry?
        (fault, entry) = state.withLock { state in
            let struck = state.faults.strike(route.endpoint, of: route.issuer) ?? Fault()
            let entry =
                route.endpoint == .token
                ? state.log.begin(route.issuer, exchange, uptime: options.time.uptime) : nil
            return (struck, entry)
        }
        await pause(fault.delay + route.serviceTime)
        if fault.holdsRequest { await gate.wait() }
        var response = ServerResponse(status: 500)
        if fault.isCarriedOut { response = carryOut(exchange, route, &entry) }
        await pause(fault.answerDelay)
        if fault.holdsAnswer { await gate.wait() }
        if let answer = fault.answer { response = ServerResponse(answer) }
        response.dropsConnection = fault.losesAnswer
        // The server cancels the task of a request whose client has gone.
        entry?.isAnswered = !fault.losesAnswer && !Task.isCancelled
        record(entry)
        return response
    }

    /// The log has the commit before any answer leaves.
    private func carryOut(
        _ exchange: Exchange, _ route: Route, _ entry: inout TokenLogEntry?
    ) -> ServerResponse {
        let logged = entry
        let (response, updated) = state.withLock { state in
            let reply = state.issuers[route.issuer]?.respond(to: exchange)
            var updated = logged
            if let reply { updated?.take(reply) }
            if let updated { state.log.replace(updated) }
            return (reply?.response ?? ServerResponse(status: 500), updated)
        }
        entry = updated
        return response
    }

    private func record(_ entry: TokenLogEntry?) {
        guard let entry else { return }
        state.withLock { $0.log.replace(entry) }
        options.record(entry)
    }

    private func pause(_ milliseconds: Int64) async {
        guard milliseconds > 0 else { return }
        try? await options.time.sleep(for: .milliseconds(milliseconds))
    }

    var now: Timestamp { options.time.now }
}

extension ServerResponse {
    init(_ answer: Fault.Answer) {
        self.init(status: answer.status, body: Secret(utf8: answer.body))
        fields.set("Content-Type", answer.contentType)
        for (name, value) in answer.fields { fields.set(name, value) }
    }
}
