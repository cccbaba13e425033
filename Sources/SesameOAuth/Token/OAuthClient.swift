public import SesameHTTP
public import SesameSecrets
public import SesameSystem

/// A client of one authorization server: exchanges grants for tokens, and revokes them.
///
/// Every call is one request on a connection of its own, sent exactly once. It is repeated only where the server
/// has refused the proof of a key that came with it, or wants one: then it has looked at nothing else. And where it
/// does not know the client by one of several secrets.
public struct OAuthClient: Sendable {
    /// The server.
    public let server: AuthorizationServer
    /// The client's public name.
    public let clientID: String
    /// Whether it shows that it has a key, which its tokens are bound to (RFC 9449).
    public var possession = ProofOfPossession.none

    var authentication: any ClientAuthentication
    /// Other ways to show who the client is, where it has more than one.
    package var choice: AuthenticationChoice?
    let transport: any HTTPTransport
    let certificateAuthorityFile: String?
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
        var attempt = ProvingAttempt(possession, correctsClock: !isRefresh(grant))
        let (request, answer) = try await proven(by: &attempt, at: now) { () throws(OAuthError) in
            try tokenRequest(for: grant, at: now)
        }
        do throws(OAuthError) {
            var response = try TokenResponse.parse(
                answer, receivedAt: now, sent: SentSecrets(in: request), manners: server.manners,
                expecting: attempt.tokenType)
            response.boundKey = attempt.prover?.key
            return response
        } catch {
            var error = error
            error.boundKey = attempt.prover?.key
            throw error
        }
    }

    /// Sends a request with a proof, and again where another proof is worth it.
    /// - Parameter make: called for each sending: what a client signs about itself is good for once, too.
    func proven(
        by attempt: inout ProvingAttempt, at now: Timestamp,
        _ make: () throws(OAuthError) -> HTTPRequest
    ) async throws(OAuthError) -> (HTTPRequest, HTTPResponse) {
        while true {
            var request = try make()
            try attempt.prove(&request, at: now)
            let answer = try await send(request, over: transport)
            guard try attempt.isRepeated(after: answer, from: request.url, at: now) else {
                return (request, answer)
            }
        }
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
        try request(about: token, hint, server.revocationEndpoint, "revocation endpoint", at: now)
    }

    /// A request about one token, which stands in the content.
    /// - Parameter hint: what kind of token it is (RFC 7009, section 2.1; RFC 7662, section 2.1).
    func request(
        about token: Secret, _ hint: String, _ endpoint: HTTPURL?, _ name: String, at now: Timestamp
    ) throws(OAuthError) -> HTTPRequest {
        guard let endpoint else {
            throw OAuthError(.serverRefused, "the server has no \(name)")
        }
        var form = FormParameters()
        form.append("token", token)
        form.append("token_type_hint", hint)
        return try request(endpoint, name, form, at: now)
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

private func isRefresh<G: Grant & ~Copyable>(_ grant: borrowing G) -> Bool {
    G.type == RefreshTokenGrant.type
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
