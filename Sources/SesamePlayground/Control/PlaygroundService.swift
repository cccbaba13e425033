import SesameCrypto
import SesameHTTP
package import SesameHTTPServer
import SesameJOSE
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
        /// Made when first asked for.
        var suite: Suite?
        /// What the client of the suite's issuers signs with.
        var suiteClientKeys = JWKSet([])
    }

    let state: Locked<State>
    let gate = Gate()
    private let scenarios: [String: Scenario]
    private let options: PlaygroundOptions

    package init(_ options: PlaygroundOptions = PlaygroundOptions(), origin: String = "") {
        self.options = options
        let scenarios = options.allScenarios
        self.scenarios = Dictionary(scenarios.map { ($0.name, $0) }) { first, _ in first }
        let faults = scenarios.flatMap { scenario in
            scenario.faults.map { fault in
                fault.at(fault.endpoint, of: scenario.name, count: fault.count)
            }
        }
        state = Locked(
            State(
                issuers: self.scenarios.mapValues(Issuer.init), faults: FaultTable(faults),
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
        let route = Route(request.path, among: scenarios)
        let exchange = Exchange(
            request: request, path: route?.path ?? request.path,
            issuer: origin + "/" + (route?.scenario.name ?? ""),
            now: options.time.now, uptime: options.time.uptime, random: options.random)
        guard let route else { return suiteResponse(to: exchange) ?? index(request) }
        return await answer(exchange, route)
    }

    private func answer(_ exchange: Exchange, _ route: Route) async -> ServerResponse {
        let (fault, begun) = begin(exchange, route)
        var entry = begun
        let serviceTime = max(route.scenario.serviceTime, options.serviceTime)
        await pause(fault.delay + (route.isWork ? serviceTime : 0))
        if fault.holdsRequest { await gate.wait() }
        var response = ServerResponse(status: 500)
        if fault.isCarriedOut { response = carryOut(exchange, route, &entry) }
        await pause(fault.answerDelay)
        if fault.holdsAnswer { await gate.wait() }
        if let answer = fault.answer { response = ServerResponse(answer) }
        response.change(by: fault)
        response.dropsConnection = fault.losesAnswer
        // The server cancels the task of a request whose client has gone.
        entry?.isAnswered = !fault.losesAnswer && !Task.isCancelled
        record(entry)
        return response
    }

    /// The fault that strikes, a harmless one if none does; and the line of the log for a token request.
    private func begin(_ exchange: Exchange, _ route: Route) -> (Fault, TokenLogEntry?) {
        let issuer = route.scenario.name
        return state.withLock { state in
            if route.endpoint == .api { state.issuers[issuer]?.apiRequests += 1 }
            let fault = state.faults.strike(route.endpoint, of: issuer) ?? Fault()
            guard route.endpoint == .token else { return (fault, nil) }
            return (fault, state.log.begin(issuer, exchange, uptime: options.time.uptime))
        }
    }

    /// The log has the commit before any answer leaves.
    private func carryOut(
        _ exchange: Exchange, _ route: Route, _ entry: inout TokenLogEntry?
    ) -> ServerResponse {
        let logged = entry
        var exchange = exchange
        // It may have waited.
        exchange.now = options.time.now
        exchange.uptime = options.time.uptime
        let (response, updated) = state.withLock { [exchange] state in
            let reply = state.issuers[route.scenario.name]?.respond(to: exchange)
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
    /// Takes members out of an answer in JSON, and puts others in.
    fileprivate mutating func change(by fault: Fault) {
        guard !fault.removed.isEmpty || !fault.members.isEmpty,
            let own = (try? JSON(parsing: body))?.members
        else { return }
        let replaced = fault.removed.union(fault.members.map(\.name))
        let kept = own.filter { !replaced.contains($0.name) }.map {
            ($0.name, JSONValue($0.value))
        }
        body = JSONValue.object(kept + fault.members.map { ($0.name, $0.value) }).encoded()
    }

    init(_ answer: Fault.Answer) {
        self.init(status: answer.status, body: Secret(utf8: answer.body))
        fields.set("Content-Type", answer.contentType)
        // One that stands there twice is a fault of its own.
        for (name, value) in answer.fields { fields.append(name, value) }
    }
}
