import SesameHTTP
import SesameSecrets
import TestSupport
import Testing

@Suite struct `The contact example` {
    @Test func `fetches a token and posts the contact with it`() async throws {
        let transport = ScriptedTransport([
            .expect(
                "POST", "https://acme.example/oauth/v2/token",
                .json(
                    #"{"access_token":"t0","expires_in":3600,"token_type":"bearer","scope":null}"#)),
            .expect("POST", "https://acme.example/api/contacts/new", .json("{}", status: 201)),
        ])
        let status = try await createContact(secret: Secret(utf8: "s3cret"), over: transport)
        #expect(status == 201)
        #expect(transport.requests[0].form?["client_secret"] == "s3cret")
        #expect(transport.requests[1].revealed("Authorization") == "Bearer t0")
    }
}
