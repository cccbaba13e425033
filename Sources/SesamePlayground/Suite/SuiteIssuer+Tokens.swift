import SesameCrypto
import SesameHTTP
import SesameHTTPServer
import SesameJSON
import SesameSecrets
import SesameSystem

/// The token endpoint of a suite issuer.
extension SuiteIssuer {
    mutating func token(_ exchange: Exchange, _ keys: SuiteKeys) -> ServerResponse {
        guard let form = exchange.form, exchange.query?.names.isEmpty == true else {
            record.forbid(true, "a token request that is no form, or has a query")
            return .json(400, .object([("error", "invalid_request")]))
        }
        record.forbid(Set(form.names).count != form.names.count, "a parameter twice")
        checkClient(exchange, form)
        switch form["grant_type"] {
        case "authorization_code": return redeem(form, exchange, keys)
        case "refresh_token": return renew(form, exchange, keys)
        default:
            record.forbid(true, "a grant_type that was not offered")
            return .json(400, .object([("error", "unsupported_grant_type")]))
        }
    }

    /// By HTTP Basic, and by nothing else beside it.
    mutating func checkClient(_ exchange: Exchange, _ form: ReceivedForm) {
        let pair = exchange.credentials("Basic").flatMap(BasicPair.init)?.decoded
        record.forbid(
            pair?.name != Self.clientID || !matches(pair?.password, Self.clientSecret),
            "no client_secret_basic")
        for name in ["client_secret", "client_assertion"] {
            record.forbid(form.names.contains(name), "\(name) beside HTTP Basic")
        }
        record.forbid(
            (form["client_id"] ?? Self.clientID) != Self.clientID, "another client_id")
    }

    private mutating func redeem(
        _ form: ReceivedForm, _ exchange: Exchange, _ keys: SuiteKeys
    ) -> ServerResponse {
        guard let code, let sent = form.secret("code"), sent.equals(code), let asked else {
            record.forbid(true, "a code that was not given, or is spent")
            return .json(400, .object([("error", "invalid_grant")]))
        }
        record.forbid(
            form["redirect_uri"] != asked["redirect_uri"], "another redirect_uri than before")
        let digest = form.secret("code_verifier")?.withBytes { SHA256.digest($0) }
        record.forbid(
            digest?.withBytes { Base64URL.encode($0) } != asked["code_challenge"],
            "a code_verifier that does not fit")
        if module.keyChange == .justBeforeSigning { keyIsNew = true }
        if module.end == .tokenAnswer { record.isOver = true }
        let access = name("access", exchange)
        var claims = claims(about: access, exchange)
        claims.append(("c_hash", .string(halfDigest(of: code))))
        claims.append(("nonce", .optional(asked["nonce"])))
        for case .claim(let name, let claim) in module.tricks {
            claims.replace(name, claim, at: exchange.now)
        }
        self.code = nil
        renewals = 0
        let signature = module.responseMode == "query.jwt" ? .right : module.signature
        let idToken = try? keys.sign(.object(claims), module, signature, isNew: keyIsNew)
        return answer(access, idToken)
    }

    private mutating func renew(
        _ form: ReceivedForm, _ exchange: Exchange, _ keys: SuiteKeys
    ) -> ServerResponse {
        guard form["refresh_token"] == "refresh-\(logins)-\(renewals)" else {
            record.forbid(true, "a refresh token that was not given, or is spent")
            return .json(400, .object([("error", "invalid_grant")]))
        }
        renewals += 1
        if module.end == .renewal { record.isOver = true }
        let access = name("access", exchange)
        guard module.renewsIDTokens else { return answer(access, nil) }
        var claims = claims(about: access, exchange)
        for case .renewedClaim(let name, let claim) in module.tricks {
            claims.replace(name, claim, at: exchange.now)
        }
        let idToken = try? keys.sign(.object(claims), module, module.signature, isNew: keyIsNew)
        return answer(access, idToken)
    }

    private func claims(about access: String, _ exchange: Exchange) -> [(String, JSONValue)] {
        let now = exchange.now.seconds
        return [
            ("iss", .string(exchange.issuer)), ("sub", "suite-user"),
            ("aud", .string(Self.clientID)), ("exp", .integer(now + 300)), ("iat", .integer(now)),
            ("at_hash", .string(halfDigest(of: Secret(utf8: access)))),
        ]
    }

    private func answer(_ access: String, _ idToken: String?) -> ServerResponse {
        var members: [(String, JSONValue)] = [
            ("access_token", .string(access)), ("token_type", "Bearer"),
            ("expires_in", .integer(300)),
            ("refresh_token", .string("refresh-\(logins)-\(renewals)")),
        ]
        if let idToken { members.append(("id_token", .string(idToken))) }
        for case .answer(let name, let value) in module.tricks {
            members.removeAll { $0.0 == name }
            if let value { members.append((name, value)) }
        }
        return .json(200, .object(members))
    }

    private func name(_ kind: String, _ exchange: Exchange) -> String {
        kind + "-" + exchange.random.bytes(16).withBytes { Base64URL.encode($0) }
    }
}

/// OpenID Connect Core 1.0, section 3.1.3.8, for algorithms with SHA-256.
private func halfDigest(of text: Secret) -> String {
    text.withBytes { SHA256.digest($0) }.withBytes { Base64URL.encode($0.extracting(0..<16)) }
}
