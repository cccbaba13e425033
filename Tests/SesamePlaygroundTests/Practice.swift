import SesameHTTP
import SesameHTTPServer
import SesameJSON
import SesamePlayground
import SesameSecrets
import SesameSystem
import TestSupport

/// A playground without sockets, with a clock that the test moves, and what a client does with it.
struct Practice {
    let time = ManualTime()
    let service: PlaygroundService
    static let origin = "http://127.0.0.1:9000"
    static let fixed = PracticeClient.mauticFixedPort.id
    static let anyPort = PracticeClient.mauticAnyPort.id
    static let serviceClient = PracticeClient.mauticService.id
    static let secret = "practicesecret0practicesecret0practicesecret0pract"
    static let callback = "http://127.0.0.1:8400/callback"

    init(_ change: (inout PlaygroundOptions) -> Void = { _ in }) {
        var options = PlaygroundOptions()
        options.time = time
        change(&options)
        service = PlaygroundService(options, origin: Self.origin)
    }

    func send(
        _ method: String, _ target: String, _ fields: [(String, String)] = [], body: String = ""
    ) async -> ServerResponse {
        let parts = target.split(separator: "?", maxSplits: 1).map(String.init)
        var list = HTTPFields()
        for (name, value) in fields { list.append(name, value) }
        return await service.handle(
            ServerRequest(
                method: method, path: parts[0], query: parts.count > 1 ? parts[1] : nil,
                fields: list,
                body: Secret(utf8: body)))
    }

    /// Posts a form; parameters with a `nil` value are left out.
    func post(
        _ path: String, _ form: [(String, String?)], _ fields: [(String, String)] = []
    ) async -> ServerResponse {
        await send(
            "POST", path, [("Content-Type", "application/x-www-form-urlencoded")] + fields,
            body: encoded(form))
    }

    /// A token request at the Mautic, with the credentials of a client.
    func mauticToken(
        _ form: [(String, String?)], client: String = fixed, secret: String? = secret
    ) async -> ServerResponse {
        await post(
            "/mautic/oauth/v2/token", [("client_id", client), ("client_secret", secret)] + form)
    }

    func api(
        _ method: String, _ path: String, _ token: String, body: String = ""
    ) async -> ServerResponse {
        await send(
            method, "/mautic/api/" + path,
            [("Authorization", "Bearer " + token), ("Content-Type", "application/json")], body: body
        )
    }

    func encoded(_ form: [(String, String?)]) -> String {
        var parameters = FormParameters()
        for (name, value) in form { if let value { parameters.append(name, value) } }
        return parameters.encodedText
    }
}

extension Practice {
    /// A cookie of a browser that is logged in at the Mautic.
    func mauticCookie(_ user: String = "ada", query: String = "") async -> String {
        let first = await send(
            "GET", "/mautic/oauth/v2/authorize" + (query.isEmpty ? "" : "?" + query))
        let second = await post(
            "/mautic/oauth/v2/authorize_login", [("_username", user), ("_password", "practice")],
            [("Cookie", first.cookie)])
        return second.cookie
    }

    func authorizationQuery(
        client: String = fixed, redirect: String? = callback, type: String? = "code",
        scope: String? = nil
    ) -> String {
        encoded([
            ("client_id", client), ("redirect_uri", redirect), ("response_type", type),
            ("state", "st-123"), ("scope", scope),
        ])
    }

    /// What the browser gets once the person has pressed Accept, or was not asked.
    func mauticAccept(_ query: String, user: String = "ada") async -> ServerResponse {
        let cookie = await mauticCookie(user, query: query)
        return await send(
            "POST", "/mautic/oauth/v2/authorize",
            [("Cookie", cookie), ("Content-Type", "application/x-www-form-urlencoded")],
            body: query + "&accepted=")
    }

    func mauticCode() async throws -> String {
        try await mauticAccept(authorizationQuery()).callback("code")
    }

    func mauticTokens() async throws -> JSON {
        let response = await mauticToken([
            ("grant_type", "authorization_code"), ("code", try await mauticCode()),
            ("redirect_uri", Self.callback),
        ])
        return try JSON(parsing: response.body)
    }

    func mauticAccessToken() async throws -> String {
        try await mauticTokens()["access_token"]?.string ?? ""
    }
}

extension ServerResponse {
    var text: String { body.dangerouslyRevealedText() }
    var cookie: String { String(fields["Set-Cookie"]?.split(separator: ";").first ?? "") }

    func json() throws -> JSON { try JSON(parsing: body) }

    /// Where a redirect goes; the field is a secret one, since a code stands in it.
    var location: String? {
        fields.all.first { $0.name == "Location" }.map { field in
            switch field.value {
            case .plain(let text): text
            case .secret(let secret): secret.dangerouslyRevealedText()
            }
        }
    }

    func callback(_ name: String) throws -> String {
        let url = location.flatMap { HTTPURL($0) }
        return try ReceivedForm(query: url?.query)[name] ?? ""
    }
}
