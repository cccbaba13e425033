import SesameCrypto
import SesameHTTP
import SesameHTTPServer
import SesameJOSE
import SesameJSON
import SesameSecrets
import SesameSystem

/// Why a proof is not taken (RFC 9449, sections 5, 7.1 and 8).
struct ProofRefusal: Error {
    let code: String
    let description: String

    static func invalid(_ description: String) -> ProofRefusal {
        ProofRefusal(code: "invalid_dpop_proof", description: description)
    }
}

extension Issuer {
    /// The thumbprint of the key whose possession a request proves, checked as strictly as the conformance
    /// suite of OpenID does; `nil` where there is no proof, and need be none.
    /// - Parameter token: the access token that comes with it; `nil` at the issuer's own endpoints.
    mutating func provenKey(
        _ exchange: Exchange, for audience: ProofTable.Audience, token: Secret? = nil
    ) throws(ProofRefusal) -> String? {
        guard let rule = scenario.proofs else { return nil }
        let fields = exchange.request.fields.values("DPoP")
        guard !fields.isEmpty || rule.isRequired else { return nil }
        guard fields.count == 1 else { throw .invalid("there is no proof, or more than one") }
        let (claims, thumbprint) = try verified(Secret(utf8: fields[0]), rule)
        guard claims["htm"]?.string == exchange.request.method else {
            throw .invalid("htm is not the method")
        }
        guard claims["htu"]?.string == exchange.issuer + exchange.path else {
            throw .invalid("htu is not the URL without its query")
        }
        try check(claims, at: exchange.now)
        let expected = token.map { token in
            token.withBytes { SHA256.digest($0) }.withBytes { Base64URL.encode($0) }
        }
        guard claims["ath"]?.string == expected else {
            throw .invalid(token == nil ? "ath has no place here" : "ath is not of this token")
        }
        if rule.demandsNonces, !proofs.accepts(claims["nonce"]?.string, by: audience) {
            throw ProofRefusal(code: "use_dpop_nonce", description: "the nonce is missing or old")
        }
        guard let name = claims["jti"]?.string, name.utf8.count >= 16,
            proofs.accept(name, at: exchange.now)
        else { throw .invalid("jti is too short, or was used before") }
        return thumbprint
    }

    /// Adds what the next proof depends on to an answer: the newest nonce, and the time here.
    mutating func addHints(
        to response: inout ServerResponse, of audience: ProofTable.Audience, _ exchange: Exchange
    ) {
        guard let rule = scenario.proofs else { return }
        response.fields.set("Date", exchange.now.httpDate)
        guard rule.demandsNonces else { return }
        let isNew = (200..<300).contains(response.status)
        response.fields.set(
            "DPoP-Nonce", proofs.nonce(of: audience, isNew: isNew, random: exchange.random))
    }

    /// Whether the key that a form names for its code is the one that is proved beside it (section 10.1).
    func checkKey(_ named: String?, _ proven: String?) throws(Refusal) {
        guard let named, let proven, named != proven else { return }
        throw Refusal(
            code: "invalid_dpop_proof", description: "dpop_jkt and the proof are of two keys")
    }

    private func verified(
        _ text: Secret, _ rule: ProofRule
    ) throws(ProofRefusal) -> (claims: JSON, thumbprint: String) {
        do throws(JOSEError) {
            let proof = try CompactJWS(parsing: text)
            // Refuses private keys, and what is no key.
            let key = try JWK(proof.header.json["jwk"] ?? proof.header.json)
            let algorithms = rule.algorithms.compactMap { JWSAlgorithm(rawValue: $0) }
            let verified = try proof.verified(
                by: key, allowing: Set(algorithms), type: "dpop+jwt")
            return (try verified.claims(), key.thumbprint)
        } catch {
            throw .invalid("it is no proof: \(error.message)")
        }
    }

    private func check(_ claims: JSON, at now: Timestamp) throws(ProofRefusal) {
        guard let made = claims["iat"]?.integer.map(Timestamp.init(seconds:)), made <= now,
            made.seconds(until: now) <= ProofTable.oldest
        else { throw .invalid("iat lies in the future, or too far back") }
        if let end = claims["exp"]?.integer.map(Timestamp.init(seconds:)) {
            guard now < end, now.seconds(until: end) < Self.fiftyYears else {
                throw .invalid("exp is over, or absurd")
            }
        }
    }

    private static let fiftyYears: Int64 = 50 * 365 * 86_400
}

extension Refusal {
    init(_ refusal: ProofRefusal) {
        self.init(code: refusal.code, description: refusal.description)
    }
}
