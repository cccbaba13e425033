import SesameHTTP
import SesameJOSE
import SesameJSON
import SesameOAuth
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

/// RFC 9449, section 4.
@Suite struct `A proof of a key` {
    private func proof(
        _ method: String = "POST", _ text: String = "https://as.test/token",
        token: String? = nil
    ) throws -> ReceivedProof {
        var request = HTTPRequest(method, try url(text))
        try prover().prove(
            &request, to: token == nil ? .authorization : .resource,
            accessToken: token.map { Secret(utf8: $0) }, at: now)
        return try ReceivedProof(request)
    }

    @Test
    func `DP-1: has a type, an algorithm and the public key, and nothing else, in its header`()
        throws
    {
        let proof = try proof()
        #expect(proof.header.members?.map(\.name).sorted() == ["alg", "jwk", "typ"])
        #expect(proof.header["typ"]?.string == "dpop+jwt")
        #expect(proof.header["alg"]?.string == "ES256")
        let members = proof.header["jwk"]?.members?.map(\.name).sorted()
        #expect(members == ["crv", "kty", "x", "y"])
    }

    @Test func `DP-2: says method, URL and time, and nothing of the token, at the token endpoint`()
        throws
    {
        let proof = try proof()
        #expect(proof.claims.members?.map(\.name).sorted() == ["htm", "htu", "iat", "jti"])
        #expect(proof["htm"] == "POST")
        #expect(proof["htu"] == "https://as.test/token")
        #expect(proof.time == now.seconds)
    }

    @Test(arguments: [
        ("https://api.test/a/b?c=d", "https://api.test/a/b"),
        ("https://api.test/a?", "https://api.test/a"),
        ("https://api.test/a#f", "https://api.test/a"),
        ("https://api.test:443/a", "https://api.test/a"),
        ("HTTPS://API.test/a%20B", "https://api.test/a%20B"),
        ("https://api.test:8443/", "https://api.test:8443/"),
        ("https://api.test", "https://api.test/"),
        ("http://127.0.0.1:80/x", "http://127.0.0.1/x"),
    ])
    func `DP-2: names the URL without query, fragment and usual port`(
        sent: String, named: String
    ) throws {
        #expect(try proof("GET", sent)["htu"] == named)
    }

    @Test(arguments: ["GET", "patch", "M-SEARCH"])
    func `DP-2: names the method as it is sent`(method: String) throws {
        #expect(try proof(method)["htm"] == method)
    }

    @Test func `DP-2: has a name of at least 96 bits that no other has`() throws {
        let prover = try prover()
        var names: Set<String> = []
        for _ in 0..<100 {
            var request = HTTPRequest("GET", try url("https://api.test/"))
            try prover.prove(&request, to: .resource, at: now)
            let name = try #require(try ReceivedProof(request)["jti"])
            let decoded = Base64URL.decode(Array(name.utf8).span)
            #expect((decoded?.count ?? 0) * 8 >= 96)
            names.insert(name)
        }
        #expect(names.count == 100)
    }

    /// RFC 9449, section 7.1.
    @Test func `DP-3: carries the hash of the token that goes with it`() throws {
        let proof = try proof(
            "GET", "https://resource.example.org/protectedresource",
            token: "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU")
        #expect(proof["ath"] == "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo")
        #expect(proof["htu"] == "https://resource.example.org/protectedresource")
    }

    @Test(arguments: [
        (nil, "ES256"), ([], "ES256"), (["RS256", "EdDSA", "ES256"], "ES256"),
        (["PS256", "Ed25519"], "Ed25519"), (["EdDSA"], "EdDSA"), (["EdDSA", "Ed25519"], "Ed25519"),
    ])
    func `DP-11: is signed by what the server takes, P-256 first`(
        announced: [String]?, used: String
    ) throws {
        var server = try server()
        server.dpopSigningAlgorithms = announced
        let key = try DPoPKey.generate(for: server)
        // Stored and read again, it is still the same.
        for key in [key, try DPoPKey(parsing: key.encoded)] {
            var request = HTTPRequest("POST", server.tokenEndpoint)
            try DPoPProver(key).prove(&request, to: .authorization, at: now)
            let proof = try ReceivedProof(request)
            #expect(proof.header["alg"]?.string == used)
            #expect(proof.key.thumbprint == key.thumbprint)
        }
    }

    @Test func `DP-11: is not made where the server takes none that we know`() throws {
        var server = try server()
        server.dpopSigningAlgorithms = ["RS256", "ES384", "none"]
        #expect(
            code { () throws(OAuthError) in _ = try DPoPKey.generate(for: server) }
                == .proofKeyUnusable)
    }

    /// RFC 8037, appendix A 3: the thumbprint of a key that was stored.
    @Test func `DP-6: is made with a key that was stored, too`() throws {
        let key = try DPoPKey(
            parsing: Secret(
                utf8: #"{"kty":"OKP","crv":"Ed25519","alg":"Ed25519","#
                    + #""d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","#
                    + #""x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#))
        #expect(key.thumbprint == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")
        for text in ["", "{}", #"{"kty":"EC"}"#] {
            #expect(
                code { () throws(OAuthError) in _ = try DPoPKey(parsing: Secret(utf8: text)) }
                    == .proofKeyUnusable)
        }
    }

    @Test func `DP-11: knows the algorithms from the server's metadata`() throws {
        let document =
            #"{"issuer":"https://as.test","token_endpoint":"https://as.test/token","#
            + #""dpop_signing_alg_values_supported":["ES256","EdDSA"]}"#
        let server = try AuthorizationServer(
            metadata: try JSON(parsing: Secret(utf8: document)), expectedIssuer: "https://as.test")
        #expect(server.dpopSigningAlgorithms == ["ES256", "EdDSA"])
    }
}
