import SesameHTTP
import SesameHTTPServer
import SesameJOSE
import SesameJSON
import SesameSecrets
import SesameSystem

// The grants by which programs act for themselves: a signed statement, or a token of somebody's, for a token.
extension Issuer {
    static let exchangeGrant = "urn:ietf:params:oauth:grant-type:token-exchange"
    static let jwtBearerGrant = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    static let accessTokenType = "urn:ietf:params:oauth:token-type:access_token"

    /// Who sent a token request: a client that has not said so is the one whose assertion it brings
    /// (RFC 7521, section 4.1).
    mutating func clientOfGrant(
        _ type: String, _ exchange: Exchange, _ form: ReceivedForm
    ) throws(Refusal) -> PracticeClient {
        let saysWho =
            form.names.contains("client_id") || form.names.contains("client_assertion")
            || exchange.request.fields.contains("Authorization")
        guard type == Self.jwtBearerGrant, !saysWho else {
            return try authenticateClient(exchange, form)
        }
        return try signedAssertion(in: form, among: scenario.clients).0
    }

    /// RFC 7523, section 3.1.
    mutating func redeemAssertion(
        _ form: ReceivedForm, _ client: PracticeClient, _ exchange: Exchange
    ) throws(Refusal) -> Issued {
        let (_, claims) = try signedAssertion(in: form, among: [client])
        guard claims["iss"]?.string == client.id, let subject = claims["sub"]?.string else {
            throw .invalidGrant("iss is not the client, or sub is missing")
        }
        let audiences = [exchange.issuer, exchange.issuer + exchange.path]
        guard let audience = claims["aud"]?.string, audiences.contains(audience) else {
            throw .invalidGrant("aud is not this server")
        }
        guard let expiry = claims["exp"]?.integer.map(Timestamp.init(seconds:)),
            exchange.now < expiry
        else { throw .invalidGrant("the assertion has expired") }
        if let name = claims["jti"]?.string {
            guard assertions.accept("grant \(client.id) \(name)", until: expiry, at: exchange.now)
            else { throw .invalidGrant("the assertion was used before") }
        }
        let user = scenario.users.first { $0.name == subject }
        guard user != nil || subject == client.id else {
            throw .invalidGrant("sub is nobody who is known here")
        }
        let grant = Grant(
            clientID: client.id, user: user,
            scope: try admit(form["scope"] ?? claims["scope"]?.string),
            keyThumbprint: exchange.keyThumbprint)
        let refreshes = scenario.givesRefreshTokensForAssertions
        return tokens.begin(grant, withRefresh: refreshes, by: mint(exchange)).0
    }

    private func signedAssertion(
        in form: ReceivedForm, among clients: [PracticeClient]
    ) throws(Refusal) -> (PracticeClient, JSON) {
        guard let assertion = form.secret("assertion").flatMap({ try? CompactJWS(parsing: $0) })
        else { throw .invalidGrant("the assertion is no JWT") }
        guard let found = signer(of: assertion, among: clients) else {
            throw .invalidGrant("the signature is not that of the client")
        }
        return found
    }

    /// RFC 8693, section 2.1: an access token for one that may do less, or, for a client that is made for it, one
    /// of another client's.
    mutating func exchange(
        _ form: ReceivedForm, _ client: PracticeClient, _ exchange: Exchange
    ) throws(Refusal) -> Issued {
        guard let subject = form.secret("subject_token"),
            form["subject_token_type"] == Self.accessTokenType
        else { throw .invalidRequest("subject_token is missing, or no access token") }
        guard (form["requested_token_type"] ?? Self.accessTokenType) == Self.accessTokenType else {
            throw .invalidRequest("only access tokens are given here")
        }
        guard form.names.contains("actor_token") == form.names.contains("actor_token_type") else {
            throw .invalidRequest("actor_token and actor_token_type go together")
        }
        let takesAny = client.grantTypes.contains(Self.exchangeGrant)
        let given = [subject] + [form.secret("actor_token")].compactMap(\.self)
        let records = given.compactMap(tokens.find).filter {
            (takesAny || $0.grant.clientID == client.id) && exchange.now < $0.expiresAt
        }
        guard records.count == given.count, let record = records.first else {
            throw .invalidRequest("the subject or actor token is not a valid one for this client")
        }
        let scope = form["scope"] ?? (takesAny ? record.grant.scope : nil)
        guard let scope, record.grant.covers(scope) else {
            throw Refusal(code: "invalid_scope", description: "more than the subject token has")
        }
        return tokens.derive(
            from: record, for: client.id, scope: scope, key: exchange.keyThumbprint,
            by: mint(exchange))
    }
}
