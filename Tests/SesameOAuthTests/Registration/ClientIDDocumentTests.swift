import SesameHTTP
import SesameJSON
import SesameOAuth
import SesameSecrets
import TestSupport
import Testing

@Suite struct `A client id that is the URL of a document` {
    @Test(arguments: [
        "https://client.test", "https://client.test/", "https://client.test/a/../b",
        "https://client.test/./a", "https://client.test/%2e%2E/a", "https://client.test/a#f",
        "https://user@client.test/a", "https://user:p@client.test/a", "https://CLIENT.test/a",
        "https://client.test:443/a", "HTTPS://client.test/a",
    ])
    func `RG-6: is refused when it is not one that servers take`(_ id: String) {
        let refusal = code { () throws(OAuthError) in _ = try ClientIDDocument(id) }
        #expect(refusal == .badParameter)
    }

    @Test(arguments: ["cli", "http://client.test/a", "urn:client", ""])
    func `is told from any other client id`(_ id: String) throws {
        #expect(try ClientIDDocument(id) == nil)
    }

    @Test func `RG-6: is read from public addresses, and fits`() async throws {
        let transport = ScriptedTransport([.expect("GET", id, .json(document))])
        try await check(transport)
        #expect(transport.requests.allSatisfy { $0.addresses == .publicOnly })
    }

    @Test(arguments: [
        #"{"client_id":"https://client.test/other","redirect_uris":["http://127.0.0.1/callback"]}"#,
        #"{"redirect_uris":["http://127.0.0.1/callback"]}"#,
        #"{"client_id":"https://client.test/sesame","redirect_uris":["http://127.0.0.1:1/callback"]}"#,
        #"{"client_id":"https://client.test/sesame"}"#,
        #"{"client_id":"https://client.test/sesame","redirect_uris":["http://127.0.0.1/callback"],"client_secret":"s"}"#,
    ])
    func `RG-6: is refused when the document says otherwise`(_ text: String) async {
        let transport = ScriptedTransport([.answer(.json(text))])
        let error = await failure { () async throws(OAuthError) in try await check(transport) }
        #expect(error?.code == .invalidMetadata)
    }

    @Test func `RG-6: has the document that Sesame prints`() throws {
        let metadata = ClientMetadata(
            redirectURIs: ["http://127.0.0.1/callback"], authenticationMethod: "none",
            grantTypes: ["authorization_code", "refresh_token"])
        #expect(metadata.document(at: id).encoded().dangerouslyRevealedText() == document)
    }
}

private let id = "https://client.test/sesame"
private let document =
    #"{"client_id":"https://client.test/sesame","client_name":"Sesame","#
    + #""redirect_uris":["http://127.0.0.1/callback"],"grant_types":["authorization_code","refresh_token"],"#
    + #""response_types":["code"],"token_endpoint_auth_method":"none","application_type":"native"}"#

private func check(_ transport: ScriptedTransport) async throws(OAuthError) {
    try await ClientIDDocument(id)?.check(
        redirectURI: "http://127.0.0.1/callback", over: transport)
}
