import Glibc
import SesameCrypto
import SesameHTTP
import SesameJOSE
import SesameJSON
import SesamePlayground
import SesameSecrets
import SesameStore
import SesameSystem
import TestSupport
import Testing

/// JA-1: the broker signs its authorization requests, and the practice server believes nothing else.
@Suite struct `A login whose request is signed` {
    private static func profile(_ issuer: String, _ client: String, _ more: String = "") -> String {
        """
        [profile p]
        issuer = @/\(issuer)
        client_id = \(client)
        scope = read
        client_key_file = client.key
        \(more)

        """
    }

    /// A profile whose client shows a secret, with a key for its requests alone.
    private func withSecret(_ issuer: String, _ kind: KeyKind) async throws -> Rig {
        let settings = "client_auth = client_secret_basic\njar = required"
        let rig = try Rig(
            .unixSocket, Self.profile(issuer, "practice-confidential", settings))
        try await rig.give("practice-secret", to: "p")
        try rig.use(kind, of: "practice-confidential")
        return rig
    }

    /// The practice server opens what is signed wherever it comes, and at one place takes nothing else.
    @Test(arguments: KeyKind.allCases)
    func `ends with a token where the server wants it so`(kind: KeyKind) async throws {
        let rig = try Rig(.unixSocket, Self.profile("jar", "practice-key-jwt"))
        try rig.use(kind, of: "practice-key-jwt")
        let login = try await rig.beginLogin("p")
        let query = try ReceivedForm(query: login.url.query)
        #expect(query.names.sorted() == ["client_id", "request"])
        _ = try await PracticeBrowser().open(login.url)
        let done = try await rig.call("GET", "/logins/\(login.id)?wait=20").json
        #expect(done["state"]?.string == "done", "\(done["error"]?["detail"]?.string ?? "")")
        #expect(try await rig.token("p", "?refresh=true").status == 200)
    }

    @Test func `is what a profile may want where the server does not`() async throws {
        let rig = try Rig(.unixSocket, Self.profile("rfc", "practice-key-jwt", "jar = required"))
        try rig.use(.p256, of: "practice-key-jwt")
        let login = try await rig.beginLogin("p")
        #expect(login.url.query?.contains("&request=") == true)
        #expect(try await PracticeBrowser().open(login.url).body.contains("Signed in"))
    }

    @Test func `is plain where neither wants it`() async throws {
        let rig = try Rig(.unixSocket, Self.profile("rfc", "practice-key-jwt"))
        try rig.use(.p256, of: "practice-key-jwt")
        let login = try await rig.beginLogin("p")
        #expect(login.url.query?.contains("request=") == false)
    }

    @Test func `can be pushed as well`() async throws {
        let rig = try await withSecret("par", .p256)
        #expect(try await rig.logIn("p")["state"]?.string == "done")
        // It is what was signed that counted: with another key the same request is refused.
        rig.register(try PrivateKey.generate(.p256).publicKey(), of: "practice-confidential")
        let refused = try await rig.call("POST", "/profiles/p/login", #"{"mode":"browser"}"#)
        #expect(refused.problem == "server_refused", "\(refused.text)")
        #expect(refused.text.contains("knows the public key"))
        #expect(!refused.text.contains("par = off"), "it would be refused there as well")
    }

    /// Nobody signs as a client that has no name yet, and the next one of that name is the same profile's.
    @Test func `goes on when the client is registered, and when it is registered anew`()
        async throws
    {
        let rig = try Rig(
            .unixSocket,
            """
            [profile p]
            issuer = @/mcp
            resource = @/mcp/api
            client_auth = none
            jar = required
            client_key_file = client.key
            scope = read

            """)
        try PrivateFile.create(
            rig.folder.file("client.key"),
            try PrivateJWK(try PrivateKey.generate(.p256)).encoded())
        for _ in 1...2 {
            let made = try await rig.call(
                "PUT", "/profiles/p", #"{"settings":{},"register":true}"#)
            #expect(made.status == 200, "\(made.text)")
            let done = try await rig.logIn("p")
            #expect(done["state"]?.string == "done", "\(done["error"]?["detail"]?.string ?? "")")
        }
        // Another scope is none of the key's business.
        try #require(unsafe unlink(rig.folder.file("client.key")) == 0)
        let before = try await rig.store.secrets(of: "p")?.registration?.accessToken
        _ = try await rig.call("PUT", "/profiles/p", #"{"settings":{"scope":["read write"]}}"#)
        let after = try await rig.store.secrets(of: "p")?.registration?.accessToken
        #expect(try !#require(before).equals(#require(after)), "the server was told")
        let other = try await rig.call("PUT", "/profiles/p", #"{"settings":{"jar":["off"]}}"#)
        #expect(other.text.contains("as it was registered"), "\(other.text)")
    }

    /// What would be useless is not registered, and what is there stays.
    @Test func `is not registered without its key`() async throws {
        let rig = try Rig(
            .unixSocket,
            """
            [profile p]
            issuer = @/mcp
            jar = required
            client_key_file = client.key
            scope = read

            """)
        let refused = try await rig.call(
            "PUT", "/profiles/p", #"{"settings":{},"register":true}"#)
        #expect(refused.problem == "configuration", "\(refused.text)")
        #expect(refused.text.contains("client.key"))
        #expect(try await rig.store.secrets(of: "p")?.registration == nil)
    }

    /// The key is for requests alone then.
    @Test func `has a key of its own where the client authenticates with a secret`() async throws {
        let rig = try await withSecret("jar", .ed25519)
        #expect(try await rig.logIn("p")["state"]?.string == "done")
    }

    @Test(arguments: [
        ("client_auth = client_secret_basic", "no key to sign its authorization requests"),
        ("jar = off", "takes signed authorization requests only"),
    ])
    func `is not begun where it cannot be signed`(setting: String, words: String) async throws {
        let rig = try Rig(.unixSocket, Self.profile("jar", "practice-key-jwt", setting))
        try rig.use(.p256, of: "practice-key-jwt")
        if setting.hasPrefix("client_auth") { try await rig.give("practice-secret", to: "p") }
        let answer = try await rig.call("POST", "/profiles/p/login", #"{"mode":"browser"}"#)
        #expect(answer.problem == "configuration")
        #expect(answer.text.contains(words), "\(answer.text)")
    }
}

extension Rig {
    fileprivate func use(_ kind: KeyKind, of client: String) throws {
        let key = try PrivateKey.generate(kind)
        try PrivateFile.create(folder.file("client.key"), try PrivateJWK(key).encoded())
        register(try key.publicKey(), of: client)
    }

    fileprivate func register(_ key: PublicKey, of client: String) {
        playground.service.register(JWKSet([JWK(key)]), of: client, at: nil)
    }
}
