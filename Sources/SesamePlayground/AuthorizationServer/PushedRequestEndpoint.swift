import SesameHTTP
import SesameHTTPServer
import SesameJSON
import SesameSystem

extension Issuer {
    /// Keeps an authorization request for a browser that will come with its name (RFC 9126, section 2).
    mutating func push(_ exchange: Exchange) -> ServerResponse {
        var response = pushed(exchange)
        addHints(to: &response, of: .tokens, exchange)
        return response
    }

    private mutating func pushed(_ exchange: Exchange) -> ServerResponse {
        do throws(Refusal) {
            let form = try checkedForm(exchange)
            let client = try authenticateClient(exchange, form)
            guard form["client_id"] == client.id else {
                throw .invalidRequest("client_id is missing")
            }
            guard !form.names.contains("request_uri") else {
                throw .invalidRequest("a pushed request names no other (RFC 9126, section 2.1)")
            }
            let parameters = try opened(form, of: client, exchange)
            guard let asked = asked(parameters, by: client) else {
                throw .invalidRequest("the redirect URI is not registered")
            }
            try checkKey(parameters["dpop_jkt"], try provenKey(exchange))
            if let objection = objection(to: asked) {
                throw Refusal(code: objection, description: "the request is refused")
            }
            let name = pushed.add(
                PushedRequestTable.Request(
                    clientID: client.id, parameters: parameters,
                    expiresAt: exchange.now.adding(seconds: PushedRequestTable.lifetime)),
                by: mint(exchange))
            return .json(
                201,
                .object([
                    ("request_uri", .string(name)),
                    ("expires_in", .integer(PushedRequestTable.lifetime)),
                ]))
        } catch {
            return error.response
        }
    }
}
