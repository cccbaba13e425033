import SesameCrypto
import SesameHTTP
import SesameHTTPServer
import SesameJOSE
import SesameJSON
import SesameSecrets
import SesameSystem

/// The issuer of one module: it answers as the module says, and notes what a client must not do.
package struct SuiteIssuer: Sendable {
    /// The only client that there is.
    package static let clientID = "suite-client"
    /// Its secret, which guards nothing.
    package static let clientSecret = "suite-client-secret-of-enough-letters"

    let module: SuiteModule
    var record = SuiteRecord()
    /// What the authorization request asked for.
    var asked: ReceivedForm?
    var pushed: (uri: String, parameters: ReceivedForm)?
    var code: Secret?
    var logins = 0
    var renewals = 0
    var keyIsNew = false
    /// What the client signs its requests with, where the module wants that.
    var clientKeys = JWKSet([])

    /// The path below the issuer's where the keys are: the metadata alone tell it.
    let keysPath: String

    init(_ module: SuiteModule, random: any RandomSource) {
        self.module = module
        keysPath = "/keys/" + random.bytes(8).withBytes { Base64URL.encode($0) }
    }

    mutating func respond(to exchange: Exchange, _ keys: SuiteKeys) -> ServerResponse {
        let (method, path) = (exchange.request.method, exchange.path)
        record.begin("\(method) \(path == keysPath ? "/keys" : path)")
        record.forbid(
            record.isOver && !isHarmless(path), "a request after the answer that is to be refused")
        switch (method, path) {
        case ("GET", "/.well-known/openid-configuration"): return metadata(exchange)
        case ("GET", keysPath): return .json(200, keys.document(module, isNew: keyIsNew))
        case ("POST", "/par"): return push(exchange)
        case ("GET", "/authorize"): return authorize(exchange, keys)
        case ("POST", "/token"): return token(exchange, keys)
        default:
            record.forbid(true, "a request that no module is for")
            return .page(404, .notFound)
        }
    }

    /// What says nothing that a server could use: whose keys these are.
    private func isHarmless(_ path: String) -> Bool {
        switch module.end {
        case .callback, .forgedCallback: module.responseMode == "query.jwt" && path == keysPath
        default: path == keysPath
        }
    }

    private mutating func metadata(_ exchange: Exchange) -> ServerResponse {
        let issuer = exchange.issuer
        var members: [(String, JSONValue)] = [
            ("issuer", .string(issuer + module.issuerSuffix)),
            ("authorization_endpoint", .string(issuer + "/authorize")),
            ("token_endpoint", .string(issuer + "/token")),
            ("userinfo_endpoint", .string(issuer + "/userinfo")),
            ("jwks_uri", .string(issuer + keysPath)),
            ("response_types_supported", .strings(["code"])),
            (
                "response_modes_supported",
                .strings(["query", "form_post", "jwt", "query.jwt", "form_post.jwt"])
            ),
            ("grant_types_supported", .strings(["authorization_code", "refresh_token"])),
            ("subject_types_supported", .strings(["public"])),
            ("token_endpoint_auth_methods_supported", .strings(["client_secret_basic"])),
            ("code_challenge_methods_supported", .strings(["S256"])),
            (
                "id_token_signing_alg_values_supported",
                .strings([module.algorithm.rawValue])
            ),
            (
                "authorization_signing_alg_values_supported",
                .strings([module.algorithm.rawValue])
            ),
        ]
        if module.takesPushedRequestsOnly {
            members += [
                ("authorization_response_iss_parameter_supported", .bool(true)),
                ("pushed_authorization_request_endpoint", .string(issuer + "/par")),
                ("require_pushed_authorization_requests", .bool(true)),
            ]
        }
        if module.takesSignedRequestsOnly {
            members.append(("require_signed_request_object", .bool(true)))
        }
        for case .metadata(let name, let value) in module.tricks {
            members.removeAll { $0.0 == name }
            if let value { members.append((name, value)) }
        }
        return .json(200, .object(members))
    }

    private mutating func push(_ exchange: Exchange) -> ServerResponse {
        guard let form = exchange.form, exchange.query?.names.isEmpty == true else {
            record.forbid(true, "a pushed request that is no form, or has a query")
            return .json(400, .object([("error", "invalid_request")]))
        }
        record.forbid(form.names.contains("request_uri"), "a request_uri in a pushed request")
        checkClient(exchange, form)
        let uri = "urn:ietf:params:oauth:request_uri:\(module.name)-\(logins)"
        pushed = (uri, opened(form, exchange))
        return .json(
            201, .object([("request_uri", .string(uri)), ("expires_in", .integer(60))]))
    }

    /// The signed parameters, where requests have to be signed.
    private mutating func opened(_ form: ReceivedForm, _ exchange: Exchange) -> ReceivedForm {
        guard module.takesSignedRequestsOnly else { return form }
        let reader = RequestObjectReader(
            clientID: Self.clientID, issuer: exchange.issuer, keys: clientKeys,
            algorithms: [.ps256, .es256, .ed25519], now: exchange.now)
        record.forbid(
            form.names.contains { $0 == "scope" || $0 == "response_type" },
            "parameters beside a signed request that is pushed")
        do throws(Refusal) { return try reader.parameters(in: form) } catch {
            record.forbid(true, error.description)
            return form
        }
    }

    /// Nobody is asked: the browser is sent back at once.
    private mutating func authorize(_ exchange: Exchange, _ keys: SuiteKeys) -> ServerResponse {
        guard let query = exchange.query, let parameters = requested(query) else {
            record.forbid(true, "an authorization request that cannot be read")
            return .page(400, .badAuthorizationRequest)
        }
        record.forbid(query["client_id"] != Self.clientID, "an authorization request of nobody")
        check(parameters)
        guard let target = parameters["redirect_uri"].flatMap({ HTTPURL($0) }), target.isLoopback
        else { return .page(400, .badAuthorizationRequest) }
        if logins > 0, module.keyChange == .betweenLogins { keyIsNew = true }
        logins += 1
        asked = parameters
        let code = exchange.random.bytes(16).withBytes { Base64URL.encode($0) }
        self.code = Secret(utf8: code)
        var answer: [(String, JSONValue)] = [("state", .optional(parameters["state"]))]
        if let error = module.error {
            answer.append(("error", .string(error)))
        } else {
            answer.append(("code", .string(code)))
        }
        if module.takesPushedRequestsOnly, module.responseMode == nil {
            answer.append(("iss", .string(exchange.issuer)))
        }
        for case .callback(let name, let claim) in module.tricks {
            answer.replace(name, claim, at: exchange.now)
        }
        if module.end == .callback || module.end == .forgedCallback { record.isOver = true }
        return deliver(answer, to: target, exchange, keys)
    }

    private mutating func requested(_ query: ReceivedForm) -> ReceivedForm? {
        guard module.takesPushedRequestsOnly else { return query }
        record.forbid(
            query.names.sorted() != ["client_id", "request_uri"],
            "more than client_id and request_uri beside a pushed request")
        guard let pushed, query["request_uri"] == pushed.uri else { return nil }
        self.pushed = nil
        return pushed.parameters
    }

    private mutating func check(_ parameters: ReceivedForm) {
        record.forbid(
            Set(parameters.names).count != parameters.names.count, "a parameter twice")
        record.forbid(parameters["response_type"] != "code", "a response_type that is not code")
        record.forbid(
            parameters["scope"]?.split(separator: " ").contains("openid") != true, "no openid")
        record.forbid((parameters["state"] ?? "").utf8.count < 22, "a state that can be guessed")
        record.forbid((parameters["nonce"] ?? "").utf8.count < 22, "a nonce that can be guessed")
        record.forbid(
            parameters["code_challenge"]?.utf8.count != 43
                || parameters["code_challenge_method"] != "S256", "no PKCE with S256")
        record.forbid(
            parameters["response_mode"] != module.responseMode, "another response_mode")
        for name in ["client_secret", "code_verifier"] {
            record.forbid(parameters.names.contains(name), "\(name) in an authorization request")
        }
    }

    /// The way back, as the response mode has it.
    private func deliver(
        _ answer: [(String, JSONValue)], to target: HTTPURL, _ exchange: Exchange,
        _ keys: SuiteKeys
    ) -> ServerResponse {
        var parameters = FormParameters()
        if module.responseMode == "query.jwt" {
            var claims = answer
            claims += [
                ("iss", .string(exchange.issuer)), ("aud", .string(Self.clientID)),
                ("exp", .integer(exchange.now.seconds + 300)),
            ]
            for case .responseClaim(let name, let claim) in module.tricks {
                claims.replace(name, claim, at: exchange.now)
            }
            let text = try? keys.sign(
                .object(claims), module, module.signature, isNew: keyIsNew)
            parameters.append("response", text ?? "")
        } else {
            for case (let name, .string(let value)) in answer { parameters.append(name, value) }
        }
        guard module.responseMode == "form_post" else {
            return .redirect(to: Secret(utf8: target.appending(query: parameters).description))
        }
        let inputs = answer.compactMap { name, value in
            if case .string(let text) = value { (name, text) } else { nil }
        }
        return .page(200, .post(inputs, to: target.description))
    }
}

extension [(String, JSONValue)] {
    /// Puts another value in the place of the right one.
    mutating func replace(_ name: String, _ claim: SuiteModule.Claim, at now: Timestamp) {
        removeAll { $0.0 == name }
        switch claim {
        case .missing: break
        case .value(let value): append((name, value))
        case .seconds(let delta): append((name, .integer(now.adding(seconds: delta).seconds)))
        }
    }
}
