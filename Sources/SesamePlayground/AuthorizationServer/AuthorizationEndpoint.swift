import SesameHTTP
import SesameHTTPServer
import SesameSecrets
import SesameSystem

/// An authorization request whose client and redirect URI are known, so that errors may go back to it.
struct Asked {
    let client: PracticeClient
    let redirectURI: HTTPURL
    let redirectText: String
    let parameters: ReceivedForm
}

extension Issuer {
    /// Shows the page on which a person logs in and decides.
    func showConsent(_ exchange: Exchange) -> ServerResponse {
        guard let asked = asked(exchange) else { return .page(400, .badAuthorizationRequest) }
        if let objection = objection(to: asked) {
            return callback(asked, exchange, [("error", objection)])
        }
        return .page(200, consentPage(asked, exchange, isRetry: false))
    }

    /// Takes the decision.
    mutating func decide(_ exchange: Exchange) -> ServerResponse {
        guard let asked = asked(exchange) else { return .page(400, .badAuthorizationRequest) }
        if let objection = objection(to: asked) {
            return callback(asked, exchange, [("error", objection)])
        }
        let form = exchange.form
        let isAllowed = form?["decision"] == "allow"
        let user = user(named: form?["username"], password: form?["password"])
        // It is good for one login (RFC 9126, section 4), which may need a second try at the password.
        if !isAllowed || user != nil { pushed.spend(exchange.query?["request_uri"]) }
        guard isAllowed else {
            return callback(asked, exchange, [("error", "access_denied")])
        }
        guard let user else {
            return .page(403, consentPage(asked, exchange, isRetry: true))
        }
        let code = CodeTable.Code(
            clientID: asked.client.id, user: user, redirectURI: asked.redirectText,
            scope: try? admit(asked.parameters["scope"]),
            challenge: asked.parameters["code_challenge"],
            expiresAt: mint(exchange).codeExpiry,
            // Who knows no proofs does not look at what it does not know (RFC 6749, section 3.1).
            keyThumbprint: scenario.proofs.flatMap { _ in asked.parameters["dpop_jkt"] })
        let text = codes.add(code, by: mint(exchange))
        return callback(asked, exchange, [("code", text.dangerouslyRevealedText())])
    }

    /// `nil` when nothing may be sent back (RFC 6749, section 4.1.2.1): the redirect URI itself is in doubt.
    private func asked(_ exchange: Exchange) -> Asked? {
        guard let query = exchange.query, let client = client(query["client_id"]),
            let parameters = parameters(query, of: client, exchange)
        else { return nil }
        return asked(parameters, by: client)
    }

    func asked(_ parameters: ReceivedForm, by client: PracticeClient) -> Asked? {
        guard let text = parameters["redirect_uri"], let uri = HTTPURL(text),
            client.redirects.contains(where: { $0.covers(text) })
        else { return nil }
        return Asked(client: client, redirectURI: uri, redirectText: text, parameters: parameters)
    }

    /// What a browser's URL asks for: by itself, or by the name of what was pushed, and then by nothing else
    /// (RFC 9126, section 4).
    private func parameters(
        _ query: ReceivedForm, of client: PracticeClient, _ exchange: Exchange
    ) -> ReceivedForm? {
        guard scenario.takesPushedRequestsOnly else {
            return try? opened(query, of: client, exchange)
        }
        guard query.names.sorted() == ["client_id", "request_uri"],
            let request = pushed.find(query["request_uri"]), request.clientID == client.id,
            exchange.now < request.expiresAt
        else { return nil }
        return request.parameters
    }

    /// The error code that a faulty request gets.
    func objection(to asked: Asked) -> String? {
        let parameters = asked.parameters
        guard Set(parameters.names).count == parameters.names.count else {
            return "invalid_request"
        }
        guard parameters["response_type"] == "code" else { return "unsupported_response_type" }
        guard asked.client.grantTypes.contains("authorization_code") else {
            return "unauthorized_client"
        }
        let challenge = parameters["code_challenge"]
        let isPKCE = challenge?.utf8.count == 43 && parameters["code_challenge_method"] == "S256"
        if challenge != nil || scenario.requiresPKCE, !isPKCE { return "invalid_request" }
        guard isForResource(parameters) else { return "invalid_target" }
        return (try? admit(parameters["scope"])) == nil ? "invalid_scope" : nil
    }

    private func callback(
        _ asked: Asked, _ exchange: Exchange, _ result: [(String, String)]
    ) -> ServerResponse {
        var parameters = FormParameters()
        for (name, value) in result { parameters.append(name, value) }
        if let state = asked.parameters["state"] { parameters.append("state", state) }
        if scenario.sendsIssuer { parameters.append("iss", exchange.issuer) }
        return .redirect(
            to: Secret(utf8: asked.redirectURI.appending(query: parameters).description))
    }

    private func consentPage(_ asked: Asked, _ exchange: Exchange, isRetry: Bool) -> Page {
        .consent(
            ConsentQuestion(
                client: asked.client.name,
                scope: asked.parameters["scope"] ?? scenario.scopes.joined(separator: " "),
                destination: asked.redirectURI.origin,
                action: exchange.issuer + "/authorize?" + (exchange.request.query ?? ""),
                user: .ada, isRetry: isRetry))
    }
}
