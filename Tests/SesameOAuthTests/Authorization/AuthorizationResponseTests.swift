import SesameHTTP
import SesameOAuth
import SesameSecrets
import Testing

/// Names in quotes are those of the OpenID conformance suite's modules.
@Suite struct `An authorization response` {
    @Test func `with our state and a code becomes a grant with the verifier`() throws {
        let request = try request()
        let challenge = try ReceivedForm(query: request.url.query)["code_challenge"]
        let callback = try callback("code=c%2B1&state=STATE&session_state=x&scope=y", request)
        let isOurs = request.recognises(callback)
        #expect(isOurs)
        let grant = try request.grant(from: callback)
        var form = FormParameters()
        try grant.encode(into: &form)
        let sent = try form.encoded().withBytes { try ReceivedForm($0) }
        #expect(sent["code"] == "c+1")
        #expect(sent["redirect_uri"] == "http://127.0.0.1:8400/callback")
        let verifier = try #require(sent.secret("code_verifier").flatMap { CodeVerifier($0) })
        #expect(verifier.challenge == challenge)
    }

    @Test(arguments: [
        "code=c", "code=c&state=", "code=c&state=wrong", "code=c&state=STATEx",
        "code=c&state=STATE&state=STATE", "error=access_denied", "error=x&state=wrong", "",
    ])
    func `with a missing, wrong or doubled state is not ours`(_ query: String) throws {
        let request = try request()
        let callback = try callback(query, request)
        let isOurs = request.recognises(callback)
        #expect(!isOurs)
        #expect(code(of: request, callback) == .stateMismatch)
    }

    @Test func `"ensure-authorization-response-with-invalid-state-fails"`() throws {
        try expect(.stateMismatch, "code=c&state=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
    }

    @Test func `"ensure-authorization-response-with-invalid-missing-state-fails"`() throws {
        try expect(.stateMismatch, "code=c&iss=https://as.test")
    }

    @Test(arguments: [
        "https://evil.test", "https://as.test/", "HTTPS://as.test", "https://AS.test",
        "https%253A%252F%252Fas.test", "",
    ])
    func `M-1: "invalid-authorization-response-iss"`(_ issuer: String) throws {
        let query = "code=c&state=STATE&iss=\(issuer)"
        try expect(.issuerMismatch, query, try server(announcesIssuer: true))
        // An attacker's metadata would not announce the parameter (RFC 9700, section 4.4).
        try expect(.issuerMismatch, query, try server(announcesIssuer: false))
    }

    @Test func `M-2: "remove-authorization-response-iss"`() throws {
        let server = try server(announcesIssuer: true)
        try expect(.issuerMismatch, "code=c&state=STATE", server)
        try expect(.issuerMismatch, "error=access_denied&state=STATE", server)
    }

    @Test func `M-4: may have an iss that was never announced, if it is the right one`() throws {
        try expect(nil, "iss=https%3A%2F%2Fas.test&code=c&state=STATE")
        try expect(nil, "code=c&state=STATE&iss=https://as.test", try server(announcesIssuer: true))
    }

    /// An attacker's metadata lead the person to the honest server, and the code to the attacker (RFC 9700,
    /// section 4.4).
    ///
    /// Without a grant there is nothing that could be sent.
    @Test func `M-3: of another server than the one whose token endpoint waits is refused`() throws
    {
        let attacker = try server(
            issuer: "https://evil.test", authorize: "https://as.test/authorize",
            token: "https://evil.test/token")
        try expect(.issuerMismatch, "code=c&state=STATE&iss=https://as.test", attacker)
        try expect(.issuerMismatch, "error=x&state=STATE&iss=https://as.test", attacker)
    }

    @Test func `may have any iss where no issuer is known`() throws {
        try expect(nil, "code=c&state=STATE&iss=https://x.test", try server(issuer: nil))
        try expect(
            .issuerMismatch, "code=c&state=STATE&iss=https://x.test",
            try server(issuer: nil, announcesIssuer: true))
    }

    @Test(arguments: [
        "code=c&code=d&state=STATE", "code=c&state=STATE&iss=https://as.test&iss=https://as.test",
        "error=a&error=b&state=STATE", "state=STATE", "code=&state=STATE", "code=a%0Ab&state=STATE",
        "code=%C3%A4&state=STATE",
    ])
    func `M-5: with a doubled, missing or unprintable part is refused`(_ query: String) throws {
        try expect(.badCallback, query)
    }

    @Test func `with an error never yields its code`() throws {
        try expect(.authorizationDenied, "error=access_denied&state=STATE&code=c")
        try expect(.authorizationFailed, "error=server_error&state=STATE")
    }

    @Test func `passes the server's words on, made safe to show`() throws {
        let request = try request()
        let callback = try callback(
            "error=invalid_scope&error_description=no%1B%5B31m%0Aread&state=STATE", request)
        do {
            _ = try request.grant(from: callback)
            Issue.record("no error")
        } catch {
            #expect(error.serverCode == "invalid_scope")
            #expect(error.serverDescription == "no\\u{1b}[31m\\u{a}read")
            #expect(!error.message.contains("read"))
        }
    }

    @Test func `with a code of 16 KiB is accepted`() throws {
        try expect(nil, "code=\(String(repeating: "c", count: 16_384))&state=STATE")
    }

    @Test func `of one login is refused by another`() throws {
        let random = CountingRandom()
        let first = try SesameOAuthTests.request(random: random)
        let second = try SesameOAuthTests.request(random: random)
        let forFirst = try callback("code=c&state=STATE", first)
        let accepted = (first.recognises(forFirst), second.recognises(forFirst))
        #expect(accepted == (true, false))
    }

    @Test func `of mutated bytes is a grant or a typed error, never a trap`() throws {
        var numbers = SeededNumbers(state: 9207)
        let original = "code=c%2B1&state=STATE&iss=https%3A%2F%2Fas.test&error=&scope=a+b"
        var grants = 0
        for _ in 0..<5000 {
            let request = try SesameOAuthTests.request()
            let state = try #require(try ReceivedForm(query: request.url.query)["state"])
            let text = original.replacing("STATE", with: state)
            let bytes = numbers.mutated(Array(text.utf8))
            guard let callback = try? ReceivedForm(bytes.span) else { continue }
            if code(of: request, callback) == nil { grants += 1 }
        }
        #expect(grants > 0)
        #expect(grants < 5000)
    }
}

private func expect(
    _ expected: OAuthError.Code?, _ query: String, _ target: AuthorizationServer? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let request = try request(to: target)
    let callback = try callback(query, request)
    #expect(code(of: request, callback) == expected, sourceLocation: sourceLocation)
}

/// The callback with `STATE` replaced by the request's own.
private func callback(
    _ query: String, _ request: borrowing AuthorizationRequest
) throws -> ReceivedForm {
    let state = try #require(try ReceivedForm(query: request.url.query)["state"])
    return try ReceivedForm(query: query.replacing("STATE", with: state))
}

private func code(
    of request: consuming AuthorizationRequest, _ callback: ReceivedForm
) -> OAuthError.Code? {
    do { _ = try request.grant(from: callback) } catch { return error.code }
    return nil
}
