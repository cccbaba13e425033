import SesameCrypto
import SesameHTTP
import SesameHTTPServer
import SesameSecrets

extension Issuer {
    /// The authorization endpoint; who is not logged in is sent to log in first.
    mutating func mauticAuthorize(_ exchange: Exchange) -> ServerResponse {
        guard let (_, session) = session(exchange), let user = session.user else {
            return sendToLogin(exchange)
        }
        let form = exchange.request.method == "POST" ? exchange.form : exchange.query
        guard let form, let client = client(form["client_id"]) else {
            return MauticError.clientNotFound.response
        }
        guard user.mayConsent else { return .page(403, .accessDenied) }
        let wasKnown = sessions.hasConsented(user, to: client.id)
        if !wasKnown, exchange.request.method != "POST" {
            return .page(200, consent(form, client, user, exchange))
        }
        guard wasKnown || form.names.contains("accepted") else {
            return MauticError.denied.response
        }
        sessions.consent(user, to: client.id)
        do throws(MauticError) {
            return try sendCode(form, client, user, exchange, isFirstConsent: !wasKnown)
        } catch {
            return error.response
        }
    }

    /// The login page, and what its form sends.
    mutating func mauticLogin(_ exchange: Exchange) -> ServerResponse {
        let action = exchange.issuer + "/oauth/v2/authorize_login"
        guard exchange.request.method == "POST" else {
            return .page(200, .login(action: action, isRetry: false))
        }
        let form = exchange.form
        guard let user = user(named: form?["_username"], password: form?["_password"]),
            user.isPublished
        else { return .page(200, .login(action: action, isRetry: true)) }
        let old = session(exchange)
        if let old { sessions[old.id] = nil }
        let query = old?.session.query ?? ""
        let id = begin(SessionTable.Session(user: user, query: query), exchange)
        let target = exchange.issuer + "/oauth/v2/authorize" + (query.isEmpty ? "" : "?" + query)
        return withCookie(id, .redirect(to: Secret(utf8: target)))
    }

    private mutating func sendToLogin(_ exchange: Exchange) -> ServerResponse {
        let query = exchange.request.query ?? ""
        let id = begin(SessionTable.Session(user: nil, query: query), exchange)
        let target = Secret(utf8: exchange.issuer + "/oauth/v2/authorize_login")
        return withCookie(id, .redirect(to: target))
    }

    private mutating func sendCode(
        _ form: ReceivedForm, _ client: PracticeClient, _ user: PracticeUser, _ exchange: Exchange,
        isFirstConsent: Bool
    ) throws(MauticError) -> ServerResponse {
        let isPlain = form["response_type"] == "code" && (form["scope"] ?? "").isEmpty
        guard let text = form["redirect_uri"], !text.isEmpty else {
            throw client.redirects.count > 1 ? .redirectAmbiguous : .crash(500)
        }
        guard client.redirects.contains(where: { $0.covers(text) }) else {
            throw isFirstConsent ? .redirectUnregistered : .crash(500)
        }
        guard isPlain, let uri = HTTPURL(text) else { throw .crash(500) }
        let record = CodeTable.Code(
            clientID: client.id, user: user, redirectURI: text, scope: nil, challenge: nil,
            expiresAt: mint(exchange).codeExpiry)
        let code = codes.add(record, by: mint(exchange))
        var parameters = FormParameters()
        if let state = form["state"] { parameters.append("state", state) }
        parameters.append("code", code.dangerouslyRevealedText())
        return .redirect(to: Secret(utf8: uri.appending(query: parameters).description))
    }

    private func consent(
        _ query: ReceivedForm, _ client: PracticeClient, _ user: PracticeUser, _ exchange: Exchange
    ) -> Page {
        let names = ["client_id", "response_type", "redirect_uri", "state", "scope"]
        return .mauticConsent(
            client: client.name, user: user, action: exchange.issuer + "/oauth/v2/authorize",
            hidden: names.compactMap { name in query[name].map { (name, $0) } })
    }

    private func session(_ exchange: Exchange) -> (id: String, session: SessionTable.Session)? {
        let cookies = (exchange.request.fields["Cookie"] ?? "").split(separator: ";")
        let mine = cookies.first { $0.drop { $0 == " " }.hasPrefix(cookieName + "=") }
        guard let mine, let id = mine.split(separator: "=").last.map(String.init),
            let session = sessions[id]
        else { return nil }
        return (id, session)
    }

    private mutating func begin(_ session: SessionTable.Session, _ exchange: Exchange) -> String {
        let id = hexadecimal(exchange.random.bytes(16))
        sessions[id] = session
        return id
    }

    private func withCookie(_ id: String, _ response: ServerResponse) -> ServerResponse {
        var response = response
        response.fields.set("Set-Cookie", "\(cookieName)=\(id); Path=/; HttpOnly; SameSite=Lax")
        return response
    }
}

private let cookieName = "practice_mautic"
