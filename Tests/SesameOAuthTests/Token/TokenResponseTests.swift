import SesameHTTP
import SesameOAuth
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@Suite struct `A token response` {
    @Test func `gives tokens, lifetime and scope`() throws {
        let response = try parse(
            .json(
                """
                {"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"example","token_type2":1,
                 "expires_in":3600,"refresh_token":"tGzv3JOkF0XG5Qx2TlKWIA","scope":"read"}
                """.replacing("example", with: "Bearer")))
        #expect(response.accessToken.value.dangerouslyRevealedText() == "2YotnFZFEjr1zCsicMWpAA")
        #expect(response.accessToken.expiresAt == now.adding(seconds: 3600))
        #expect(response.accessToken.scope == "read")
        #expect(response.refreshToken?.dangerouslyRevealedText() == "tGzv3JOkF0XG5Qx2TlKWIA")
    }

    @Test func `of Mautic has a null scope and, for client credentials, no refresh token`() throws {
        let body = #"{"access_token":"A_b-1","expires_in":3600,"token_type":"bearer","scope":null}"#
        let response = try parse(.json(body))
        #expect(response.accessToken.scope == nil)
        #expect(response.accessToken.type == .bearer)
        #expect(response.refreshToken == nil)
    }

    @Test func `"token-endpoint-response-without-expires_in"`() throws {
        let token = try parse(.json(#"{"access_token":"t","token_type":"Bearer"}"#)).accessToken
        #expect(token.expiresAt == nil)
        #expect(token.isValid(at: now, for: 60))
        #expect(!token.isValid(at: now.adding(seconds: 3600)))
    }

    @Test(arguments: ["bearer", "BEARER", "bEaReR"])
    func `"token-type-case-insensitivity"`(_ type: String) throws {
        let response = HTTPResponse.json(#"{"access_token":"t","token_type":"\#(type)"}"#)
        #expect(try parse(response).accessToken.type == .bearer)
    }

    @Test(arguments: [#""mac""#, #""""#, "7", "null", #""DPoP""#, #""bearer ""#])
    func `of an unknown type is refused`(_ type: String) {
        #expect(refusal(.json(#"{"access_token":"t","token_type":\#(type)}"#)) == .badResponse)
    }

    @Test(
        arguments: [
            (#""3600""#, 3600), ("1e3", 1000), ("3600.0", 3600), ("0", 0), ("-1", 0), (#""-5""#, 0),
            ("-9223372036854775808", 0), ("9223372036854775807", 315_360_000),
            ("3600.5", nil), ("1e309", nil), ("9223372036854775808", nil),
            ("18446744073709551616", nil), ("null", nil), ("true", nil), ("[]", nil),
            (#""soon""#, nil),
            (#""""#, nil), (#""+60""#, nil), (#"" 60""#, nil),
        ] as [(String, Int64?)])
    func `reads expires_in without ever trapping`(_ vector: (text: String, seconds: Int64?)) throws
    {
        let token = try parse(answer(#""expires_in":\#(vector.text)"#)).accessToken
        #expect(token.expiresAt == vector.seconds.map { now.adding(seconds: $0) })
    }

    @Test(arguments: [
        "", "null", "[]", #""x""#, "{}", "{} x", "\u{FEFF}{}", "{", #"{"access_token":"t"}"#,
        #"{"token_type":"Bearer"}"#, #"{"access_token":7,"token_type":"Bearer"}"#,
        #"{"access_token":["t"],"token_type":"Bearer"}"#,
        #"{"access_token":"","token_type":"Bearer"}"#,
        #"{"access_token":"a","access_token":"b","token_type":"Bearer"}"#,
        #"{"access_token":"\ud800","token_type":"Bearer"}"#,
        #"{"access_token":"t","token_type":"Bearer","refresh_token":7}"#,
        #"{"access_token":"t","token_type":"Bearer","refresh_token":"\n"}"#,
        #"{"access_token":"t","token_type":"Bearer","refresh_token":"ä"}"#,
    ])
    func `that is malformed is refused`(_ body: String) {
        #expect(refusal(.json(body)) == .badResponse)
    }

    @Test(arguments: [#"\r"#, #"\n"#, #"\u0000"#, " ", "ä", #"\""#, "=a", ":", ",", "|"])
    func `with a token that cannot stand in a field is refused`(_ piece: String) {
        let body = #"{"access_token":"a\#(piece)b","token_type":"Bearer"}"#
        #expect(refusal(.json(body)) == .badResponse)
    }

    @Test func `may be large, up to a limit`() throws {
        let body = { (count: Int) in
            #"{"access_token":"\#(String(repeating: "a", count: count))=","token_type":"Bearer"}"#
        }
        #expect(try parse(.json(body(65_536))).accessToken.value.count == 65_537)
        #expect(refusal(.json(body(262_144))) == .badResponse)
        #expect(refusal(.json(body(1 << 20))) == .badResponse)
    }

    @Test func `may have fifty unknown members but no deep nesting`() throws {
        let members = (0..<50).map { #""m\#($0)":[{}]"# }.joined(separator: ",")
        _ = try parse(answer(members))
        let deep = String(repeating: "[", count: 100_000)
        #expect(refusal(answer(#""m":\#(deep)"#)) == .badResponse)
    }

    @Test func `with an empty refresh token has none`() throws {
        #expect(try parse(answer(#""refresh_token":"""#)).refreshToken == nil)
        #expect(try parse(answer(#""refresh_token":null"#)).refreshToken == nil)
    }

    @Test func `keeps the earlier refresh token where it brings none`() throws {
        let earlier = Secret(utf8: "old")
        let without = try parse(answer(#""expires_in":1"#)).keeping(refreshToken: earlier)
        #expect(without.refreshToken?.equals(earlier) == true)
        let with = try parse(answer(#""refresh_token":"new""#)).keeping(refreshToken: earlier)
        #expect(with.refreshToken?.dangerouslyRevealedText() == "new")
    }

    @Test func `may say when the refresh token ends`() throws {
        #expect(try parse(answer(#""refresh_token_expires_in":"60""#)).refreshTokenExpiresIn == 60)
        #expect(try parse(answer(#""refresh_expires_in":1800"#)).refreshTokenExpiresIn == 1800)
        #expect(try parse(answer(#""refresh_expires_in":0"#)).refreshTokenExpiresIn == nil)
    }

    @Test func `tells whether the scope that was asked for is granted`() throws {
        let response = try parse(answer(#""scope":"read write""#))
        try response.require(scope: "write")
        #expect(
            code { () throws(OAuthError) in try response.require(scope: "read admin") }
                == .scopeNotGranted)
        try parse(answer(#""expires_in":1"#)).require(scope: "anything")
    }

    @Test func `never shows a token, however it is printed`() throws {
        let response = try parse(answer(#""refresh_token":"CANARY-1""#).replacingToken("CANARY-2"))
        var dumped = ""
        dump(response, to: &dumped)
        for text in ["\(response)", String(reflecting: response), dumped] {
            #expect(!text.contains("CANARY"))
        }
    }

    @Test func `of mutated bytes is a value or a typed error, never a trap`() {
        var numbers = SeededNumbers(state: 6749)
        let original =
            Array(
                #"{"access_token":"aB1.~+/=","token_type":"bearer","expires_in":3600,"scope":"a","#
                    .utf8
            ) + Array(#""refresh_token":"r","errors":[],"error":null}"#.utf8)
        var values = 0
        for round in 0..<5000 {
            let body = Secret(copying: numbers.mutated(original))
            var response = HTTPResponse.json("", status: [200, 400, 403][round % 3])
            response.body = body
            if refusal(response) == nil { values += 1 }
        }
        #expect(values > 0)
        #expect(values < 5000)
    }
}

private func refusal(_ response: HTTPResponse) -> OAuthError.Code? {
    code { () throws(OAuthError) in _ = try parse(response) }
}

extension HTTPResponse {
    fileprivate func replacingToken(_ token: String) -> HTTPResponse {
        .json(body.dangerouslyRevealedText().replacing(#""t""#, with: #""\#(token)""#))
    }
}

@Suite struct `A token response without a usable access token` {
    @Test(arguments: [
        #"{"token_type":"Bearer","refresh_token":"rotated-1"}"#,
        #"{"access_token":"a b","token_type":"Bearer","refresh_token":"rotated-1"}"#,
        #"{"access_token":"t","token_type":"mac","refresh_token":"rotated-1"}"#,
        #"{"access_token":"t","refresh_token":"rotated-1"}"#,
    ])
    func `hands over the new refresh token and never shows it`(body: String) throws {
        let error = try #require(refusal(of: .json(body)))
        #expect(error.code == .badResponse)
        #expect(error.rotatedRefreshToken?.dangerouslyRevealedText() == "rotated-1")
        var dumped = ""
        dump(error, to: &dumped)
        for text in ["\(error)", String(reflecting: error), dumped] {
            #expect(!text.contains("rotated-1"))
        }
    }

    @Test func `hands over none that is malformed, refused, or no JSON`() throws {
        let answers: [HTTPResponse] = [
            .json(#"{"token_type":"Bearer"}"#),
            .json(#"{"token_type":"Bearer","refresh_token":""}"#),
            .json(#"{"token_type":"Bearer","refresh_token":"a\u0007"}"#),
            .json(#"{"token_type":"Bearer","refresh_token":7}"#),
            .json(#"{"error":"invalid_request","refresh_token":"r"}"#),
            .json(#"{"token_type":"mac","refresh_token":"r"}"#, status: 400),
            .content(
                "token_type=mac&refresh_token=r", type: "application/x-www-form-urlencoded"),
        ]
        for answer in answers {
            let error = try #require(refusal(of: answer))
            #expect(error.rotatedRefreshToken == nil)
        }
    }
}

private func refusal(of response: HTTPResponse) -> OAuthError? {
    do { _ = try parse(response) } catch { return error }
    return nil
}
