import SesameCrypto
import SesameHTTP
import SesameJOSE
import SesameJSON
import SesameOAuth
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

/// JARM: the callback is one signed text.
///
/// Names in quotes are those of the OpenID conformance suite's modules.
@Suite struct `A signed authorization response` {
    @Test func `is asked for, recognised by its state, and opened by the server's keys`()
        async throws
    {
        let issuer = try PracticeIssuer()
        let request = try request()
        #expect(try ReceivedForm(query: request.url.query)["response_mode"] == "query.jwt")
        let callback = try callback(issuer, request)
        let isOurs = request.recognises(callback)
        #expect(isOurs)
        let opened = try await client(of: issuer).parameters(
            ofSigned: callback, keys: IssuerKeys(time: ManualTime()), at: now)
        #expect(opened["code"] == "c-1")
        #expect(opened["aud"] == nil)
        let grant = try request.grant(from: opened)
        var form = FormParameters()
        try grant.encode(into: &form)
        #expect(try form.encoded().withBytes { try ReceivedForm($0) }["code"] == "c-1")
    }

    @Test(
        arguments: [
            ("ensure-jarm-without-iss-fails", "iss", nil, .issuerMismatch),
            ("ensure-jarm-with-invalid-iss-fails", "iss", "https://evil.test", .issuerMismatch),
            ("ensure-jarm-without-aud-fails", "aud", nil, .badCallback),
            ("ensure-jarm-with-invalid-aud-fails", "aud", "other", .badCallback),
            ("ensure-jarm-without-exp-fails", "exp", nil, .badCallback),
            (
                "ensure-jarm-with-expired-exp-fails", "exp", .integer(now.seconds - 360),
                .badCallback
            ),
        ] as [(String, String, JSONValue?, OAuthError.Code)])
    func `is refused where a claim is wrong`(
        module: String, name: String, value: JSONValue?, code: OAuthError.Code
    ) async throws {
        let issuer = try PracticeIssuer()
        let callback = try callback(issuer, try request(), [(name, value)])
        #expect(await refusal(of: callback, by: issuer) == code, "\(module)")
    }

    @Test func `"ensure-jarm-with-invalid-sig-fails", "ensure-jarm-signature-is-not-none"`()
        async throws
    {
        let (issuer, forger) = (try PracticeIssuer(), try PracticeIssuer())
        let request = try request()
        let forged = try callback(forger, request)
        #expect(await refusal(of: forged, by: issuer) == .badCallback)
        let text = try #require(try callback(issuer, request)["response"]).split(separator: ".")
        let header = Base64URL.encode(Array(#"{"alg":"none"}"#.utf8).span)
        let unsigned = try ReceivedForm(query: "response=\(header).\(text[1]).")
        #expect(await refusal(of: unsigned, by: issuer) == .badCallback)
    }

    @Test(arguments: [
        "code=c&state=STATE", "response=x", "response=", "", "response=a.b.c",
        "response=JWT&response=JWT",
    ])
    func `is not taken for ours where there is none, or no one`(query: String) throws {
        let issuer = try PracticeIssuer()
        let request = try request()
        let state = try #require(try ReceivedForm(query: request.url.query)["state"])
        let text = try #require(try callback(issuer, request)["response"])
        let filled = query.replacing("STATE", with: state).replacing("JWT", with: text)
        let isOurs = request.recognises(try ReceivedForm(query: filled))
        #expect(!isOurs)
    }

    @Test func `of another login is not ours`() throws {
        let issuer = try PracticeIssuer()
        let isOurs = try request().recognises(
            try callback(issuer, try request(random: SystemRandom())))
        #expect(!isOurs)
    }

    private func request(
        random: any RandomSource = CountingRandom()
    ) throws -> AuthorizationRequest {
        try AuthorizationRequest(
            to: try server(), clientID: "cli", redirectURI: "http://127.0.0.1:8400/callback",
            responseMode: .queryJWT, random: random)
    }

    private func callback(
        _ issuer: PracticeIssuer, _ request: borrowing AuthorizationRequest,
        _ changes: [(String, JSONValue?)] = []
    ) throws -> ReceivedForm {
        let state = try ReceivedForm(query: request.url.query)["state"] ?? ""
        var claims: [(String, JSONValue)] = [
            ("iss", "https://as.test"), ("aud", "cli"), ("exp", .integer(now.seconds + 300)),
            ("code", "c-1"), ("state", .string(state)), ("n", .integer(7)),
        ]
        for (name, value) in changes {
            claims.removeAll { $0.0 == name }
            if let value { claims.append((name, value)) }
        }
        return try ReceivedForm(query: "response=" + (try issuer.sign(.object(claims))))
    }

    private func client(of issuer: PracticeIssuer) throws -> OAuthClient {
        try openIDClient(ScriptedTransport { _, _ in PracticeIssuer.document([issuer.jwk]) })
    }

    private func refusal(
        of callback: ReceivedForm, by issuer: PracticeIssuer
    ) async -> OAuthError.Code? {
        do {
            _ = try await client(of: issuer).parameters(
                ofSigned: callback, keys: IssuerKeys(time: ManualTime()), at: now)
            return nil
        } catch { return (error as? OAuthError)?.code }
    }
}
