import Glibc
package import SesameAudit
package import SesameBroker
import SesameBrokerAPI
import SesameHTTP
package import SesameHTTPServer
import SesameJSON
import SesameSecrets
import SesameSystem

/// The broker's HTTP API: which request leads to which of its operations.
package struct Routes: Sendable {
    let broker: Broker
    let gate: Gate
    /// Keeps a record of what is handed out.
    let trail: AuditTrail?
    /// Counts what is answered.
    let metrics: Metrics
    /// Knows how logins stand; `nil` in a broker that does not last.
    let caretaker: Caretaker?
    private let processes = KnownProcesses()
    private let time = SystemTime()

    /// - Parameters:
    ///   - gate: says who may have what.
    ///   - trail: keeps a record of what is handed out.
    package init(
        broker: Broker, gate: Gate, trail: AuditTrail? = nil, metrics: Metrics = Metrics(),
        caretaker: Caretaker? = nil
    ) {
        self.trail = trail
        self.broker = broker
        self.gate = gate
        self.metrics = metrics
        self.caretaker = caretaker
    }

    /// Looks who has connected, while he is still putting his request together.
    ///
    /// Only for its own user: whom nobody let in makes no work before he has asked for something.
    package func expect(_ peer: Peer, connectedAt: Duration) {
        guard trail != nil, case .process(_, geteuid(), _) = peer else { return }
        _ = processes.process(peer, connectedAt: connectedAt)
    }

    /// Answers one request; every failure becomes a problem document (RFC 9457).
    package func handle(_ request: ServerRequest) async -> ServerResponse {
        let began = time.uptime
        let (response, route) = await answer(request)
        // By the route's own words: those of the request may be anything, and without end.
        metrics.count(
            Metrics.Answer(
                method: route?.method ?? Self.noPath, path: route?.path ?? Self.noPath,
                status: response.status),
            took: time.uptime - began)
        return response
    }

    /// The answer, and the route that gave it.
    private func answer(_ request: ServerRequest) async -> (ServerResponse, Route?) {
        let slip = AuditSlip(of: request.peer, trail)
        var taken: Route?
        do throws(Problem) {
            var call = try Call(request, slip)
            guard let route = Self.table.first(where: { $0.matches(call) }) else {
                try admitAnywhere(call)
                return (Self.refusal(of: call), nil)
            }
            taken = route
            call.namePlace = route.namePlace
            slip.begin(route, call)
            if route.action != nil {
                slip.note(
                    process: processes.process(request.peer, connectedAt: request.connectedAt))
            }
            call.permit = try await admit(call, to: route)
            slip.note { $0.caller?.rule = call.permit.rule }
            let response = try await route.run(self)(call)
            try await slip.record()
            return (response, route)
        } catch {
            await slip.record(error, isKnown: gate.knows)
            return (.problem(error), taken)
        }
    }

    private static let noPath = "other"

    /// A 405 names the methods that the path takes (RFC 9110, section 15.5.6).
    private static func refusal(of call: Call) -> ServerResponse {
        let methods = table.filter { $0.matchesPath(call) }.flatMap(\.methods)
        guard !methods.isEmpty else {
            return .problem(Problem(.usage, "there is no such path", status: 404))
        }
        var response = ServerResponse.problem(
            Problem(.usage, "this path does not take \(call.request.method)", status: 405))
        response.fields.set("Allow", methods.joined(separator: ", "))
        return response
    }

    /// All methods and paths; `{}` stands for a name, `{…}` for what is left of the path.
    package static var operations: [(method: String, path: String)] {
        table.flatMap { route in route.methods.map { ($0, route.path) } }
    }

    private static let table: [Route] = [
        Route("GET", "/metrics", .anywhere, measurements),
        Route("GET", "/v1/health", .anywhere, health),
        Route("GET", "/v1/providers", .anywhere, providers),
        Route("GET", "/v1/profiles", .anywhere, profiles),
        Route("GET", "/v1/profiles/{}", .profile(.status), profile),
        Route("PUT", "/v1/profiles/{}", .profile(.manage), setUp),
        Route("GET", "/v1/profiles/{}/token", .profile(.token), token),
        Route("GET", "/v1/profiles/{}/headers", .profile(.token), headers),
        Route("POST", "/v1/profiles/{}/requests", .profile(.request), send),
        Route("POST", "/v1/profiles/{}/introspection", .profile(.token), introspect),
        Route("POST", "/v1/profiles/{}/web-identity", .profile(.token), exchangeWebIdentity),
        Route("POST", "/v1/profiles/{}/login", .profile(.manage), beginLogin),
        Route("DELETE", "/v1/profiles/{}/grant", .profile(.manage), logout),
        Route("POST", "/v1/profiles/{}/resource", .profile(.manage), lookAtResource),
        Route("GET", "/v1/profiles/{}/client-metadata", .profile(.manage), clientMetadata),
        Route("DELETE", "/v1/profiles/{}/registration", .profile(.manage), unregister),
        Route("GET", "/v1/credential", .anywhere, credential),
        Route("POST", "/v1/credential/rejection", .anywhere, rejectCredential),
        Route("GET", "/v1/logins/{}", .login, login),
        Route("POST", "/v1/logins/{}/callback", .login, deliver),
        Route("DELETE", "/v1/logins/{}", .login, cancelLogin),
        Route("POST", "/v1/imports", .store, takeOver),
        Route("GET", "/v1/store", .store, store),
        Route("POST", "/v1/store/key", .store, makeStore),
        Route("POST", "/v1/store/unlock", .store, unlock),
        Route("POST", "/v1/store/lock", .store, lock),
        Route("POST", "/v1/store/rotation", .store, rotate),
        Route("POST", "/v1/store/anchor", .store, acceptRollback),
        Route("POST", "/v1/store/backup", .store, backUp),
        Route("POST", "/v1/store/restore", .store, restore),
        Route("POST", "/v1/store/confirmation", .store, confirm),
        Route("GET", "/v1/audit", .store, auditRecords),
        Route("POST", "/v1/audit/verification", .store, verifyAudit),
        Route("POST", "/v1/audit/fingerprint", .store, fingerprint),
        Route(Route.any, "/auth", .profile(.token), authorize),
        Route(Route.any, "/auth/{}", .profile(.token), authorize),
        Route(Route.any, "/auth/{}/{…}", .profile(.token), authorize),
    ]
}

