import SesameHTTP
import SesameJOSE
import SesameJSON
import SesameSecrets
import SesameSystem

/// What a server believes of signed authorization requests (RFC 9101).
struct RequestObjectReader {
    let clientID: String
    /// Whom they have to be made for.
    let issuer: String
    /// The client's.
    let keys: JWKSet
    let algorithms: Set<JWSAlgorithm>
    let now: Timestamp

    /// The parameters that count: those that the client has signed, and no others (section 6.3).
    /// - Parameter form: what came, with the object in it.
    func parameters(in form: ReceivedForm) throws(Refusal) -> ReceivedForm {
        let parameters = ReceivedForm(try claims(of: form.secret("request")))
        for name in form.names where !Self.outside.contains(name) {
            // OpenID Connect Core, section 6.1 has two outside as well.
            guard ["response_type", "scope"].contains(name), form[name] == parameters[name] else {
                throw .invalidRequestObject("beside it stands \(name)")
            }
        }
        guard parameters["client_id"] == clientID else {
            throw .invalidRequestObject("its client_id is another")
        }
        return parameters
    }

    private func claims(of text: Secret?) throws(Refusal) -> [(String, Secret)] {
        guard let text, let object = try? CompactJWS(parsing: text),
            object.header.isOfType("oauth-authz-req+jwt"),
            let claims = try? object.verified(by: keys, allowing: algorithms).claims()
        else { throw .invalidRequestObject("its type, or its signature, is wrong") }
        guard claims["iss"]?.string == clientID, claims["aud"]?.string == issuer else {
            throw .invalidRequestObject("iss is not the client, or aud is not this server")
        }
        guard claims["sub"] == nil, claims["request"] == nil, claims["request_uri"] == nil else {
            throw .invalidRequestObject("it has a sub, or names another")
        }
        guard let begin = claims["nbf"]?.integer.map(Timestamp.init(seconds:)),
            let end = claims["exp"]?.integer.map(Timestamp.init(seconds:)),
            now.seconds(until: begin) <= 10, now < end,
            begin.seconds(until: end) <= Self.longestLife
        else { throw .invalidRequestObject("it is not valid yet, or no more, or for too long") }
        return (claims.members ?? []).flatMap { member in
            (member.value.elements ?? [member.value]).map { (member.name, $0.text) }
        }
    }

    /// What says which client asks.
    private static let outside: Set = [
        "request", "client_id", "client_secret", "client_assertion", "client_assertion_type",
    ]
    /// Seconds, as in FAPI 2.0 Message Signing, section 5.3.1.
    private static let longestLife: Int64 = 3600
}

extension Issuer {
    /// The parameters that count, signed or not.
    func opened(
        _ form: ReceivedForm, of client: PracticeClient, _ exchange: Exchange
    ) throws(Refusal) -> ReceivedForm {
        guard form.names.contains("request") else {
            if scenario.takesSignedRequestsOnly { throw .invalidRequest("it is not signed") }
            return form
        }
        return try RequestObjectReader(
            clientID: client.id, issuer: exchange.issuer,
            keys: clientKeys[client.id] ?? JWKSet([]),
            algorithms: Set(requestObjectAlgorithms.compactMap(JWSAlgorithm.init(rawValue:))),
            now: exchange.now
        ).parameters(in: form)
    }

    /// A signature that only its maker could make.
    var requestObjectAlgorithms: [String] { scenario.signingAlgorithms.filter { $0 != "HS256" } }
}

extension JSON {
    /// A text as it is, and anything else in its JSON spelling.
    fileprivate var text: Secret { secret ?? JSONValue(self).encoded() }
}

extension Refusal {
    /// RFC 9101, section 6.2.
    static func invalidRequestObject(_ description: String) -> Refusal {
        Refusal(
            code: "invalid_request_object",
            description: "the signed request was refused: \(description)")
    }
}
