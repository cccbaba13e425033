import SesameCrypto
import SesameHTTP
import SesameHTTPServer
import SesameJSON
import SesameSecrets
import SesameSystem

extension Issuer {
    /// The token endpoint (RFC 6749, section 3.2).
    mutating func token(_ exchange: Exchange) -> Reply {
        var reply = reply(to: exchange)
        addHints(to: &reply.response, of: .tokens, exchange)
        return reply
    }

    private mutating func reply(to exchange: Exchange) -> Reply {
        do throws(Refusal) {
            let issued = try issue(exchange)
            return Reply(answer(issued, exchange.now), outcome: "issued", issued: issued)
        } catch {
            return Reply(error.response, outcome: error.code)
        }
    }

    private mutating func issue(_ exchange: Exchange) throws(Refusal) -> Issued {
        let form = try checkedForm(exchange)
        guard let type = form["grant_type"] else { throw .invalidRequest("grant_type is missing") }
        let client = try clientOfGrant(type, exchange, form)
        var exchange = exchange
        exchange.keyThumbprint = try provenKey(exchange)
        if scenario.refusesCodeVerifier, form.secret("code_verifier") != nil {
            throw Refusal(code: "invalid_client", description: "client authentication failed")
        }
        guard Self.grantTypes.contains(type),
            type != Self.deviceGrant || scenario.offersDeviceCodes
        else {
            throw Refusal(code: "unsupported_grant_type", description: "grant type not known here")
        }
        guard type == Self.exchangeGrant || client.grantTypes.contains(type) else {
            throw Refusal(
                code: "unauthorized_client", description: "not a grant type of this client")
        }
        try requireTarget(form)
        switch type {
        case "authorization_code": return try redeem(form, client, exchange)
        case "refresh_token": return try renew(form, client, exchange)
        case Self.deviceGrant: return try redeemDevice(form, client, exchange)
        case Self.exchangeGrant: return try self.exchange(form, client, exchange)
        case Self.jwtBearerGrant: return try redeemAssertion(form, client, exchange)
        default:
            let grant = Grant(
                clientID: client.id, user: nil, scope: try admit(form["scope"]),
                keyThumbprint: exchange.keyThumbprint)
            return tokens.begin(grant, withRefresh: false, by: mint(exchange)).0
        }
    }

    /// The key that is proved; looked at before the grant, so that a refusal spends nothing.
    mutating func provenKey(_ exchange: Exchange) throws(Refusal) -> String? {
        do throws(ProofRefusal) { return try provenKey(exchange, for: .tokens) } catch {
            throw Refusal(error)
        }
    }

    /// The form of a token or revocation request: by POST, nothing twice, nothing secret in the URL.
    func checkedForm(_ exchange: Exchange) throws(Refusal) -> ReceivedForm {
        guard exchange.request.method == "POST" else {
            throw Refusal(code: "invalid_request", description: "POST only", status: 405)
        }
        let inURL = exchange.query?.names ?? []
        let secrets = [
            "client_id", "client_secret", "client_assertion", "code", "code_verifier",
            "device_code",
            "refresh_token", "token",
        ]
        guard !inURL.contains(where: secrets.contains) else {
            throw .invalidRequest("a parameter that belongs into the body stands in the URL")
        }
        guard let form = exchange.form else { throw .invalidRequest("the body is not a form") }
        guard Set(form.names).count == form.names.count else {
            throw .invalidRequest("a parameter stands there twice")
        }
        return form
    }

