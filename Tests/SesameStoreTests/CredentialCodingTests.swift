import SesameJSON
import SesameSecrets
import Testing

@testable import SesameStore

/// What earlier versions have written is read as it was meant, and what they did not know is not written.
@Suite struct `A credential's record` {
    @Test func `DP-6: has a key where the tokens are bound to one, and none else`() throws {
        var credential = sampleCredential()
        let plain = try credential.encoded()
        #expect(try JSON(parsing: plain).members?.contains { $0.name == "dpop_key" } == false)
        #expect(Credential(decoding: plain)?.dpopKey == nil)
        credential.dpopKey = Secret(utf8: #"{"kty":"EC"}"#)
        let bound = try credential.encoded()
        #expect(Credential(decoding: bound)?.dpopKey?.dangerouslyRevealedText() == #"{"kty":"EC"}"#)
    }

    /// As version 0.1.0 has written it.
    @Test func `DP-6: of an earlier version is that of a bearer login`() throws {
        let text =
            #"{"access_token":"a","token_type":"Bearer","scope":null,"access_expires_at":1790003600,"#
            + #""access_received_at":1790000000,"refresh_token":"r","login_expires_at":null,"#
            + #""logged_in_at":1790000000,"renewed_at":null,"token_endpoint":"https://a.test/token","#
            + #""client_id":"c","issuer":null,"ended":null,"restored_from":null}"#
        let credential = try #require(Credential(decoding: Secret(utf8: text)))
        #expect(credential.dpopKey == nil && credential.tokenType == "Bearer")
        #expect(credential.refreshToken?.dangerouslyRevealedText() == "r")
    }
}
