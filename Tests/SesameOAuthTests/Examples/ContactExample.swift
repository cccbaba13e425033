import SesameCurl
import SesameHTTP
import SesameOAuth
import SesameSecrets

/// Creates a contact in Mautic by client credentials: all that a program has to write.
func createContact(secret: Secret, over transport: any HTTPTransport = CurlTransport())
    async throws -> Int
{
    guard let mautic = HTTPURL("https://acme.example") else { return 0 }
    let client = OAuthClient(
        server: AuthorizationServer(tokenEndpoint: mautic.appending(path: "/oauth/v2/token")),
        clientID: "1_abc", authentication: ClientSecretPost(secret: secret), transport: transport)
    let api = SigningTransport(
        transport, tokens: ClientCredentialsTokenSource(client: client),
        destinations: Destinations([mautic.appending(path: "/api")]))

    var request = HTTPRequest("POST", mautic.appending(path: "/api/contacts/new"))
    request.fields.set("Content-Type", "application/json")
    request.body = Secret(utf8: #"{"email":"ada@example.com","firstname":"Ada"}"#)
    return try await api.send(request).status  // 201: created, 200: updated
}
