import SesameHTTP
import SesameHTTPServer
import SesameJSON
import SesameSecrets

extension Issuer {
    /// A protected resource that says what it received; `/api/redirect?to=URL` sends the caller elsewhere.
    func resource(_ exchange: Exchange) -> ServerResponse {
        guard let token = exchange.credentials("Bearer") else {
            return unauthorized(nil, exchange)
        }
        guard let record = tokens.find(token) else {
            return unauthorized("the token is not known", exchange)
        }
        guard exchange.now < record.expiresAt else {
            return unauthorized("the token has expired", exchange)
        }
        if exchange.path == "/api/redirect", let target = exchange.query?["to"] {
            var response = ServerResponse(
                status: exchange.query?["status"].flatMap(Int.init) ?? 302)
            response.fields.set("Location", target)
            return response
        }
        let fields = exchange.request.fields.all.map { JSONValue.string($0.name) }
        return .json(
            200,
            .object([
                ("subject", .optional(record.grant.user?.name)),
                ("client_id", .string(record.grant.clientID)),
                ("scope", .optional(record.grant.scope)),
                ("method", .string(exchange.request.method)),
                ("path", .string(exchange.path)),
                ("query", .optional(exchange.request.query)),
                ("fields", .array(fields)),
                ("body", .string(exchange.request.body.dangerouslyRevealedText())),
            ]))
    }

    /// RFC 6750, section 3: without a token there is a challenge, but no error code.
    private func unauthorized(_ reason: String?, _ exchange: Exchange) -> ServerResponse {
        var response = ServerResponse(status: 401)
        let error = reason.map { #", error="invalid_token", error_description="\#($0)""# } ?? ""
        response.fields.set(
            "WWW-Authenticate", #"Bearer realm="practice""# + error + resourceHint(exchange))
        return response
    }
}
