import SesameCrypto
import SesameJOSE
import SesameJSON
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

/// What a server is told of a client that has keys, a certificate or demands (RFC 7591, RFC 8705).
@Suite(.enabled(if: CertificateAuthority.isAvailable, "needs the programs openssl and socat"))
struct `What a client says about itself` {
    private let identity: CertificateAuthority.Identity
    private let authority: CertificateAuthority

    init() throws {
        authority = try CertificateAuthority()
        identity = try authority.issueSelfSigned(
            ["DNS:client.example"], subject: "/O=Example/CN=client")
    }

    private func metadata(
        _ more: String, _ prepare: (Rig) throws -> Void = { _ in }
    ) async throws -> JSON {
        let rig = try Rig(
            .unixSocket,
            """
            [profile p]
            issuer = https://as.test
            client_id = https://id.test/sesame
            \(more)

            """)
        try prepare(rig)
        return try await rig.call(
            "GET", "/profiles/p/client-metadata?client_id=https%3A%2F%2Fid.test%2Fsesame"
        ).json
    }

    private func certified(_ method: String) -> String {
        """
        client_auth = \(method)
        client_certificate_file = \(identity.certificate)
        client_key_file = \(identity.key)
        """
    }

    @Test func `names whom its certificate names, where an authority vouches for that`()
        async throws
    {
        let said = try await metadata(certified("tls_client_auth"))
        #expect(said["token_endpoint_auth_method"]?.string == "tls_client_auth")
        #expect(said["tls_client_auth_subject_dn"]?.string == "CN=client,O=Example")
        #expect(said["tls_client_certificate_bound_access_tokens"] == nil, "nobody asked for it")
        #expect(said["jwks"] == nil)
    }

    @Test func `has the certificate itself, with its key, where nobody vouches for it`()
        async throws
    {
        let said = try await metadata(certified("self_signed_tls_client_auth"))
        let held = try CertifiedKey(
            chain: try PrivateFile.readShared(identity.certificate, limit: 65_536),
            key: try PrivateFile.readShared(identity.key, limit: 65_536))
        let key = try #require(said["jwks"]?["keys"]?.elements?.first)
        #expect(key["kty"]?.string == "EC" && key["x"]?.string?.isEmpty == false)
        #expect(key["d"] == nil)
        #expect(key["x5c"]?.elements?.map(\.string) == [try held.encoded()])
        #expect(said["tls_client_auth_subject_dn"] == nil)
    }

    @Test func `has the public key that it signs its requests with, and what it demands`()
        async throws
    {
        let key = PrivateJWK(try PrivateKey.generate(.ed25519), keyID: "k1")
        let said = try await metadata(
            "client_auth = none\nclient_key_file = client.key\njar = required\npar = required\n"
                + "dpop = required"
        ) { rig in try PrivateFile.create(rig.folder.file("client.key"), try key.encoded()) }
        let keys = try #require(said["jwks"]?["keys"]?.elements)
        #expect(keys.map { $0["kid"]?.string } == ["k1"] && keys[0]["d"] == nil)
        for name in [
            "require_signed_request_object", "require_pushed_authorization_requests",
            "dpop_bound_access_tokens",
        ] { #expect(said[name]?.bool == true, "\(name)") }
    }

    @Test func `demands nothing that the profile does not`() async throws {
        let said = try await metadata("client_auth = none\nclient_key_file = client.key")
        let names = Set(said.members?.map(\.name) ?? [])
        #expect(
            names == [
                "client_id", "client_name", "redirect_uris", "grant_types", "response_types",
                "token_endpoint_auth_method", "application_type",
            ])
    }
}
