package import Glibc
package import SesameBroker
import SesameBrokerAPI
import SesameHTTP
package import SesameHTTPServer
import SesameJSON
import SesameSecrets

/// The broker's HTTP API: which request leads to which of its operations.
package struct Routes: Sendable {
    let broker: Broker
    let owner: uid_t

    /// - Parameter owner: the only user who is served.
    package init(broker: Broker, owner: uid_t = geteuid()) {
        self.broker = broker
        self.owner = owner
    }

    /// Answers one request; every failure becomes a problem document (RFC 9457).
    package func handle(_ request: ServerRequest) async -> ServerResponse {
        do throws(Problem) {
            try admit(request.peer)
            let call = try Call(request)
            guard let operation = Self.table.first(where: { $0.matches(call) }) else {
                return Self.refusal(of: call)
            }
            return try await operation.run(self)(call)
        } catch {
            return .problem(error)
        }
    }

    /// The kernel's word on who connected, against the user whose broker this is.
    private func admit(_ peer: Peer) throws(Problem) {
        switch peer {
        case .parent: return
        case .process(_, let uid, _) where uid == owner: return
        default: throw Problem(.callerRefused, "this broker serves another user")
        }
    }

    /// A 405 names the methods that the path takes (RFC 9110, section 15.5.6).
    private static func refusal(of call: Call) -> ServerResponse {
        let methods = table.filter { $0.matchesPath(call) }.map(\.method)
        guard !methods.isEmpty else {
            return .problem(Problem(.usage, "there is no such path", status: 404))
        }
        var response = ServerResponse.problem(
            Problem(.usage, "this path does not take \(call.request.method)", status: 405))
        response.fields.set("Allow", methods.joined(separator: ", "))
        return response
    }

    /// All methods and paths; `{}` stands for a name.
    package static var operations: [(method: String, path: String)] {
        table.map { ($0.method, "/" + $0.segments.joined(separator: "/")) }
    }

    private static let table: [Route] = [
        Route("GET", "/v1/health", health),
        Route("GET", "/v1/profiles", profiles),
        Route("GET", "/v1/profiles/{}", profile),
        Route("PUT", "/v1/profiles/{}", setUp),
        Route("GET", "/v1/profiles/{}/token", token),
        Route("GET", "/v1/profiles/{}/headers", headers),
        Route("POST", "/v1/profiles/{}/requests", send),
        Route("POST", "/v1/profiles/{}/login", beginLogin),
        Route("DELETE", "/v1/profiles/{}/grant", logout),
        Route("GET", "/v1/logins/{}", login),
        Route("POST", "/v1/logins/{}/callback", deliver),
        Route("DELETE", "/v1/logins/{}", cancelLogin),
        Route("GET", "/v1/store", store),
        Route("POST", "/v1/store/key", makeStore),
        Route("POST", "/v1/store/unlock", unlock),
        Route("POST", "/v1/store/lock", lock),
        Route("POST", "/v1/store/rotation", rotate),
        Route("POST", "/v1/store/anchor", acceptRollback),
        Route("POST", "/v1/store/confirmation", confirm),
    ]
}

/// One method and path; `{}` stands for a name.
struct Route: Sendable {
    typealias Operation = @Sendable (Routes) -> (Call) async throws(Problem) -> ServerResponse

    let method: String
    let segments: [Substring]
    let run: Operation

    init(_ method: String, _ path: StaticString, _ run: @escaping Operation) {
        self.method = method
        segments = "\(path)".split(separator: "/")
        self.run = run
    }

    func matches(_ call: Call) -> Bool { method == call.request.method && matchesPath(call) }

    func matchesPath(_ call: Call) -> Bool {
        segments.count == call.segments.count
            && zip(segments, call.segments).allSatisfy { $0 == "{}" || $0 == $1 }
    }
}

/// A request with its path and query taken apart.
struct Call: Sendable {
    let request: ServerRequest
    let segments: [Substring]
    let query: ReceivedForm

    init(_ request: ServerRequest) throws(Problem) {
        self.request = request
        segments = request.path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
            .map(\.self)
        do throws(ReceivedForm.Refusal) {
            query = try ReceivedForm(query: request.query)
        } catch {
            throw Problem(.usage, "the query is malformed")
        }
    }

    /// The name in the path.
    ///
    /// It is compared as sent: nothing in it is decoded.
    var name: String { String(segments[2]) }

    /// The content as JSON; an empty one counts as an empty object.
    func json() throws(Problem) -> JSON {
        let body = request.body.isEmpty ? Secret(utf8: "{}") : request.body
        do throws(JSON.Refusal) {
            var limits = JSON.Limits()
            limits.bytes = 4 << 20
            return try JSON(parsing: body, limits: limits)
        } catch {
            throw Problem(.usage, "the content is \(error)")
        }
    }

    /// A yes or no in the query; no where it is missing.
    func flag(_ name: String) throws(Problem) -> Bool {
        guard query.names.contains(name) else { return false }
        guard let value = query[name].flatMap({ Bool($0) }) else {
            throw Problem(.usage, "\(name) is neither true nor false")
        }
        return value
    }

    /// A number of seconds in the query.
    func seconds(_ name: String, default usual: Int64) throws(Problem) -> Int64 {
        guard query.names.contains(name) else { return usual }
        guard let value = query[name].flatMap({ Int64($0) }), (0...31_536_000).contains(value)
        else {
            throw Problem(.usage, "\(name) is not a number of seconds")
        }
        return value
    }
}

extension ServerResponse {
    static func json(_ value: JSONValue, status: Int = 200) -> ServerResponse {
        var response = ServerResponse(status: status, body: value.encoded())
        response.fields.set("Content-Type", "application/json")
        response.fields.set("Cache-Control", "no-store")
        return response
    }

    static func problem(_ problem: Problem) -> ServerResponse {
        var response = json(problem.json, status: problem.status)
        response.fields.set("Content-Type", "application/problem+json")
        return response
    }
}