    private mutating func redeem(
        _ form: ReceivedForm, _ client: PracticeClient, _ exchange: Exchange
    ) throws(Refusal) -> Issued {
        guard let text = form.secret("code") else { throw .invalidRequest("code is missing") }
        guard let code = codes.find(text), code.clientID == client.id else {
            throw .invalidGrant("the code is not known")
        }
        guard !code.isSpent else {
            if let family = code.family { tokens.revoke(family: family) }
            throw .invalidGrant("the code was used before; its tokens are revoked")
        }
        guard exchange.now < code.expiresAt else { throw .invalidGrant("the code has expired") }
        codes.spend(text, for: nil)
        guard form["redirect_uri"] == code.redirectURI else {
            throw .invalidGrant("redirect_uri is not the one of the authorization request")
        }
        guard isProven(code.challenge, by: form.secret("code_verifier")) else {
            throw .invalidGrant("code_verifier does not match")
        }
        guard code.keyThumbprint.map({ $0 == exchange.keyThumbprint }) ?? true else {
            throw .invalidGrant("the code is good with another key only")
        }
        let grant = Grant(
            clientID: client.id, user: code.user, scope: code.scope,
            keyThumbprint: exchange.keyThumbprint)
        let (issued, family) = tokens.begin(grant, withRefresh: true, by: mint(exchange))
        codes.spend(text, for: family)
        return issued
    }

    private mutating func renew(
        _ form: ReceivedForm, _ client: PracticeClient, _ exchange: Exchange
    ) throws(Refusal) -> Issued {
        guard let token = form.secret("refresh_token") else {
            throw .invalidRequest("refresh_token is missing")
        }
        // What OpenID Connect adds is asked for with any login, and grants nothing here.
        let words = form["scope"]?.split(separator: scenario.askedScopeSeparator).filter {
            $0 != "openid" && $0 != "offline_access"
        }
        let scope = words?.joined(separator: " ")
        let key = exchange.keyThumbprint
        switch tokens.renew(token, of: client.id, scope: scope, key: key, by: mint(exchange)) {
        case .otherKey: throw .invalidGrant("the refresh token is bound to another key")
        case .broader:
            throw Refusal(code: "invalid_scope", description: "more than the login was granted")
        case .issued(let issued): return issued
        case .unknown: throw .invalidGrant("the refresh token is not known")
        case .expired: throw .invalidGrant("the refresh token has expired")
        case .replayed: throw .invalidGrant("the refresh token was used before")
        }
    }

    /// The scope that is granted: everything when none was asked for.
    func admit(_ scope: String?) throws(Refusal) -> String? {
        guard let scope else { return scenario.scopes.joined(separator: " ") }
        let words = scope.split(separator: scenario.askedScopeSeparator).map(String.init)
        guard words.allSatisfy(scenario.scopes.contains) else {
            throw Refusal(code: "invalid_scope", description: "a scope is not known here")
        }
        return words.joined(separator: " ")
    }

    private func answer(_ issued: Issued, _ now: Timestamp) -> ServerResponse {
        var members: [(String, JSONValue)] = [
            ("access_token", .secret(issued.access)),
            ("token_type", issued.isBound ? "DPoP" : "Bearer"),
            ("expires_in", .integer(max(0, now.seconds(until: issued.expiresAt)))),
        ]
        if let refresh = issued.refresh { members.append(("refresh_token", .secret(refresh))) }
        if let scope = issued.scope {
            let shown = scope.replacing(" ", with: scenario.grantedScopeSeparator)
            members.append(("scope", .string(shown)))
        }
        if issued.isExchanged {
            members.append(("issued_token_type", .string(Self.accessTokenType)))
        }
        return .json(200, .object(members))
    }
}

extension Issuer {
    fileprivate static let grantTypes = [
        "authorization_code", "refresh_token", "client_credentials", deviceGrant, exchangeGrant,
        jwtBearerGrant,
    ]
}

/// RFC 7636, section 4.6, with S256 as the only method.
private func isProven(_ challenge: String?, by verifier: Secret?) -> Bool {
    guard let challenge else { return verifier == nil }
    guard let verifier, (43...128).contains(verifier.count) else { return false }
    let digest = verifier.withBytes { SHA256.digest($0) }
    return digest.withBytes { Base64URL.encode($0) } == challenge
}
