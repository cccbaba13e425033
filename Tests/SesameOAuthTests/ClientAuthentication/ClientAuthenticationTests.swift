import SesameHTTP
import SesameOAuth
import SesameSecrets
import TestSupport
import Testing

@Suite struct `Client authentication` {
    /// Section 2.3.1 and appendix B of RFC 6749, then cases of our own.
    @Test(arguments: [
        (
            "s6BhdRkqt3", "7Fjfp0ZBr1KtDRbnfVdmIw",
            "Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3"
        ),
        ("s6BhdRkqt3", "gX1fBat3bV", "Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW"),
        (" %&+£€", "x", "Basic KyUyNSUyNiUyQiVDMiVBMyVFMiU4MiVBQzp4"),
        (
            "client:id", "sec ret+%&=/?:@",
            "Basic Y2xpZW50JTNBaWQ6c2VjK3JldCUyQiUyNSUyNiUzRCUyRiUzRiUzQSU0MA=="
        ),
        (
            "a%3Ab", "p-_.!~*'()ä",
            "Basic YSUyNTNBYjpwLV8uJTIxJTdFKiUyNyUyOCUyOSVDMyVBNA=="
        ),
    ])
    func `by Basic encodes both parts first`(_ vector: (String, String, String)) throws {
        let method = ClientSecretBasic(secret: Secret(utf8: vector.1))
        let (form, request) = try authenticate(method, clientID: vector.0)
        #expect(request.revealed("Authorization") == vector.2)
        #expect(form.names.isEmpty)
    }

    @Test func `by Basic sends both parts as they are where the server never decodes`() throws {
        let method = ClientSecretBasic(secret: Secret(utf8: "a:b%/="), encoding: .raw)
        let (_, request) = try authenticate(method, clientID: "cli")
        #expect(request.revealed("Authorization") == "Basic Y2xpOmE6YiUvPQ==")
        #expect(throws: OAuthError.self) { try authenticate(method, clientID: "a:b") }
    }

    @Test func `in the body needs no field`() throws {
        let method = ClientSecretPost(secret: Secret(utf8: "s"))
        let (form, request) = try authenticate(method, clientID: "cli")
        #expect(form.names == ["client_id", "client_secret"])
        #expect(request.fields.all.isEmpty)
    }

    @Test func `of a public client is its name alone`() throws {
        let (form, request) = try authenticate(NoClientAuthentication(), clientID: "cli")
        #expect(form.names == ["client_id"])
        #expect(request.fields.all.isEmpty)
    }

    @Test func `is chosen from what the server announces`() throws {
        var server = try server()
        let secret = Secret(utf8: "s")
        #expect(server.authentication(secret: nil) is NoClientAuthentication)
        #expect(server.authentication(secret: secret) is ClientSecretBasic)
        server.tokenEndpointAuthMethods = ["client_secret_post", "client_secret_basic"]
        #expect(server.authentication(secret: secret) is ClientSecretBasic)
        server.tokenEndpointAuthMethods = ["none", "client_secret_post"]
        #expect(server.authentication(secret: secret) is ClientSecretPost)
        server.tokenEndpointAuthMethods = ["private_key_jwt"]
        #expect(server.authentication(secret: secret) is ClientSecretBasic)
    }

    @Test func `never shows the secret in a printed request`() throws {
        let method = ClientSecretBasic(secret: Secret(utf8: "CANARY"), encoding: .raw)
        let (_, request) = try authenticate(method, clientID: "cli")
        var dumped = ""
        dump(request, to: &dumped)
        dump(method, to: &dumped)
        #expect(!dumped.contains("CANARY"))
        #expect(!dumped.contains("Q0FOQVJZ"))
    }
}

private func authenticate(
    _ method: some ClientAuthentication, clientID: String
) throws -> (FormParameters, HTTPRequest) {
    var form = FormParameters()
    var request = HTTPRequest("POST", try url("https://as.test/token"))
    try method.authenticate(
        &form, &request.fields, clientID: clientID, server: try server(),
        endpoint: try url("https://as.test/token"), at: now)
    return (form, request)
}
