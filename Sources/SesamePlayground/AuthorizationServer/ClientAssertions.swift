import SesameHTTP
import SesameHTTPServer
import SesameJOSE
import SesameJSON
import SesameSecrets
import SesameSystem

/// The names of clients' statements that were accepted and have not expired.
struct AssertionTable: Sendable {
    private var seen: [String: Timestamp] = [:]

    /// Whether a name is new; it is not any more after that.
    mutating func accept(_ name: String, until expiry: Timestamp, at now: Timestamp) -> Bool {
        seen = seen.filter { $0.value > now }
        return seen.updateValue(expiry, forKey: name) == nil
    }
}

extension Issuer {
    /// The client whose signed statement a form carries (RFC 7523, section 3), each good for once.
    mutating func authenticateByAssertion(
        _ exchange: Exchange, _ form: ReceivedForm
    ) throws(Refusal) -> PracticeClient {
        guard !form.names.contains("client_secret"),
            !exchange.request.fields.contains("Authorization")
        else { throw .invalidRequest("more than one way of client authentication") }
        guard form["client_assertion_type"] == Self.assertionType,
            let assertion = form.secret("client_assertion").flatMap({ try? CompactJWS(parsing: $0) }
            )
        else { throw .invalidAssertion("it is no JWT, or of another type") }
        guard ["client-authentication+jwt", "JWT"].contains(where: assertion.header.isOfType) else {
            throw .invalidAssertion("its typ is not known here")
        }
        let named = form["client_id"]
        let clients = scenario.clients.filter { named == nil || named == $0.id }
        guard let (client, claims) = signer(of: assertion, among: clients) else {
            throw .invalidAssertion("the signature is not that of the client")
        }
        try check(claims, of: client, exchange)
        return client
    }

    /// Whose signature it is, among some clients.
    func signer(
        of assertion: CompactJWS, among clients: [PracticeClient]
    ) -> (PracticeClient, JSON)? {
        for client in clients {
            guard let verified = verified(assertion, by: client),
                let claims = try? verified.claims()
            else { continue }
            return (client, claims)
        }
        return nil
    }

    private func verified(_ assertion: CompactJWS, by client: PracticeClient) -> VerifiedJWS? {
        switch client.authentication {
        case .secretJWT where scenario.signingAlgorithms.contains("HS256"):
            return client.secret.flatMap {
                try? assertion.verified(bySecret: Secret(utf8: $0))
            }
        case .privateKeyJWT:
            guard let keys = clientKeys[client.id] else { return nil }
            let algorithms = scenario.signingAlgorithms.compactMap(JWSAlgorithm.init(rawValue:))
            return try? assertion.verified(by: keys, allowing: Set(algorithms))
        default: return nil
        }
    }

    private mutating func check(
        _ claims: JSON, of client: PracticeClient, _ exchange: Exchange
    ) throws(Refusal) {
        guard claims["iss"]?.string == client.id, claims["sub"]?.string == client.id else {
            throw .invalidAssertion("iss and sub are not the client")
        }
        // One text: whoever puts a second audience beside this one lets that one pass it on here.
        let audience =
            scenario.wantsEndpointAudience ? exchange.issuer + exchange.path : exchange.issuer
        guard claims["aud"]?.string == audience else {
            throw .invalidAssertion("aud is not this server, or not as one text")
        }
        guard let expiry = claims["exp"]?.integer.map(Timestamp.init(seconds:)),
            exchange.now < expiry, exchange.now.seconds(until: expiry) <= Self.longestLife
        else { throw .invalidAssertion("it has expired, or lives too long") }
        if let made = claims["iat"]?.integer.map(Timestamp.init(seconds:)) {
            guard exchange.now.seconds(until: made) <= 10 else {
                throw .invalidAssertion("it comes from the future")
            }
        }
        guard let name = claims["jti"]?.string, !name.isEmpty,
            assertions.accept("\(client.id) \(name)", until: expiry, at: exchange.now)
        else { throw .invalidAssertion("it has no name, or was used before") }
    }

    /// Seconds, and a minute for clocks that differ.
    private static let longestLife: Int64 = 360
    private static let assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
}

extension Refusal {
    /// RFC 7521, section 4.2.1.
    static func invalidAssertion(_ description: String) -> Refusal {
        Refusal(
            code: "invalid_client",
            description: "the client's statement was refused: \(description)",
            status: 401)
    }
}
