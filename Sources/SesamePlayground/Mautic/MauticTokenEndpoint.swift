import SesameHTTP
import SesameHTTPServer
import SesameJSON
import SesameSecrets
import SesameSystem

extension Issuer {
    /// Mautic's token endpoint, with its checks in its order.
    mutating func mauticToken(_ exchange: Exchange) -> Reply {
        do throws(MauticError) {
            let issued = try mauticIssue(exchange)
            return Reply(answer(issued, exchange.now), outcome: "issued", issued: issued)
        } catch {
            return Reply(error.response, outcome: error.name)
        }
    }

    private mutating func mauticIssue(_ exchange: Exchange) throws(MauticError) -> Issued {
        let input = MauticParameters(exchange)
        let known = ["authorization_code", "password", "client_credentials", "refresh_token"]
        guard let type = input.text("grant_type"), known.contains(type) || type.hasPrefix("urn:")
        else {
            throw .invalidGrantType
        }
        let client = try mauticClient(exchange, input)
        guard client.grantTypes.contains(type) else { throw .unauthorizedClient }
        switch type {
        case "authorization_code": return try mauticRedeem(input, client, exchange)
        case "refresh_token": return try mauticRenew(input, client, exchange)
        default:
            guard input.text("scope") == nil else { throw .unsupportedScope }
            let grant = Grant(clientID: client.id, user: nil, scope: nil)
            return tokens.begin(grant, withRefresh: false, by: mint(exchange)).0
        }
    }

    /// By form body; by HTTP Basic only where that is switched on, which was judged before.
    private func mauticClient(
        _ exchange: Exchange, _ input: MauticParameters
    ) throws(MauticError) -> PracticeClient {
        let basic = exchange.credentials("Basic").flatMap(BasicPair.init)
        guard let id = basic?.name ?? input.text("client_id") else { throw .noClient }
        guard let client = client(id),
            matches(basic?.password ?? input.secret("client_secret"), client.secret)
        else { throw .invalidClient }
        return client
    }

    /// A failed exchange spends no code, and a second use revokes nothing.
    private mutating func mauticRedeem(
        _ input: MauticParameters, _ client: PracticeClient, _ exchange: Exchange
    ) throws(MauticError) -> Issued {
        guard let text = input.secret("code") else { throw .noCode }
        guard let redirectURI = input.text("redirect_uri") else { throw .redirectMissing }
        guard let code = codes.find(text), code.clientID == client.id, !code.isSpent else {
            throw .invalidCode
        }
        guard redirectURI.lowercased().hasPrefix(code.redirectURI.lowercased()) else {
            throw .redirectDiffers
        }
        guard exchange.now < code.expiresAt else { throw .expiredCode }
        guard input.text("scope") == nil else { throw .unsupportedScope }
        let grant = Grant(clientID: client.id, user: code.user, scope: nil)
        let (issued, family) = tokens.begin(grant, withRefresh: true, by: mint(exchange))
        codes.spend(text, for: family)
        return issued
    }

    private mutating func mauticRenew(
        _ input: MauticParameters, _ client: PracticeClient, _ exchange: Exchange
    ) throws(MauticError) -> Issued {
        guard let token = input.secret("refresh_token") else { throw .noRefreshToken }
        guard input.text("scope") == nil else { throw .unsupportedScope }
        switch tokens.renew(token, of: client.id, by: mint(exchange)) {
        case .issued(let issued): return issued
        case .expired: throw .expiredRefreshToken
        case .unknown, .replayed, .broader, .otherKey: throw .invalidRefreshToken
        }
    }

    private func answer(_ issued: Issued, _ now: Timestamp) -> ServerResponse {
        var members: [(String, JSONValue)] = [
            ("access_token", .secret(issued.access)),
            ("expires_in", .integer(max(0, now.seconds(until: issued.expiresAt)))),
            ("token_type", "bearer"), ("scope", .null),
        ]
        if let refresh = issued.refresh { members.append(("refresh_token", .secret(refresh))) }
        var response = ServerResponse.mautic(200, .object(members))
        response.fields.set("Cache-Control", "no-store, private")
        response.fields.set("Pragma", "no-cache")
        return response
    }
}

extension MauticError {
    /// The word for the log.
    var name: String {
        if case .authentication(let type) = shape { return type }
        return "error_\(status)"
    }
}

/// The parameters of a token request, which a Mautic takes from a form, from JSON or from the URL.
private struct MauticParameters {
    private var values: [String: Secret] = [:]

    init(_ exchange: Exchange) {
        if exchange.request.method == "GET" {
            take(exchange.query)
        } else if mediaType(exchange.request.fields) == "application/json" {
            let members = (try? JSON(parsing: exchange.request.body))?.members ?? []
            for (name, value) in members { values[name] = value.secret }
        } else {
            take(exchange.form)
        }
    }

    /// An empty value counts as none.
    func secret(_ name: String) -> Secret? { values[name].flatMap { $0.isEmpty ? nil : $0 } }

    func text(_ name: String) -> String? { secret(name)?.dangerouslyRevealedText() }

    /// The last one wins, as everywhere in PHP.
    private mutating func take(_ form: ReceivedForm?) {
        for name in form?.names ?? [] { values[name] = form?.values(name).last }
    }
}
