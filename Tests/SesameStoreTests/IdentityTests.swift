import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@testable import SesameStore

@Suite struct `The identity of a login` {
    @Test func `is kept with it`() async throws {
        let folder = TemporaryFolder()
        let store = try await openStore(in: folder)
        var credential = sampleCredential()
        credential.identity = Credential.Identity(
            issuer: "https://id.example", subject: "ada",
            audience: ["client", "friend"],
            authorizedParty: "client", authenticatedAt: now)
        _ = try await store.put(credential, for: "work")
        #expect(try await store.credential(of: "work")?.value.identity == credential.identity)
    }

    @Test func `is missing in a record of an earlier version, which reads as before`() throws {
        let record =
            #"{"access_token":"a","token_type":"Bearer","access_received_at":1,"#
            + #""logged_in_at":1,"token_endpoint":"https://id.example/token","client_id":"c"}"#
        let credential = try #require(Credential(decoding: Secret(utf8: record)))
        #expect(credential.identity == nil)
        #expect(try !credential.encoded().dangerouslyRevealedText().contains("identity"))
    }

    @Test(arguments: ["7", "{}", #"{"iss":"i","sub":7,"aud":[]}"#])
    func `makes a record unreadable where it is none`(identity: String) {
        let record =
            #"{"access_token":"a","token_type":"Bearer","access_received_at":1,"#
            + #""logged_in_at":1,"token_endpoint":"https://id.example/token","client_id":"c","#
            + #""identity":\#(identity)}"#
        #expect(Credential(decoding: Secret(utf8: record)) == nil)
    }
}