/// One method and path; `{}` stands for a name, and `{…}` at the end for one segment or more.
struct Route: Sendable {
    typealias Operation = @Sendable (Routes) -> (Call) async throws(Problem) -> ServerResponse

    /// What a caller needs for it.
    enum Need: Sendable {
        /// To be let in at all, for whatever profile.
        case anywhere
        /// This much, for the profile that the path names, or else the query.
        case profile(Access)
        /// To manage the profile of the login that the path names.
        case login
        /// To manage everything.
        case store
    }

    let method: String
    let path: String
    let segments: [Substring]
    /// Whether more segments may follow, and one does.
    let isOpen: Bool
    /// Which segment is the name.
    let namePlace: Int?
    let need: Need
    /// What stands in the audit trail for it; `nil` where it only looks.
    let action: AuditAction?
    let run: Operation

    init(
        _ method: String, _ path: StaticString, _ need: Need, _ run: @escaping Operation
    ) {
        self.method = method
        self.path = "\(path)"
        let parts = "\(path)".split(separator: "/")
        isOpen = parts.last == "{…}"
        segments = isOpen ? parts.dropLast() : parts
        namePlace = segments.firstIndex(of: "{}")
        self.need = need
        action = AuditAction(route: "\(method) \(path)")
        self.run = run
    }

    func matches(_ call: Call) -> Bool {
        (method == call.request.method || method == Self.any && !call.request.mayEcho)
            && matchesPath(call)
    }

    func matchesPath(_ call: Call) -> Bool {
        let (own, its) = (segments.count, call.segments.count)
        return (isOpen ? its > own : its == own)
            && zip(segments, call.segments).allSatisfy { $0 == "{}" || $0 == $1 }
    }

    /// The methods to name to somebody who has used another one.
    var methods: [String] {
        method == Self.any
            ? ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] : [method]
    }

    /// In the place of a method: whichever a proxy passes on.
    static let any = "any"
}

extension ServerResponse {
    static func json(_ value: JSONValue, status: Int = 200) -> ServerResponse {
        json(text: value.encoded(), status: status)
    }

    static func json(text: Secret, status: Int = 200) -> ServerResponse {
        var response = ServerResponse(status: status, body: text)
        response.fields.set("Content-Type", "application/json")
        response.fields.set("Cache-Control", "no-store")
        return response
    }

    static func problem(_ problem: Problem) -> ServerResponse {
        var response = json(problem.json, status: problem.status)
        response.fields.set("Content-Type", "application/problem+json")
        if let seconds = problem.retryAfter { response.fields.set("Retry-After", "\(seconds)") }
        // One must be named (RFC 9110, section 15.5.2), and nobody can answer this one: a person has to log in.
        if problem.status == 401 { response.fields.set("WWW-Authenticate", "Sesame") }
        return response
    }
}
