public import SesameHTTP
import SesameJSON
public import SesameSecrets

/// Registers clients at one authorization server (RFC 7591), and manages what it has registered (RFC 7592).
public struct ClientRegistrar: Sendable {
    private let transport: any HTTPTransport
    private let certificateAuthorityFile: String?

    /// - Parameter certificateAuthorityFile: a PEM file that replaces the system's authorities.
    public init(over transport: any HTTPTransport, certificateAuthorityFile: String? = nil) {
        self.transport = transport
        self.certificateAuthorityFile = certificateAuthorityFile
    }

    /// Registers a client.
    /// - Parameter initialAccessToken: for a server that registers nobody without one.
    /// - Throws: ``OAuthError``, also when the server has no endpoint for it.
    public func register(
        _ metadata: ClientMetadata, at server: AuthorizationServer,
        initialAccessToken: Secret? = nil
    ) async throws(OAuthError) -> RegisteredClient {
        guard let endpoint = server.registrationEndpoint else {
            throw OAuthError(.invalidMetadata, "the server does not register clients by itself")
        }
        try requireSafe(endpoint, "registration endpoint")
        if let initialAccessToken, !isToken68(initialAccessToken) {
            throw OAuthError(
                .badParameter, "the initial access token has characters that no token has")
        }
        let request = request("POST", endpoint, initialAccessToken, metadata.json)
        let json = try await answer(to: request, isStranger: initialAccessToken == nil)
        return try RegisteredClient(json, from: endpoint, 201)
    }

    /// Changes redirect URIs and scope of a client, and leaves everything else as the server has it.
    ///
    /// What it has is read first: a change replaces the whole (RFC 7592, section 2.2). The access token may
    /// change with each of the two.
    /// - Parameter keep: called with each answer, before anything else is sent.
    /// - Throws: ``OAuthError``.
    public func change(
        _ metadata: ClientMetadata, of clientID: String, at place: HTTPURL, accessToken: Secret,
        keep: (RegisteredClient) async throws(OAuthError) -> Void
    ) async throws(OAuthError) {
        try requireSafe(place, "registration_client_uri")
        let json = try await answer(to: request("GET", place, accessToken, nil))
        let current = try own(json, clientID, place)
        try await keep(current)
        let token = current.accessToken ?? accessToken
        let changed = changed(json, metadata)
        let answer = try await answer(
            to: request("PUT", place, token, changed), secrets: [token, current.clientSecret])
        try await keep(try own(answer, clientID, place))
    }

    /// Ends a registration, and with it, at most servers, all that the client was given.
    ///
    /// A server that does not know it any more has ended it.
    /// - Throws: ``OAuthError``.
    public func end(at place: HTTPURL, accessToken: Secret) async throws(OAuthError) {
        try requireSafe(place, "registration_client_uri")
        let request = request("DELETE", place, accessToken, nil)
        let response = try await send(request, over: transport)
        guard !(200..<300).contains(response.status), response.status != 404 else { return }
        let refusal = refusal(
            in: response, try? TokenDocument(response), endingCodes: [],
            sent: SentSecrets(in: request))
        throw refusal ?? OAuthError(.serverRefused, "the server did not end the registration")
    }

    private func own(
        _ json: JSON, _ clientID: String, _ place: HTTPURL
    ) throws(OAuthError) -> RegisteredClient {
        let client = try RegisteredClient(json, from: place, 200)
        guard client.clientID == clientID else {
            throw OAuthError(.badResponse, "the server's answer is about another client")
        }
        return client
    }

    /// What the server has, with the changes, and without what is its own to say (RFC 7592, section 2.2).
    private func changed(_ json: JSON, _ metadata: ClientMetadata) -> JSONValue {
        let serversOwn = [
            "registration_access_token", "registration_client_uri", "client_secret_expires_at",
            "client_id_issued_at", "redirect_uris", "scope",
        ]
        var members = (json.members ?? []).filter {
            !serversOwn.contains($0.name) && !$0.value.isNull
        }
        .map { member in
            // glewlwyd gives this one as a list, and takes it as a text (RFC 7591, section 2).
            let isMethod = member.name == "token_endpoint_auth_method"
            let text = isMethod ? onlyText(member.value) : nil
            return (member.name, text.map { .string($0) } ?? JSONValue(member.value))
        }
        if !metadata.redirectURIs.isEmpty {
            members.append(("redirect_uris", array(metadata.redirectURIs)))
        }
        if let scope = metadata.scope { members.append(("scope", .string(scope))) }
        return .object(members)
    }

    private func request(
        _ method: String, _ url: HTTPURL, _ token: Secret?, _ content: JSONValue?
    ) -> HTTPRequest {
        var request = HTTPRequest(method, url)
        request.fields.set("Accept", "application/json")
        request.fields.set("Accept-Encoding", "identity")
        if let token {
            var field = SecretBuffer(capacity: token.count + 8)
            field.append("Bearer ")
            field.append(token)
            request.fields.set("Authorization", .secret(Secret(field)))
        }
        if let content {
            request.fields.set("Content-Type", "application/json")
            request.body = content.encoded()
        }
        request.certificateAuthorityFile = certificateAuthorityFile
        return request
    }

    private func answer(
        to request: HTTPRequest, isStranger: Bool = false, secrets: [Secret?]? = nil
    ) async throws(OAuthError) -> JSON {
        let response = try await send(request, over: transport)
        if isStranger, [401, 403].contains(response.status) {
            throw OAuthError(
                .clientRejected, "the server registers nobody without an initial access token",
                status: response.status, mayHaveBeenSent: true)
        }
        let document = Result { () throws(OAuthError) in try TokenDocument(response) }
        let sent = secrets.map { SentSecrets($0.compactMap(\.self)) } ?? SentSecrets(in: request)
        if let refusal = refusal(in: response, try? document.get(), endingCodes: [], sent: sent) {
            throw refusal
        }
        guard case .json(let json) = try document.get() else {
            throw OAuthError(.badResponse, "the server's answer is no JSON object")
        }
        return json
    }
}
