import SesameCrypto
import SesameJOSE
import SesameJSON
import SesameSecrets
import Testing

func json(_ text: String) throws -> JSON { try JSON(parsing: Secret(utf8: text)) }

func jwk(_ text: String) throws -> JWK { try JWK(try json(text)) }

/// The code of the error that `body` throws; `nil` when it throws none.
func code(_ body: () throws(JOSEError) -> Void) -> JOSEError.Code? {
    do { try body() } catch { return error.code }
    return nil
}

/// Why a text is refused, taken apart and checked with these keys; `nil` when it is not.
func refusal(
    of text: String, by keys: JWKSet,
    allowing algorithms: Set<JWSAlgorithm> = JWSAlgorithm.asymmetric,
    type: String? = nil
) -> JOSEError.Code? {
    code { () throws(JOSEError) in
        _ = try CompactJWS(parsing: Secret(utf8: text)).verified(
            by: keys, allowing: algorithms, type: type)
    }
}

func base64url(_ text: String) -> String { Base64URL.encode(Array(text.utf8).span) }

/// A signed text with any header, as somebody would forge it who has this key.
func forged(header: String, payload: String = "{}", with key: PrivateKey) throws -> String {
    let signed = base64url(header) + "." + base64url(payload)
    let signature = try key.sign(
        Array(signed.utf8).span, with: try #require(key.kind.algorithms.first))
    return signed + "." + Base64URL.encode(signature.span)
}
