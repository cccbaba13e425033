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

    var authentication: any ClientAuthentication
    /// Other ways to show who the client is, where it has more than one.
    package var choice: AuthenticationChoice?
    let transport: any HTTPTransport
    private let certificateAuthorityFile: String?
    private let clientCertificate: ClientCertificateFiles?
    private let extraTokenParameters: [(String, String)]
    private let requestTimeout: Int64

    /// Makes a client.
    /// - Parameters:
    ///   - certificateAuthorityFile: a PEM file that replaces the system's authorities.
    ///   - clientCertificate: what the client shows in each TLS handshake, to say who it is or to have its
    ///     tokens bound to it (RFC 8705); then it goes to the server's endpoints for that.
    ///   - extraTokenParameters: what the server wants beyond the protocol, such as `audience`.
    ///   - requestTimeout: the longest a request may take, in seconds.
    public init(
        server: AuthorizationServer, clientID: String, authentication: any ClientAuthentication,
        transport: any HTTPTransport, certificateAuthorityFile: String? = nil,
        clientCertificate: ClientCertificateFiles? = nil,
        extraTokenParameters: [(String, String)] = [], requestTimeout: Int64 = 30
    ) {
        self.server = clientCertificate == nil ? server : server.forMutualTLS
        self.clientID = clientID
        self.authentication = authentication
        self.transport = transport
        self.certificateAuthorityFile = certificateAuthorityFile
        self.clientCertificate = clientCertificate
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
        let grant = grant
        return try await inTurn { client throws(OAuthError) in
            try await client.redeemOnce(grant, at: now)
        }
    }

    private func redeemOnce(
        _ grant: borrowing some Grant & ~Copyable, at now: Timestamp
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
        try await inTurn { client throws(OAuthError) in
            try await client.revokeOnce(token, hint: hint, at: now)
        }
    }

    private func revokeOnce(
        _ token: Secret, hint: String, at now: Timestamp
    ) async throws(OAuthError) {
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

    /// Leaves an authorization request with the server beforehand (RFC 9126), and returns where to send the
    /// person's browser instead of the request's own URL.
    ///
    /// The server keeps it for a short time, often a minute, and for one use.
    /// - Throws: ``OAuthError``, also when the server has no endpoint for it.
    public func push(
        _ request: borrowing AuthorizationRequest, at now: Timestamp
    ) async throws(OAuthError) -> HTTPURL {
        let pushed = try pushedAuthorizationRequest(for: request, at: now)
        return try await authorizationURL(pushing: pushed)
    }

    /// The request that leaves an authorization request with the server (RFC 9126, section 2.1).
    package func pushedAuthorizationRequest(
        for request: borrowing AuthorizationRequest, at now: Timestamp
    ) throws(OAuthError) -> PushedAuthorizationRequest {
        guard let choice else {
            return PushedAuthorizationRequest(
                attempts: [(nil, try pushedRequestOnce(for: request, at: now))])
        }
        var attempts: [(way: Int?, request: HTTPRequest)] = []
        for number in choice.order {
            let client = showing(choice, number)
            attempts.append((number, try client.pushedRequestOnce(for: request, at: now)))
        }
        return PushedAuthorizationRequest(attempts: attempts)
    }

    private func pushedRequestOnce(
        for request: borrowing AuthorizationRequest, at now: Timestamp
    ) throws(OAuthError) -> HTTPRequest {
        guard let endpoint = server.pushedAuthorizationRequestEndpoint else {
            throw OAuthError(
                .invalidMetadata, "the server has no endpoint for pushed authorization requests")
        }
        let name = "pushed authorization request endpoint"
        try requireNoProtocolParameter(
            inQueryOf: endpoint, name, reservedAuthorizationParameters)
        return try self.request(endpoint, name, request.parameters, namesClient: true, at: now)
    }

    /// Sends a pushed authorization request, and returns where to send the person's browser.
    package func authorizationURL(
        pushing pushed: PushedAuthorizationRequest
    ) async throws(OAuthError) -> HTTPURL {
        var refusal = OAuthError(.clientRejected, "the client has no way to show who it is")
        for (way, request) in pushed.attempts {
            do throws(OAuthError) {
                let url = try PushedAuthorizationResponse.parse(
                    try await send(request, over: transport), sent: SentSecrets(in: request)
                ).url(at: server, clientID: clientID)
                if let way { await choice?.settle(on: way) }
                return url
            } catch {
                guard error.refusesClient else { throw error }
                refusal = error
            }
        }
        throw refusal
    }

    /// Fails where the client could not show the token endpoint who it is; nothing is sent.
    package func checkAuthentication(at now: Timestamp) throws(OAuthError) {
        var (form, fields) = (FormParameters(), HTTPFields())
        try authentication.authenticate(
            &form, &fields, clientID: clientID, server: server, endpoint: server.tokenEndpoint,
            at: now)
        _ = try clientCertificate?.read(at: now)
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
        try append(extra: extraTokenParameters, to: &form, reserved: reservedTokenParameters)
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

    /// A request with the form as its content, which shows who the client is.
    /// - Parameter namesClient: whether `client_id` is there whatever the way of authentication.
    func request(
        _ endpoint: HTTPURL, _ name: String, _ form: FormParameters, namesClient: Bool = false,
        at now: Timestamp
    ) throws(OAuthError) -> HTTPRequest {
        try requireSafe(endpoint, name)
        try requireNoProtocolParameter(inQueryOf: endpoint, name, reservedTokenParameters)
        try requireClientID(clientID)
        var form = form
        var request = HTTPRequest("POST", endpoint)
        request.fields.set("Content-Type", "application/x-www-form-urlencoded")
        request.fields.set("Accept", "application/json")
        request.fields.set("Accept-Encoding", "identity")
        try authentication.authenticate(
            &form, &request.fields, clientID: clientID, server: server, endpoint: endpoint, at: now)
        if namesClient, !form.contains("client_id") { form.append("client_id", clientID) }
        request.body = form.encoded()
        request.connection = .fresh
        request.timeout = requestTimeout
        request.certificateAuthorityFile = certificateAuthorityFile
        request.clientCertificate = try clientCertificate?.read(at: now)
        return request
    }
}

/// Sends a request; the only place where a transport's error becomes this module's.
func send(
    _ request: HTTPRequest, over transport: any HTTPTransport
) async throws(OAuthError) -> HTTPResponse {
    do { return try await transport.send(request) } catch { throw OAuthError(error) }
}

/// What no parameter of the caller's choice may be called, and no endpoint's own query may hold.
let reservedTokenParameters: Set<String> = [
    "grant_type", "code", "redirect_uri", "code_verifier", "refresh_token", "scope", "resource",
    "device_code", "user_code",
    "client_id", "client_secret", "client_assertion", "client_assertion_type", "username",
    "password", "token", "token_type_hint", "access_token", "subject_token", "subject_token_type",
    "requested_token_type", "actor_token", "actor_token_type", "assertion",
]
