import SesameHTTP
import SesameHTTPServer
import SesameJSON
import SesameSecrets

extension Issuer {
    /// A protected resource that says what it received; `/api/redirect?to=URL` sends the caller elsewhere.
    mutating func resource(_ exchange: Exchange) -> ServerResponse {
        guard let bound = exchange.credentials("DPoP") else { return bearerResource(exchange) }
        var response = boundResource(exchange, bound)
        addHints(to: &response, of: .resources, exchange)
        return response
    }

    private func bearerResource(_ exchange: Exchange) -> ServerResponse {
        guard let token = exchange.credentials("Bearer") else { return unauthorized(nil, exchange) }
        guard let record = tokens.find(token) else {
            return unauthorized("the token is not known", exchange)
        }
        // It was stolen, or somebody has forgotten the proof (RFC 9449, section 7.2).
        guard record.grant.keyThumbprint == nil else {
            return unauthorized("the token is bound to a key", exchange, scheme: "DPoP")
        }
        return resource(exchange, record, scheme: "Bearer")
    }

    /// RFC 9449, section 7.1.
    private mutating func boundResource(_ exchange: Exchange, _ token: Secret) -> ServerResponse {
        let key: String?
        do throws(ProofRefusal) {
            key = try provenKey(exchange, for: .resources, token: token)
        } catch {
            return unauthorized(error.description, exchange, scheme: "DPoP", error: error.code)
        }
        guard let record = tokens.find(token), let key, record.grant.keyThumbprint == key else {
            return unauthorized(
                "the token is not known, or of another key", exchange, scheme: "DPoP")
        }
        return resource(exchange, record, scheme: "DPoP")
    }

    private func resource(
        _ exchange: Exchange, _ record: TokenTable.Access, scheme: String
    ) -> ServerResponse {
        guard exchange.now < record.expiresAt else {
            return unauthorized("the token has expired", exchange, scheme: scheme)
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
    private func unauthorized(
        _ reason: String?, _ exchange: Exchange, scheme: String = "Bearer",
        error: String = "invalid_token"
    ) -> ServerResponse {
        var response = ServerResponse(status: 401)
        let error = reason.map { #", error="\#(error)", error_description="\#($0)""# } ?? ""
        response.fields.set(
            "WWW-Authenticate", #"\#(scheme) realm="practice""# + error + resourceHint(exchange))
        return response
    }
}
