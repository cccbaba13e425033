import SesameBroker
import SesameBrokerAPI
import SesameHTTP
import SesameHTTPServer
import SesameSecrets

/// What a reverse proxy asks before it passes a request on.
extension Routes {
    /// Answers with the field that the proxy is to add, and nothing else.
    ///
    /// Where the path names the profile, the query is the client's own, as Envoy passes it on, and says nothing here.
    func authorize(_ call: Call) async throws(Problem) -> ServerResponse {
        try call.request.requireNoEcho()
        var query = Broker.TokenQuery(profile: call.name)
        if call.namePlace == nil {
            guard !call.name.isEmpty else { throw Problem(.usage, "profile is missing") }
            query.minimumValidity = try call.seconds("min_valid", default: 60)
        }
        query.narrowedScope = call.permit.scope
        let asked = query
        do throws(Problem) {
            let fields = try await fromBroker { broker throws(BrokerError) in
                try await broker.authorization(asked)
            }
            call.slip.note(fields)
            var response = ServerResponse(status: 200, fields: fields)
            response.fields.set("Cache-Control", "no-store")
            return response
        } catch {
            throw error.forProxy
        }
    }
}

extension Problem {
    /// The same with a status that proxies act upon: 401 where a person must log in, and a time where trying again
    /// may help.
    fileprivate var forProxy: Problem {
        var problem = self
        if code == .loginRequired { problem = Problem(code, detail, hints: hints, status: 401) }
        if code == .temporary { problem.retryAfter = retryAfter ?? 10 }
        return problem
    }
}

extension ServerRequest {
    /// See ``HTTPRequest/mayEcho(_:)``.
    var mayEcho: Bool { HTTPRequest.mayEcho(method) }

    /// Refuses to sign what the proxy says has such a method.
    fileprivate func requireNoEcho() throws(Problem) {
        for name in ["X-Forwarded-Method", "X-Original-Method"] {
            guard fields.values(name).contains(where: HTTPRequest.mayEcho) else { continue }
            throw Problem(.usage, "this method is not for requests with a credential", status: 403)
        }
    }
}
