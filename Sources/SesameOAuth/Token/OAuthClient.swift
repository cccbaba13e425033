public import SesameHTTP
public import SesameSecrets
public import SesameSystem

/// A client of one authorization server: exchanges grants for tokens, and revokes them.
///
/// Every call is one request on a connection of its own, sent exactly once: nothing here repeats.
public struct OAuthClient: Sendable {
    /// The server.
    public let server: AuthorizationServer
    /// The client's public name.
    public let clientID: String

    private let authentication: any ClientAuthentication
    private let transport: any HTTPTransport
    private let certificateAuthorityFile: String?
    private let extraTokenParameters: [(String, String)]
    private let requestTimeout: Int64

    /// Makes a client.
    /// - Parameters:
    ///   - certificateAuthorityFile: a PEM file that replaces the system's authorities.
    ///   - extraTokenParameters: what the server wants beyond the protocol, such as `audience`.
    ///   - requestTimeout: the longest a request may take, in seconds.
    public init(
        server: AuthorizationServer, clientID: String, authentication: any ClientAuthentication,
        transport: any HTTPTransport, certificateAuthorityFile: String? = nil,
        extraTokenParameters: [(String, String)] = [], requestTimeout: Int64 = 30
    ) {
        self.server = server
        self.clientID = clientID
        self.authentication = authentication
        self.transport = transport
        self.certificateAuthorityFile = certificateAuthorityFile
        self.extraTokenParameters = extraTokenParameters
        self.requestTimeout = requestTimeout
    }

    /// Exchanges a grant for tokens.
    /// - Parameter now: what lifetimes are counted from: the time before the request, so that a
    ///   slow answer shortens a token's life instead of lengthening it.
    /// - Throws: ``OAuthError``.
    public func redeem(
        _ grant: consuming some Grant & ~Copyable, at now: Timestamp
    ) async throws(OAuthError) -> TokenResponse {
        let request = try tokenRequest(for: grant, at: now)
        return try TokenResponse.parse(
            try await send(request, over: transport), receivedAt: now,
            sent: SentSecrets(in: request), manners: server.manners)
    }

    /// Revokes a token (RFC 7009).
    ///
    /// Revoking a refresh token takes its access tokens with it.
    /// - Parameter hint: `refresh_token` or `access_token`; some servers believe only the hint.
    /// - Throws: ``OAuthError``, also when the server has no revocation endpoint.
    public func revoke(_ token: Secret, hint: String, at now: Timestamp) async throws(OAuthError) {
        let request = try revocationRequest(for: token, hint: hint, at: now)
        let response = try await send(request, over: transport)
        let document = try? TokenDocument(response)
        // Success is the status; the content means nothing (RFC 7009, section 2.2).
        guard !(200..<300).contains(response.status) else { return }
        let sent = SentSecrets(in: request)
        if let refusal = refusal(in: response, document, endingCodes: [], sent: sent) {
            throw refusal
        }
    }

    /// The request that redeems a grant (RFC 6749, sections 4.1.3, 4.4.2, 6).
    package func tokenRequest<G: Grant & ~Copyable>(
        for grant: borrowing G, at now: Timestamp
    ) throws(OAuthError) -> HTTPRequest {
        if let bound = grant.tokenEndpoint, bound != server.tokenEndpoint {
            throw OAuthError(.unsafeEndpoint, "the grant belongs to another server: '\(bound)'")
        }
        var form = FormParameters()
        form.append("grant_type", G.type)
        try grant.encode(into: &form)
        try append(extra: extraTokenParameters, to: &form, reserved: reservedParameters)
        return try request(server.tokenEndpoint, "token endpoint", form, at: now)
    }

    /// The request that revokes a token (RFC 7009, section 2.1).
    package func revocationRequest(
        for token: Secret, hint: String, at now: Timestamp
    ) throws(OAuthError) -> HTTPRequest {
        guard let endpoint = server.revocationEndpoint else {
            throw OAuthError(.serverRefused, "the server has no revocation endpoint")
        }
        var form = FormParameters()
        form.append("token", token)
        form.append("token_type_hint", hint)
        return try request(endpoint, "revocation endpoint", form, at: now)
    }

    private func request(
        _ endpoint: HTTPURL, _ name: String, _ form: FormParameters, at now: Timestamp
    ) throws(OAuthError) -> HTTPRequest {
        try requireSafe(endpoint, name)
        try requireNoProtocolParameter(inQueryOf: endpoint, name, reservedParameters)
        try requireClientID(clientID)
        var form = form
        var request = HTTPRequest("POST", endpoint)
        request.fields.set("Content-Type", "application/x-www-form-urlencoded")
        request.fields.set("Accept", "application/json")
        request.fields.set("Accept-Encoding", "identity")
        try authentication.authenticate(
            &form, &request.fields, clientID: clientID, server: server, at: now)
        request.body = form.encoded()
        request.connection = .fresh
        request.timeout = requestTimeout
        request.certificateAuthorityFile = certificateAuthorityFile
        return request
    }
}

/// Sends a request; the only place where a transport's error becomes this module's.
func send(
    _ request: HTTPRequest, over transport: any HTTPTransport
) async throws(OAuthError) -> HTTPResponse {
    do { return try await transport.send(request) } catch { throw OAuthError(error) }
}

private let reservedParameters: Set<String> = [
    "grant_type", "code", "redirect_uri", "code_verifier", "refresh_token", "scope", "resource",
    "client_id", "client_secret", "client_assertion", "client_assertion_type", "username",
    "password", "token", "token_type_hint", "access_token", "subject_token", "subject_token_type",
    "requested_token_type", "actor_token", "actor_token_type",
]
