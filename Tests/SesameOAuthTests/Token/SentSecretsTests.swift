import SesameHTTP
import SesameJSON
import SesameOAuth
import SesameSecrets
import TestSupport
import Testing

@Suite struct `What a server says about a refusal` {
    private static let refreshToken = "rt-0123456789abcdef+ghi/jkl=mno"
    private static let clientSecret = "cs: 9876543210 %41"

    @Test(arguments: [
        ("unknown token \(refreshToken)!", 0...3), (refreshToken, 0...3),
        // Cut off by the server, and by the length that is shown.
        ("no such token rt-0123456789abcd…", 0...3),
        (String(repeating: "w", count: 180) + refreshToken, 0...3),
        ("bad secret \(clientSecret)", 1...3), ("bad field \(basic)", 2...2),
    ])
    func `is dropped when it repeats a secret that was sent`(
        vector: (words: String, methods: ClosedRange<Int>)
    ) async throws {
        for method in Self.authentications.indices {
            let error = try await refused(vector.words, by: Self.authentications[method])
            #expect((error.serverDescription == nil) == vector.methods.contains(method))
            #expect(error.serverCode == "invalid_grant")
            #expect(error.code == .grantEnded)
        }
    }

    @Test func `is dropped as a code, too`() async throws {
        let error = try await refused("words", code: Self.refreshToken, by: Self.authentications[0])
        #expect(error.serverCode == nil)
        #expect(error.serverDescription == "words")
        #expect(error.code == .serverRefused)
    }

    @Test func `is kept otherwise`() async throws {
        let error = try await refused("the token has expired", by: Self.authentications[1])
        #expect(error.serverDescription == "the token has expired")
    }

    @Test func `is dropped when a code, a verifier or a revoked token is repeated`() async throws {
        let transport = ScriptedTransport { _, request in
            let form = request.form
            let secret = form?["code_verifier"] ?? form?["token"] ?? ""
            return .json(
                #"{"error":"invalid_grant","error_description":"\#(secret)"}"#, status: 400)
        }
        let client = try client(transport)
        let grant = try codeGrant()
        do throws(OAuthError) {
            _ = try await client.redeem(grant, at: now)
            Issue.record("the refusal was taken for an answer")
        } catch {
            #expect(error.serverDescription == nil)
        }
        let error = await failure { () async throws(OAuthError) in
            try await client.revoke(Secret(utf8: "r-1"), hint: "refresh_token", at: now)
        }
        #expect(error?.serverDescription == nil)
        #expect(error?.serverCode == "invalid_grant")
    }

    @Test func `is dropped when the request is too large to be searched`() async throws {
        let error = try await refused(
            "words", by: Self.authentications[0], token: String(repeating: "r", count: 70_000))
        #expect(error.serverDescription == nil)
        #expect(error.code == .grantEnded)
    }

    private static let authentications: [any ClientAuthentication] = [
        NoClientAuthentication(), ClientSecretPost(secret: Secret(utf8: clientSecret)),
        ClientSecretBasic(secret: Secret(utf8: clientSecret)),
        ClientSecretBasic(secret: Secret(utf8: clientSecret), encoding: .raw),
    ]

    /// What the field holds that `.rfc` makes.
    private static let basic: String = {
        var pair = SecretBuffer()
        pair.append("cli:")
        FormParameters.encode(clientSecret, into: &pair)
        return pair.withBytes { bytes in
            var out = SecretBuffer()
            Base64.encode(bytes, into: &out)
            return Secret(out).dangerouslyRevealedText()
        }
    }()

    private func refused(
        _ words: String, code: String = "invalid_grant", by method: any ClientAuthentication,
        token: String = refreshToken
    ) async throws -> OAuthError {
        let body = JSONValue.object([
            ("error", .string(code)), ("error_description", .string(words)),
        ]).encoded().dangerouslyRevealedText()
        let client = try client(
            ScriptedTransport([.answer(.json(body, status: 400))]), authentication: method)
        let error = await failure { () async throws(OAuthError) in
            _ = try await client.redeem(
                RefreshTokenGrant(refreshToken: Secret(utf8: token)), at: now)
        }
        return try #require(error)
    }
}

private func codeGrant() throws -> AuthorizationCodeGrant {
    let request = try request()
    let state = try #require(try ReceivedForm(query: request.url.query)["state"])
    return try request.grant(from: try ReceivedForm(query: "code=c&state=\(state)"))
}
