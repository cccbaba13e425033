import SesameBroker
import SesameBrokerAPI
import SesameHTTP
import SesameHTTPServer
import SesameJSON
import SesameOAuth

/// Where a profile's server and its client come from.
extension Routes {
    func lookAtResource(_ call: Call) async throws(Problem) -> ServerResponse {
        let question = try call.message { json throws(MalformedMessage) in
            try ResourceQuestionMessage(json: json)
        }
        let report = try await fromBroker { broker throws(BrokerError) in
            try await broker.look(
                atResource: question.resource, for: call.name,
                certificateAuthorityFile: question.certificateAuthorityFile)
        }
        return .json(ResourceMessage(report).json)
    }

    func clientMetadata(_ call: Call) async throws(Problem) -> ServerResponse {
        guard let url = call.query["client_id"] else {
            throw Problem(.usage, "client_id is missing")
        }
        let document = try await fromBroker { broker throws(BrokerError) in
            try await broker.clientDocument(at: url, for: call.name)
        }
        return .json(text: document)
    }

    func unregister(_ call: Call) async throws(Problem) -> ServerResponse {
        try await fromBroker { broker throws(BrokerError) in
            try await broker.unregister(call.name)
        }
        return ServerResponse(status: 204)
    }
}

extension ResourceMessage {
    init(_ report: ResourceReport) {
        let resource = report.resource
        self.init(
            resource: resource.resource, name: resource.name, scope: resource.scope,
            requiresDPoP: resource.requiresDPoP,
            authorizationServers: resource.authorizationServers.map { issuer in
                Server(issuer: issuer, trusted: report.trusted.contains(issuer))
            })
    }
}
