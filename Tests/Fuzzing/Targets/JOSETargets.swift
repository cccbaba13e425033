import SesameCrypto
import SesameJOSE
import SesameJSON
import SesameSecrets

extension FuzzTarget {
    /// No bytes but the signed ones are believed under the signer's key (RFC 7515, appendix A.3).
    static let jws = FuzzTarget(
        "jws",
        seeds: [
            "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
                + "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
            "eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UifQ.",
            "eyJhbGciOiJFUzI1NiIsImNyaXQiOlsieCJdLCJ4IjoxfQ.e30.AAAA",
        ]
    ) { bytes throws(Violation) in
        guard let jws = try? CompactJWS(parsing: Secret(copying: bytes)) else { return }
        guard let verified = try? jws.verified(by: signer, allowing: [.es256, .rs256, .ps256])
        else { return }
        try require(
            verified.payload.equals(Secret(utf8: signedPayload)), "a forged text was believed")
    }

    /// A set of public keys is read into keys that can be written and read again, none of them private.
    static let keys = FuzzTarget(
        "keys",
        seeds: [
            #"{"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","kid":"1","use":"sig"}]}"#,
            #"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","alg":"EdDSA"},{"kty":"oct","k":"AAAA"}]}"#,
            #"{"keys":[{"kty":"RSA","e":"AQAB","key_ops":["verify"],"n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"}]}"#,
        ]
    ) { bytes throws(Violation) in
        guard let set = try? JWKSet(parsing: Secret(copying: bytes)) else { return }
        for key in set.keys {
            let written = key.json.encoded()
            guard let json = try? JSON(parsing: written), let again = try? JWK(json) else {
                throw Violation("a key that was read and written cannot be read")
            }
            try require(again.json.encoded().equals(written), "a key has changed")
            try require(json["d"] == nil && json["k"] == nil, "a private member has stayed")
        }
    }

    private static let signer: JWKSet = {
        let document = """
            {"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",\
            "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}
            """
        guard let set = try? JWKSet(parsing: Secret(utf8: document)) else {
            fatalError("the key of RFC 7515, appendix A.3 cannot be read")
        }
        return set
    }()

    private static let signedPayload =
        "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}"
}
