import SesameHTTP
import SesameOAuth
import TestSupport
import Testing

@Suite struct `A resource server's 401` {
    @Test(arguments: [
        #"Bearer error="invalid_token""#, #"bearer realm="r", error = "invalid_token""#,
        #"BEARER error=invalid_token"#,
        #"Basic realm="a, Bearer error", Bearer error="invalid_token""#,
        #"Negotiate, Bearer scope="x",error="invalid_token", error_description="it \"expired\"""#,
        #"DPoP algs="ES256", Bearer error="invalid_token""#,
    ])
    func `that names the token asks for a renewal`(_ challenge: String) {
        #expect(TokenRejection.isTokenRejected(refusal(challenge)))
        #expect(!TokenRejection.isTokenRejected(refusal(challenge, status: 403)))
    }

    @Test func `may name it in the second of two fields`() {
        var response = refusal(#"Basic realm="x""#)
        response.fields.append("WWW-Authenticate", #"Bearer error="invalid_token""#)
        #expect(TokenRejection.isTokenRejected(response))
    }

    @Test(arguments: [
        "Bearer", #"Bearer realm="x""#, #"Bearer error="insufficient_scope""#, "", "Basic",
        #"Basic realm="Bearer error=\"invalid_token\"""#, #"error="invalid_token""#, "\"", "=",
        "a=\"",
        #"Basic error="invalid_token""#, #"Bearer error_description="invalid_token""#,
    ])
    func `that does not name it is final`(_ challenge: String) {
        #expect(!TokenRejection.isTokenRejected(refusal(challenge)))
    }

    @Test(arguments: [
        ("The access token provided has expired.", "invalid_grant", true),
        ("API authorization denied.", "access_denied", false),
    ])
    func `in Mautic's dialect names it by invalid_grant`(_ vector: (String, String, Bool)) {
        let body = #"{"errors":[{"message":"\#(vector.0)","code":401,"type":"\#(vector.1)"}]}"#
        #expect(TokenRejection.isTokenRejected(.json(body, status: 401)) == vector.2)
        #expect(!TokenRejection.isTokenRejected(.json(body, status: 403)))
    }

    @Test func `of an API with an error of its own is not taken for a token error`() {
        #expect(!TokenRejection.isTokenRejected(.json(#"{"error":"invalid_grant"}"#, status: 401)))
        #expect(!TokenRejection.isTokenRejected(.json("x", status: 401)))
    }

    @Test func `of mutated bytes never traps`() {
        var numbers = SeededNumbers(state: 9110)
        let original = Array(#"Basic realm="a\"b", Bearer error="invalid_token", x=y"#.utf8)
        var rejected = 0
        for _ in 0..<3000 {
            let text = String(decoding: numbers.mutated(original), as: UTF8.self)
            if TokenRejection.isTokenRejected(refusal(text)) { rejected += 1 }
        }
        #expect(rejected > 0)
        #expect(rejected < 3000)
    }
}

private func refusal(_ challenge: String, status: Int = 401) -> HTTPResponse {
    var response = HTTPResponse(status: status)
    response.fields.set("WWW-Authenticate", challenge)
    return response
}
