import SesameHTTP
import SesameOAuth
import SesameSystem
import TestSupport
import Testing

@Suite struct `A token error` {
    @Test(arguments: [
        ("invalid_grant", OAuthError.Code.grantEnded), ("invalid_client", .clientRejected),
        ("unauthorized_client", .clientRejected), ("invalid_request", .serverRefused),
        ("unsupported_grant_type", .serverRefused), ("invalid_scope", .serverRefused),
        ("access_denied", .serverRefused), ("something_private", .serverRefused),
        ("temporarily_unavailable", .temporary), ("server_error", .temporary),
    ])
    func `is judged by its code at 200, 400, 401 and 403`(_ pair: (String, OAuthError.Code)) {
        for status in [200, 400, 401, 403] {
            let rfc = HTTPResponse.json(#"{"error":"\#(pair.0)"}"#, status: status)
            #expect(refusal(rfc) == pair.1)
            let mautic = #"{"errors":[{"message":"m","code":400,"type":"\#(pair.0)"}]}"#
            #expect(refusal(.json(mautic, status: status)) == pair.1)
        }
    }

    @Test func `wins over a token in the same answer, and its status over the token`() {
        let both = #"{"access_token":"t","token_type":"Bearer","error":"invalid_request"}"#
        #expect(refusal(.json(both)) == .serverRefused)
        let token = #"{"access_token":"t","token_type":"Bearer"}"#
        #expect(refusal(.json(token, status: 400)) == .serverRefused)
        #expect(refusal(.json(token, status: 500)) == .temporary)
        #expect(refusal(.json(token, status: 302)) == .serverRefused)
    }

    @Test(arguments: [500, 502, 503, 504, 429, 408, 404])
    func `of a server in trouble keeps the grant`(_ status: Int) {
        #expect(refusal(.json("", status: status)) == .temporary)
        #expect(refusal(.content("x", type: "text/plain", status: status)) == .temporary)
    }

    @Test func `of a server in trouble keeps the grant even when it names it`() {
        #expect(refusal(.json(#"{"error":"invalid_grant"}"#, status: 500)) == .temporary)
        #expect(refusal(.json(#"{"error":"invalid_grant"}"#, status: 429)) == .temporary)
    }

    @Test(arguments: [200, 400, 401, 403, 404, 500])
    func `that is a web page is temporary`(_ status: Int) {
        let page = HTTPResponse.content(
            #"{"error":"invalid_grant"}"#, type: "text/html; charset=utf-8", status: status)
        #expect(refusal(page) == .temporary)
    }

    @Test func `without a body, as of glewlwyd, ends nothing`() {
        #expect(refusal(.content("", type: nil, status: 400)) == .serverRefused)
        #expect(refusal(.content("", type: nil, status: 401)) == .serverRefused)
        #expect(refusal(.content("", type: nil, status: 403)) == .temporary)
        let spent = HTTPResponse.json(#"{"error":"invalid_code"}"#, status: 403)
        #expect(refusal(spent) == .serverRefused)
        #expect(
            thrown(by: .content("", type: nil, status: 400))?.message.contains("no reason") == true)
    }

    @Test(arguments: [301, 302, 303, 307, 308])
    func `that is a redirect is not followed`(_ status: Int) {
        #expect(refusal(.content("", type: nil, status: status)) == .serverRefused)
    }

    @Test func `of Mautic without a type is judged by its status`() {
        let missing = #"{"errors":[{"message":"No route found","code":404,"type":null}]}"#
        #expect(refusal(.json(missing, status: 404)) == .temporary)
        let off = #"{"errors":[{"message":"API disabled.","code":403,"type":"api_disabled"}]}"#
        #expect(refusal(.json(off, status: 403)) == .serverRefused)
        #expect(thrown(by: .json(off, status: 403))?.serverDescription == "API disabled.")
    }

    @Test(arguments: [
        #"{"error":{"code":400}}"#, #"{"error":7}"#, #"{"error":true}"#, #"{"errors":{"0":{}}}"#,
    ])
    func `in a strange shape is an error all the same`(_ body: String) {
        #expect(refusal(.json(body)) == .serverRefused)
        let withToken = body.dropLast() + #","access_token":"t","token_type":"Bearer"}"#
        #expect(refusal(.json(String(withToken))) == .serverRefused)
    }

    @Test func `that is null or empty is none`() throws {
        _ = try parse(answer(#""error":null,"errors":[]"#))
        _ = try parse(answer(#""error":"""#))
    }

    @Test func `carries the server's words apart, made safe to show`() throws {
        let words = String(repeating: "w", count: 500)
        let body = #"{"error":"a\u001b[31m","error_description":"\u0007\#(words)"}"#
        let error = try #require(thrown(by: .json(body, status: 400)))
        #expect(error.serverCode == "a\\u{1b}[31m")
        #expect(error.serverDescription?.hasPrefix("\\u{7}www") == true)
        #expect((error.serverDescription?.count ?? 0) < 220)
        #expect(error.status == 400)
        #expect(error.mayHaveBeenSent)
        #expect(!error.description.contains("www"))
    }
}

@Suite struct `The content type of a token response` {
    private let body = #"{"access_token":"t","token_type":"Bearer"}"#

    @Test(arguments: [
        "application/json", "Application/JSON; charset=utf-8", "text/json", "application/x+json",
    ])
    func `may be any that promises JSON`(_ type: String) throws {
        _ = try parse(.content(body, type: type))
    }

    @Test(arguments: [nil, "", "text/plain", "application/octet-stream", "text/javascript"])
    func `is refused otherwise`(_ type: String?) {
        #expect(refusal(.content(body, type: type)) == .badResponse)
    }

    @Test func `may be a form, as of GitHub, when labelled so`() throws {
        let type = "application/x-www-form-urlencoded; charset=utf-8"
        let form = "access_token=gho_1&token_type=bearer&scope=repo%2Cgist&expires_in=28800"
        let token = try parse(.content(form, type: type)).accessToken
        #expect(token.scope == "repo,gist")
        #expect(token.expiresAt == now.adding(seconds: 28_800))
        let denied = "error=bad_verification_code&error_description=x"
        #expect(refusal(.content(denied, type: type)) == .serverRefused)
        #expect(refusal(.content(form + "&scope=x", type: type)) == .badResponse)
        #expect(refusal(.content("access_token=%zz", type: type)) == .badResponse)
    }

    @Test(arguments: ["gzip", "br", "deflate", "identity, gzip"])
    func `does not matter when the content is compressed`(_ encoding: String) {
        var response = HTTPResponse.json(body)
        response.fields.set("Content-Encoding", encoding)
        #expect(refusal(response) == .badResponse)
    }

    @Test func `is not looked for in cookies or other fields`() throws {
        var response = HTTPResponse.json(body)
        response.fields.append("Set-Cookie", "a=b")
        response.fields.append("Content-Encoding", "identity")
        _ = try parse(response)
    }
}

private func thrown(by response: HTTPResponse) -> OAuthError? {
    do { _ = try parse(response) } catch { return error }
    return nil
}

private func refusal(_ response: HTTPResponse) -> OAuthError.Code? { thrown(by: response)?.code }
