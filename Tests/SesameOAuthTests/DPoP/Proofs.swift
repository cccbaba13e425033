import SesameHTTP
import SesameJOSE
import SesameJSON
import SesameOAuth
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

/// What stands in the proof of a request, whose signature is right.
struct ReceivedProof {
    let header: JSON
    let claims: JSON
    let key: JWK

    init(_ request: HTTPRequest) throws {
        try self.init(Secret(utf8: try #require(request.revealed("DPoP"))))
    }

    init(_ text: Secret) throws {
        let proof = try CompactJWS(parsing: text)
        key = try JWK(try #require(proof.header.json["jwk"]))
        let verified = try proof.verified(
            by: key, allowing: [.es256, .ed25519, .edDSA], type: "dpop+jwt")
        header = verified.header.json
        claims = try verified.claims()
    }

    subscript(name: String) -> String? { claims[name]?.string }
    var time: Int64? { claims["iat"]?.integer }
}

/// A new key at a server that says nothing.
func prover(_ memory: DPoPMemory = DPoPMemory()) throws -> DPoPProver {
    DPoPProver(try DPoPKey.generate(for: try server()), memory: memory)
}

/// An answer with further fields.
func answer(
    _ text: String, status: Int = 200, _ fields: [(String, String)]
) -> HTTPResponse {
    var response = HTTPResponse.json(text, status: status)
    for (name, value) in fields { response.fields.append(name, value) }
    return response
}

/// A refusal of the token endpoint for want of a nonce.
func demand(_ nonces: String...) -> HTTPResponse {
    answer(
        #"{"error":"use_dpop_nonce"}"#, status: 400, nonces.map { ("DPoP-Nonce", $0) })
}

/// Tokens that are bound to a key.
let boundTokens = #"{"access_token":"t","token_type":"DPoP","refresh_token":"r2"}"#
