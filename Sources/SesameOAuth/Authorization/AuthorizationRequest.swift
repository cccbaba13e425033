public import SesameCrypto
public import SesameHTTP
import SesameSecrets

/// A request for a person's agreement (RFC 6749, section 4.1.1), with `state`, and with PKCE unless the server's
/// ``ServerManners`` forbid it.
///
/// It owns what ties its callback to it, and its callback uses it up: a second use does not
/// compile. ``grant(from:)`` is the only way to an ``AuthorizationCodeGrant``.
public struct AuthorizationRequest: ~Copyable, Sendable {
    /// Where to send the person's browser.
    public let url: HTTPURL

    /// What it asks for, without the client that asks.
    package let parameters: FormParameters
    let server: AuthorizationServer
    let redirectURI: String
    let resource: [String]
    let state: Secret
    let verifier: CodeVerifier?
    /// What its ID token has to say; `nil` where none was asked for.
    let idToken: IDTokenExpectation?
    /// How its answer comes back.
    public let responseMode: ResponseMode

    /// Makes a request with a fresh state and a fresh verifier.
    /// - Parameters:
    ///   - redirectURI: sent, byte for byte, here and in the token request.
    ///   - resource: what the tokens are for (RFC 8707).
    ///   - responseMode: how the answer comes back. A signed one is opened by
    ///     ``OAuthClient/parameters(ofSigned:keys:at:)`` before ``grant(from:)`` reads it.
    ///   - extraParameters: what the server wants beyond the protocol, such as `prompt`.
    ///   - boundKey: the key that the code shall be good with only (RFC 9449, section 10).
    ///   - signer: what signs it (RFC 9101); `nil` for a request that is not signed.
    /// - Throws: ``OAuthError`` with `pkceUnsupported`, `unsafeEndpoint`, `invalidMetadata`,
    ///   `badParameter` or `clientKeyUnusable`.
    public init(
        to server: AuthorizationServer, clientID: String, redirectURI: String, scope: String? = nil,
        resource: [String] = [], responseMode: ResponseMode = .query,
        extraParameters: [(String, String)] = [], boundKey: DPoPKey? = nil,
        signer: RequestObjectSigner? = nil, random: any RandomSource
    ) throws(OAuthError) {
        let state = random.bytes(32).base64URL()
        let verifier = server.manners.refusesCodeVerifier ? nil : CodeVerifier(random: random)
        let endpoint = try usableEndpoint(of: server)
        try requireClientID(clientID)
        guard let redirect = HTTPURL(redirectURI), redirect.isSecure, redirect.fragment == nil
        else {
            throw OAuthError(.badParameter, "the redirect URI is no loopback or https URL")
        }
        var form = FormParameters()
        form.append("response_type", "code")
        if responseMode != .query { form.append("response_mode", responseMode.rawValue) }
        form.append("redirect_uri", redirectURI)
        try append(scope: scope, resource: resource, to: &form)
        form.append("state", state.dangerouslyRevealedText())
        if let verifier {
            form.append("code_challenge", verifier.challenge)
            form.append("code_challenge_method", CodeVerifier.challengeMethod)
        }
        if let boundKey { form.append("dpop_jkt", boundKey.thumbprint) }
        try append(extra: extraParameters, to: &form, reserved: reservedAuthorizationParameters)
        let idToken = expectation(scope, clientID, extraParameters, random)
        if let nonce = idToken?.nonce, !form.contains("nonce") {
            form.append("nonce", nonce.dangerouslyRevealedText())
        }
        parameters =
            try signer?.sign(form, clientID: clientID, server: server, random: random) ?? form
        let beside = besideParameters(clientID, idToken == nil || signer == nil ? nil : scope)
        url = endpoint.appending(query: beside).appending(query: parameters)
        self.server = server
        self.redirectURI = redirectURI
        self.resource = resource
        self.state = state
        self.verifier = verifier
        self.idToken = idToken
        self.responseMode = responseMode
    }

    /// Whether a callback answers this request: its `state` is there once and is ours.
    ///
    /// Anything else is somebody else's, or forged, and must change nothing: not even an `error`
    /// in it may end the login. Of a signed response this is a question only, which anybody could answer who
    /// knows the `state`.
    public borrowing func recognises(_ callback: ReceivedForm) -> Bool {
        carriesState(responseMode.isSigned ? claimedState(in: callback) : callback.values("state"))
    }

    /// Whether that is our `state`, and there once.
    borrowing func carriesState(_ received: [Secret]) -> Bool {
        received.count == 1 && received[0].equals(state)
    }
}

/// The client that asks, and beside what it has signed for OpenID the two that have to stand outside as well
/// (OpenID Connect Core, section 6.1).
private func besideParameters(_ clientID: String, _ scope: String?) -> FormParameters {
    var form = FormParameters()
    form.append("client_id", clientID)
    guard let scope else { return form }
    form.append("response_type", "code")
    form.append("scope", scope)
    return form
}

/// The authorization endpoint, if a person may be sent there.
func usableEndpoint(of server: AuthorizationServer) throws(OAuthError) -> HTTPURL {
    guard let endpoint = server.authorizationEndpoint else {
        throw OAuthError(.invalidMetadata, "the server has no authorization endpoint")
    }
    try requireSafe(endpoint, "authorization endpoint")
    try requireNoProtocolParameter(
        inQueryOf: endpoint, "authorization endpoint", reservedAuthorizationParameters)
    // An empty list says as little as none (RFC 8414, section 3.2). A list without S256 is a no,
    // and falling back to something weaker is what RFC 7636, section 7.2 forbids.
    if let methods = server.codeChallengeMethods, !methods.isEmpty,
        !methods.contains(CodeVerifier.challengeMethod)
    {
        throw OAuthError(.pkceUnsupported, "the server does not support PKCE with S256")
    }
    return endpoint
}

/// What the ID token of an authorization request has to say; `nil` where none is asked for.
///
/// The nonce is the caller's own where there is one among the extra parameters, else a random one.
private func expectation(
    _ scope: String?, _ clientID: String, _ extra: [(String, String)], _ random: any RandomSource
) -> IDTokenExpectation? {
    guard scope?.split(separator: " ").contains("openid") ?? false else { return nil }
    let values = Dictionary(extra) { first, _ in first }
    var expected = IDTokenExpectation(clientID: clientID)
    expected.isRequired = true
    expected.nonce = values["nonce"].map { Secret(utf8: $0) } ?? random.bytes(16).base64URL()
    expected.maximumAge = values["max_age"].flatMap { Int64($0) }
    expected.contexts = values["acr_values"]?.split(separator: " ").map(String.init) ?? []
    return expected
}

/// `response_mode` too: whoever asks for one has to know how to listen; see ``ResponseMode``.
let reservedAuthorizationParameters: Set<String> = [
    "response_type", "response_mode", "client_id", "client_secret", "redirect_uri", "scope",
    "state", "code_challenge", "code_challenge_method", "code_verifier", "code", "resource",
    "request", "request_uri", "client_assertion", "client_assertion_type", "dpop_jkt",
]
