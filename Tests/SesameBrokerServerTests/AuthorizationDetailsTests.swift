import SesameHTTP
import SesameJSON
import SesamePlayground
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@Suite struct `Authorization details of a profile` {
    @Test func `RA-1: go with the request, and what was granted is kept and shown`() async throws {
        let rig = try Rig(.unixSocket, profile(details))
        let login = try await rig.beginLogin("fine")
        let query = try ReceivedForm(query: login.url.query)
        #expect(query["authorization_details"] == details)
        try rig.answerTokens(with: details)
        #expect(try await rig.logIn("fine")["note"] == nil)
        try await rig.expectStatus(details)
        // A renewal that does not speak of them leaves them as they are.
        #expect(try await rig.token("fine", "?refresh=true").status == 200)
        try await rig.expectStatus(details)
    }

    @Test(arguments: [#"[{"type":"files","actions":["read"]}]"#, "7"])
    func `RA-1: that were not granted as asked are told at the login`(granted: String) async throws
    {
        let rig = try Rig(.unixSocket, profile(details))
        try rig.answerTokens(with: granted)
        let done = try await rig.logIn("fine")
        #expect(done["state"]?.string == "done")
        #expect(done["note"]?.string?.contains("authorization_details") == true)
        try await rig.expectStatus(granted == "7" ? nil : granted)
    }

    @Test func `RA-1: may be in a file, and are checked when the profile is set up`() async throws {
        let rig = try Rig(.unixSocket, profile("details.json"))
        let body = #"{"settings":{"scope":["read"]}}"#
        #expect(try await rig.call("PUT", "/profiles/fine", body).problem == "configuration")
        try PrivateFile.create(rig.folder.file("details.json"), Secret(utf8: "[7]"))
        #expect(try await rig.call("PUT", "/profiles/fine", body).problem == "configuration")
        let inline = #"{"settings":{"authorization_details":["[{\"type\":\"files\"}]"]}}"#
        #expect(try await rig.call("PUT", "/profiles/fine", inline).status == 200)
        let login = try await rig.beginLogin("fine")
        let query = try ReceivedForm(query: login.url.query)
        #expect(query["authorization_details"] == #"[{"type":"files"}]"#)
    }
}

private let details = #"[{"type":"files","actions":["read","write"]}]"#

private func profile(_ details: String) -> String {
    """
    [profile fine]
    issuer = @/rfc
    client_id = practice-public
    scope = read
    authorization_details = \(details)

    """
}

extension Rig {
    /// Puts these into the next answer of the token endpoint.
    fileprivate func answerTokens(with details: String) throws {
        let fault =
            #"{"kind":"none","endpoint":"token","members":{"authorization_details":\#(details)}}"#
        let socket = try RawSocket(port: playground.baseURL.port)
        socket.send(
            "POST /_control/faults HTTP/1.1\r\nHost: \(playground.baseURL.authority)\r\nConnection: close\r\n"
                + "Content-Type: application/json\r\nContent-Length: \(fault.utf8.count)\r\n\r\n\(fault)"
        )
        try #require(try socket.receiveAnswer().status == 200)
    }

    fileprivate func expectStatus(_ details: String?) async throws {
        let shown = try await call("GET", "/profiles/fine").json["authorization_details"]
        #expect(shown.map { JSONValue($0).encoded().dangerouslyRevealedText() } == details)
    }
}
