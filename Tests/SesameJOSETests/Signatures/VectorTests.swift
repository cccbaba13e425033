import SesameCrypto
import SesameJOSE
import SesameJSON
import SesameSecrets
import Testing

/// Header and content have line breaks within: what is checked is what was sent, byte for byte.
@Suite struct `The signed texts of the RFCs` {
    @Test func `RFC 7515, appendix A 1, by HS256, verify`() throws {
        let decoded = Base64URL.decode(Array(hmacKey.utf8).span)
        let key = try #require(decoded)
        let verified = try CompactJWS(parsing: Secret(utf8: hs256)).verified(bySecret: key)
        #expect(try verified.claims()["iss"]?.string == "joe")
        #expect(verified.payload.count == 70)
        #expect(verified.key == nil)
        let other = Secret(copying: [UInt8](repeating: 1, count: 64))
        #expect(
            code { () throws(JOSEError) in
                _ = try CompactJWS(parsing: Secret(utf8: hs256)).verified(bySecret: other)
            } == .badSignature)
    }

    @Test(arguments: [(rsaKey, rs256, JWSAlgorithm.rs256), (ecKey, es256, .es256)])
    func `RFC 7515, appendices A 2 and A 3, by RS256 and ES256, verify`(
        key: String, text: String, algorithm: JWSAlgorithm
    ) throws {
        let verified = try CompactJWS(parsing: Secret(utf8: text)).verified(
            by: JWKSet([try jwk(key)]), allowing: [algorithm])
        #expect(try verified.claims()["exp"]?.integer == 1_300_819_380)
        #expect(verified.header.algorithm == algorithm)
    }

    /// Written and read: the only ones that come out the same each time.
    @Test(arguments: [JWSAlgorithm.edDSA, .ed25519])
    func `RFC 8037, appendix A 4, by Ed25519, verify under both names`(
        algorithm: JWSAlgorithm
    ) throws {
        let key = try PrivateJWK(
            parsing: Secret(
                utf8:
                    #"{"kty":"OKP","crv":"Ed25519","d":"\#(edwardsSecret)","x":"\#(edwardsPoint)"}"#
            ))
        let payload = Secret(utf8: "Example of Ed25519 signing")
        let signed = try JWSSigner(key.privateKey, algorithm: algorithm).sign(payload: payload)
        if algorithm == .edDSA { #expect(signed.dangerouslyRevealedText() == edDSA) }
        let verified = try CompactJWS(parsing: signed).verified(
            by: try key.publicJWK(), allowing: [algorithm])
        #expect(verified.payload.equals(payload))
    }

    /// The key stands in the header, as a proof has it; whoever expects a proof takes it from there.
    @Test(
        arguments: [
            (tokenProof, "POST", nil),
            (resourceProof, "GET", "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"),
        ] as [(String, String, String?)])
    func `RFC 9449, sections 5 and 7 1, by the key in the header, verify`(
        text: String, method: String, hash: String?
    ) throws {
        let proof = try CompactJWS(parsing: Secret(utf8: text))
        let key = try JWK(try #require(proof.header.json["jwk"]))
        let claims = try proof.verified(by: key, allowing: [.es256], type: "dpop+jwt").claims()
        #expect(claims["htm"]?.string == method)
        #expect(claims["ath"]?.string == hash)
        #expect(key.thumbprint == "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I")
    }

    /// RFC 7515, appendix A 5; RFC 8725, section 3.2.
    @Test(arguments: ["none", "None", "NONE", "nOnE", "", "HS256", "ES384", "es256"])
    func `without a signature, or by an algorithm that is not allowed, do not`(name: String) throws
    {
        let text = base64url(#"{"alg":"\#(name)"}"#) + "." + base64url("{}") + "."
        let keys = JWKSet([try jwk(ecKey), try jwk(rsaKey)])
        #expect(refusal(of: text, by: keys) == .algorithmNotAllowed)
        #expect(
            refusal(of: text, by: keys, allowing: Set(JWSAlgorithm.allCases))
                == .algorithmNotAllowed)
        let secret = Secret(copying: [UInt8](repeating: 1, count: 32))
        #expect(
            code { () throws(JOSEError) in
                _ = try CompactJWS(parsing: Secret(utf8: text)).verified(bySecret: secret)
            } == (name == "HS256" ? .badSignature : .algorithmNotAllowed))
    }
}

private let hmacKey =
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
private let hs256 =
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
let rsaKey =
    #"{"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"}"#
private let rs256 =
    "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
let ecKey =
    #"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#
let es256 =
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
private let edwardsSecret = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"
private let edwardsPoint = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
private let edDSA =
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
private let proofHeader =
    "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19"
private let tokenProof =
    proofHeader
    + ".eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg"
private let resourceProof =
    proofHeader
    + ".eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA"
