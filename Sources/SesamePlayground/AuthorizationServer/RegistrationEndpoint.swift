import SesameHTTP
import SesameHTTPServer
import SesameJOSE
import SesameJSON
import SesameSecrets
import SesameSystem

extension Issuer {
    /// Registers a client for whoever asks (RFC 7591, section 3).
    mutating func register(_ exchange: Exchange) -> ServerResponse {
        do throws(Refusal) {
            let wish = try wish(exchange)
            var client = PracticeClient(
                "registered-" + mint(exchange).token().dangerouslyRevealedText().prefix(16))
            try apply(wish, to: &client)
            if client.authentication == .basic || client.authentication == .post {
                client.secret = mint(exchange).token().dangerouslyRevealedText()
            }
            let token = mint(exchange).token()
            let entry = ClientTable.Registered(
                client: client, scope: wish["scope"]?.string,
                secretExpiresAt: client.secret == nil ? nil : 0, management: TokenHash(token))
            registered.put(entry)
            clientKeys[client.id] = try keys(in: wish)
            return answer(entry, token, exchange, 201)
        } catch {
            return error.response
        }
    }

    /// Reads, changes or ends a registration (RFC 7592, section 2); each answer has another token in it.
    mutating func manage(_ id: String, _ exchange: Exchange) -> ServerResponse {
        guard var entry = registered.find(id, by: exchange.credentials("Bearer")) else {
            var response = ServerResponse(status: 401)
            response.fields.set("WWW-Authenticate", #"Bearer error="invalid_token""#)
            return response
        }
        do throws(Refusal) {
            switch exchange.request.method {
            case "GET": break
            case "PUT":
                let wish = try wish(exchange)
                guard wish["client_id"]?.string == id,
                    wish["client_secret"]?.string == entry.client.secret,
                    Self.serversOwn.allSatisfy({ wish[$0] == nil })
                else { throw .invalidMetadata("that is not the whole of the client, and no more") }
                try apply(wish, to: &entry.client)
                entry.scope = wish["scope"]?.string
            case "DELETE":
                registered.remove(id)
                clientKeys[id] = nil
                tokens.revoke(client: id)
                return ServerResponse(status: 204)
            default: throw Refusal(code: "invalid_request", description: "not here", status: 405)
            }
        } catch {
            return error.response
        }
        let token = mint(exchange).token()
        entry.management = TokenHash(token)
        registered.put(entry)
        return answer(entry, token, exchange, 200)
    }

    private static let serversOwn = [
        "registration_access_token", "registration_client_uri", "client_secret_expires_at",
        "client_id_issued_at",
    ]

    private func wish(_ exchange: Exchange) throws(Refusal) -> JSON {
        guard mediaType(exchange.request.fields) == "application/json",
            let wish = try? JSON(parsing: exchange.request.body), wish.isObject
        else { throw .invalidMetadata("the content is no JSON object") }
        return wish
    }

    private func apply(_ wish: JSON, to client: inout PracticeClient) throws(Refusal) {
        let uris = (wish["redirect_uris"]?.elements ?? []).compactMap(\.string)
        let grants = (wish["grant_types"]?.elements ?? []).compactMap(\.string)
        let method = wish["token_endpoint_auth_method"]?.string ?? "client_secret_basic"
        let known: [PracticeClient.Authentication] = [.none, .basic, .post, .privateKeyJWT]
        guard let authentication = known.first(where: { $0.rawValue == method }) else {
            throw .invalidMetadata("token_endpoint_auth_method is not known here")
        }
        let isNative = wish["application_type"]?.string == "native"
        for uri in uris where HTTPURL(uri)?.isLoopback != true || !isNative {
            throw Refusal(
                code: "invalid_redirect_uri",
                description: "native clients at a loopback address only")
        }
        guard !grants.contains("authorization_code") || !uris.isEmpty else {
            throw Refusal(code: "invalid_redirect_uri", description: "there is none")
        }
        client.name = wish["client_name"]?.string ?? "a client without a name"
        client.authentication = authentication
        client.redirects = uris.map { .anyPort($0) }
        client.grantTypes = grants
    }

    private func keys(in wish: JSON) throws(Refusal) -> JWKSet? {
        guard let keys = wish["jwks"] else { return nil }
        do throws(JOSEError) { return try JWKSet(keys) } catch {
            throw .invalidMetadata("jwks is no set of keys")
        }
    }

    private func answer(
        _ entry: ClientTable.Registered, _ token: Secret, _ exchange: Exchange, _ status: Int
    ) -> ServerResponse {
        let client = entry.client
        var members: [(String, JSONValue)] = [
            ("client_id", .string(client.id)), ("client_name", .string(client.name)),
            ("client_id_issued_at", .integer(exchange.now.seconds)),
            ("redirect_uris", .strings(client.redirects.map(\.uri))),
            ("grant_types", .strings(client.grantTypes)),
            ("response_types", .strings(client.redirects.isEmpty ? [] : ["code"])),
            ("token_endpoint_auth_method", .string(client.authentication.rawValue)),
            ("application_type", "native"),
            ("registration_access_token", .secret(token)),
            ("registration_client_uri", .string("\(exchange.issuer)/register/\(client.id)")),
        ]
        if let scope = entry.scope { members.append(("scope", .string(scope))) }
        if let secret = client.secret {
            members.append(("client_secret", .string(secret)))
            members.append(("client_secret_expires_at", .integer(entry.secretExpiresAt ?? 0)))
        }
        return .json(status, .object(members))
    }
}

extension Refusal {
    fileprivate static func invalidMetadata(_ description: String) -> Refusal {
        Refusal(code: "invalid_client_metadata", description: description)
    }
}
