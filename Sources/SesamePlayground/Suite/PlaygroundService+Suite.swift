import SesameHTTPServer
import SesameJSON
import SesameSystem

/// The issuers of the conformance suite's modules, one each: `/suite/` and the module's name.
extension PlaygroundService {
    struct Suite: Sendable {
        let keys: SuiteKeys
        var issuers: [String: SuiteIssuer] = [:]
    }

    /// The answer of a suite issuer; `nil` for every other path.
    func suiteResponse(to exchange: Exchange) -> ServerResponse? {
        let parts = exchange.request.path.split(separator: "/", maxSplits: 2)
        guard parts.count >= 2, parts[0] == "suite",
            let module = SuiteModule.named(String(parts[1]))
        else { return nil }
        return state.withLock { state in
            if state.suite == nil { state.suite = (try? SuiteKeys()).map { Suite(keys: $0) } }
            guard let keys = state.suite?.keys else { return ServerResponse(status: 500) }
            var issuer =
                state.suite?.issuers[module.name] ?? SuiteIssuer(module, random: exchange.random)
            let own = "/suite/" + module.name
            issuer.clientKeys = state.suiteClientKeys
            let response = issuer.respond(
                to: Exchange(
                    request: exchange.request,
                    path: String(exchange.request.path.dropFirst(own.count)),
                    issuer: state.origin + own, now: exchange.now, uptime: exchange.uptime,
                    random: exchange.random), keys)
            state.suite?.issuers[module.name] = issuer
            return response
        }
    }

    /// What the issuer of a module was asked so far.
    package func suiteRecord(of module: String) -> SuiteRecord {
        state.withLock { $0.suite?.issuers[module]?.record } ?? SuiteRecord()
    }

    /// All modules, with what each demands and what its issuer was asked.
    func suiteJSON() -> JSONValue {
        .array(
            SuiteModule.all.map { module in
                .object([
                    ("name", .string(module.name)), ("plan", .string(module.plan.rawValue)),
                    ("does", .string(module.does)), ("demand", .string(module.demand.rawValue)),
                    ("record", suiteRecord(of: module.name).json),
                ])
            })
    }
}
