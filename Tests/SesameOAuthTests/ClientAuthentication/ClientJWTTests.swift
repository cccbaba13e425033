import SesameCrypto
import SesameHTTP
import SesameJOSE
import SesameJSON
import SesameOAuth
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@Suite struct `A client that signs` {
    private let key: PrivateJWK

    init() throws {
        key = PrivateJWK(try PrivateKey.generate(.p256), keyID: "k1")
    }

    /// J-1, J-3; RFC 7523, section 3.
    @Test func `states who it is, to whom, and for how long`() async throws {
        let transport = ScriptedTransport([.answer(granted)])
        let client = try client(transport, authentication: method())
        _ = try await client.redeem(ClientCredentialsGrant(scope: "read"), at: now)
        let form = try #require(transport.requests[0].form)
        #expect(
            form["client_assertion_type"]
                == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
        #expect(form["client_id"] == "cli")
        let (header, claims) = try verified(form)
        #expect(header.algorithm == .es256 && header.keyID == "k1")
        #expect(header.type == "client-authentication+jwt")
        #expect(claims["iss"]?.string == "cli" && claims["sub"]?.string == "cli")
        #expect(claims["iat"]?.integer == now.seconds)
        #expect(claims["exp"]?.integer == now.seconds + 60)
        #expect((claims["jti"]?.string ?? "").utf8.count == 22)
    }

    /// J-2; RFC 7523bis, section 4; FAPI 2.0, section 5.3.3.1; CVE-2025-27370.
    @Test func `names the issuer as the only audience, as a text and not as a list`() async throws {
        #expect(try await audience(of: ClientAssertionForm()) == "https://as.test")
    }

    @Test func `names the very endpoint where the profile says so`() async throws {
        var form = ClientAssertionForm()
        form.audience = .endpoint
        #expect(try await audience(of: form) == "https://as.test/token")
        let transport = ScriptedTransport([.answer(.content("", type: nil))])
        let client = try client(transport, authentication: method(form))
        try await client.revoke(Secret(utf8: "t"), hint: "access_token", at: now)
        let claims = try verified(try #require(transport.requests[0].form)).1
        #expect(claims["aud"]?.string == "https://as.test/revoke")
    }

    /// J-6: whoever sets a server up by hand names the issuer, or says that the endpoint will do.
    @Test func `signs nothing for a server whose issuer it does not know`() async throws {
        let transport = ScriptedTransport([.answer(granted)])
        let client = try client(
            transport, server: try server(issuer: nil), authentication: method())
        let refused = await failure { () async throws(OAuthError) in
            _ = try await client.redeem(ClientCredentialsGrant(), at: now)
        }
        #expect(refused?.code == .invalidMetadata)
        #expect(transport.requests.isEmpty)
    }

    /// J-4: at the token endpoint and at the others, at the first attempt and at the next.
    @Test func `signs anew for every request`() async throws {
        let transport = ScriptedTransport { _, _ in granted }
        let client = try client(transport, authentication: method())
        for _ in 0..<3 {
            _ = try await client.redeem(ClientCredentialsGrant(), at: now)
            try await client.revoke(Secret(utf8: "t"), hint: "access_token", at: now)
        }
        let names = try transport.requests.map { request in
            try verified(try #require(request.form)).1["jti"]?.string
        }
        #expect(names.count == 6 && Set(names).count == 6)
    }

    /// F-2.
    @Test func `sends nothing else that would show who it is`() async throws {
        let transport = ScriptedTransport([.answer(granted)])
        let client = try client(transport, authentication: method())
        _ = try await client.redeem(ClientCredentialsGrant(), at: now)
        #expect(!transport.requests[0].fields.contains("Authorization"))
        #expect(transport.requests[0].form?.names.contains("client_secret") == false)
        #expect(transport.requests[0].url.query == nil)
    }

    @Test func `writes another type for a server that does not know this one`() async throws {
        var form = ClientAssertionForm()
        form.type = "JWT"
        let transport = ScriptedTransport([.answer(granted)])
        let client = try client(transport, authentication: method(form))
        _ = try await client.redeem(ClientCredentialsGrant(), at: now)
        #expect(try verified(try #require(transport.requests[0].form)).0.type == "JWT")
    }

    static let choices: [(KeyKind, [String]?, String?)] = [
        (KeyKind.p256, ["RS256", "ES256"], "ES256"), (.p256, nil, "ES256"),
        (.p256, [], "ES256"),
        (.ed25519, ["EdDSA", "Ed25519"], "Ed25519"), (.ed25519, ["EdDSA"], "EdDSA"),
        (.ed25519, nil, "EdDSA"), (.rsa, ["RS256", "PS256"], "PS256"),
        (.rsa, ["RS256"], "RS256"),
        (.rsa, nil, "RS256"), (.p256, ["PS256", "HS256"], nil), (.rsa, ["ES256"], nil),
        (.ed25519, ["ES256", "none"], nil),
    ]

    /// J-5; the first of each list is what FAPI 2.0, section 5.4.1 allows.
    @Test(arguments: choices)
    func `signs with the best that its key can do and the server takes`(
        kind: KeyKind, announced: [String]?, expected: String?
    ) async throws {
        let key = PrivateJWK(try PrivateKey.generate(kind))
        var server = try server()
        server.tokenEndpointAuthSigningAlgorithms = announced
        let transport = ScriptedTransport([.answer(granted)])
        let client = try client(
            transport, server: server,
            authentication: PrivateKeyJWT { () throws(OAuthError) in key })
        let refused = await failure { () async throws(OAuthError) in
            _ = try await client.redeem(ClientCredentialsGrant(), at: now)
        }
        #expect(refused?.code == (expected == nil ? .clientKeyUnusable : nil))
        let assertion = try transport.requests.first?.form?.secret("client_assertion").map {
            try CompactJWS(parsing: $0)
        }
        #expect(assertion?.header.algorithm?.rawValue == expected)
    }

    @Test func `keeps to the algorithm that its key is meant for`() async throws {
        let key = PrivateJWK(try PrivateKey.generate(.rsa), algorithm: .ps256)
        let transport = ScriptedTransport([.answer(granted)])
        let client = try client(
            transport, authentication: PrivateKeyJWT { () throws(OAuthError) in key })
        _ = try await client.redeem(ClientCredentialsGrant(), at: now)
        let assertion = try #require(transport.requests[0].form?.secret("client_assertion"))
        #expect(try CompactJWS(parsing: assertion).header.algorithm == .ps256)
    }

    /// What an endpoint repeats is shown to nobody.
    @Test func `is not told its own statement in an error`() async throws {
        let transport = ScriptedTransport { _, request in
            let assertion = request.form?["client_assertion"] ?? ""
            return .json(
                #"{"error":"invalid_client","error_description":"bad: \#(assertion)"}"#, status: 401
            )
        }
        let client = try client(transport, authentication: method())
        let refused = await failure { () async throws(OAuthError) in
            _ = try await client.redeem(ClientCredentialsGrant(), at: now)
        }
        #expect(refused?.code == .clientRejected)
        #expect(refused?.serverDescription == nil)
    }

    private func method(_ form: ClientAssertionForm = ClientAssertionForm()) -> PrivateKeyJWT {
        PrivateKeyJWT(form: form) { [key] () throws(OAuthError) in key }
    }

    private func verified(_ form: ReceivedForm) throws -> (JWSHeader, JSON) {
        let text = try #require(form.secret("client_assertion"))
        let verified = try CompactJWS(parsing: text).verified(
            by: try key.publicJWK(), allowing: [.es256])
        return (verified.header, try verified.claims())
    }

    private func audience(of form: ClientAssertionForm) async throws -> String? {
        let transport = ScriptedTransport([.answer(granted)])
        let client = try client(transport, authentication: method(form))
        _ = try await client.redeem(ClientCredentialsGrant(), at: now)
        return try verified(try #require(transport.requests[0].form)).1["aud"]?.string
    }
}

@Suite struct `A client that signs with its secret` {
    private let secret = Secret(utf8: "a secret of thirty-two bytes, or more")

    @Test func `does not send it`() async throws {
        let transport = ScriptedTransport([.answer(granted)])
        let client = try client(transport, authentication: ClientSecretJWT(secret: secret))
        _ = try await client.redeem(ClientCredentialsGrant(), at: now)
        let form = try #require(transport.requests[0].form)
        #expect(!form.names.contains("client_secret"))
        let text = try #require(form.secret("client_assertion"))
        let claims = try CompactJWS(parsing: text).verified(bySecret: secret).claims()
        #expect(claims["sub"]?.string == "cli" && claims["aud"]?.string == "https://as.test")
    }

    /// RFC 7518, section 3.2.
    @Test func `needs one of 32 bytes`() async throws {
        let transport = ScriptedTransport([.answer(granted)])
        let short = ClientSecretJWT(secret: Secret(utf8: "thirty-one bytes are not enough"))
        let client = try client(transport, authentication: short)
        let refused = await failure { () async throws(OAuthError) in
            _ = try await client.redeem(ClientCredentialsGrant(), at: now)
        }
        #expect(refused?.code == .clientKeyUnusable)
        #expect(transport.requests.isEmpty)
    }
}

private let granted = HTTPResponse.json(#"{"access_token":"t","token_type":"Bearer"}"#)
