import SesameBroker
import SesameSecrets
import SesameStore
import SesameSystem
import Testing

@Suite struct `A renewal that fails` {
    /// 5xx, HTML, 403 and time-outs never delete a grant.
    @Test(arguments: [
        (500, "text/html", "<html>down</html>"), (503, "application/json", "{}"),
        (200, "text/html", "<html>captive portal</html>"),
        (
            403, "application/json",
            #"{"errors":[{"message":"API disabled","code":403,"type":"api_disabled"}]}"#
        ),
        (429, "application/json", "{}"), (404, "text/html", "gone"),
        (302, "text/html", ""),
    ])
    func `keeps the grant whatever a troubled server says`(status: Int, type: String, body: String)
        async throws
    {
        let house = try Household()
        try await house.logIn(lifetime: 0)
        house.server.prepare(.answer(status: status, type: type, body: body))
        let error = try #require(
            await failure { () throws(BrokerError) in try await house.token() })
        #expect(error.code != .loginRequired)
        let stored = try #require(try await house.store.credential(of: "aivie"))
        #expect(stored.value.refreshToken?.dangerouslyRevealedText() == "refresh-1")
        #expect(try await house.token() == "access-2")
    }

    @Test func `tries again later when the server was never reached`() async throws {
        let house = try Household()
        try await house.logIn(lifetime: 0)
        house.server.prepare(.unreachable)
        let error = try #require(
            await failure { () throws(BrokerError) in try await house.token() })
        #expect(error.code == .temporary)
        #expect(try await house.broker.status("aivie").lastError != nil)
        #expect(try await house.token() == "access-2")
        #expect(try await house.broker.status("aivie").lastError == nil)
    }

    @Test func `ends the login when the server refuses the refresh token, and says why`()
        async throws
    {
        let house = try Household()
        try await house.logIn(lifetime: 0)
        house.server.prepare(
            .answer(
                status: 400, type: "application/json",
                body:
                    #"{"errors":[{"message":"Refresh token has expired","code":400,"type":"invalid_grant"}]}"#
            ))
        let error = try #require(
            await failure { () throws(BrokerError) in try await house.token() })
        #expect(error.code == .loginRequired)
        #expect(error.message.contains("expired"))
        #expect(error.message.contains("used elsewhere"))
        let again = try #require(
            await failure { () throws(BrokerError) in try await house.token() })
        #expect(again.code == .loginRequired)
        #expect(house.server.requests.count == 1)
        #expect(try await house.broker.status("aivie").state == .loginRequired)
    }

    /// The one loss that no client can prevent is named as what it is.
    @Test func `names the lost answer when the server had rotated`() async throws {
        let house = try Household()
        try await house.logIn(lifetime: 0)
        house.server.prepare(.answerLost)
        let first = try #require(
            await failure { () throws(BrokerError) in try await house.token() })
        #expect(first.code == .temporary)
        let second = try #require(
            await failure { () throws(BrokerError) in try await house.token() })
        #expect(second.code == .loginRequired)
        #expect(second.message.contains("answer to the last renewal was lost"))
        #expect(house.server.tokenRequests == 2)
    }

    @Test func `keeps the login when the client is refused`() async throws {
        let house = try Household()
        try await house.logIn(lifetime: 0)
        house.server.prepare(
            .answer(
                status: 400, type: "application/json",
                body:
                    #"{"errors":[{"message":"The client credentials are invalid","code":400,"type":"invalid_client"}]}"#
            ))
        let error = try #require(
            await failure { () throws(BrokerError) in try await house.token() })
        #expect(error.code == .serverRefused)
        #expect(try await house.token() == "access-2")
    }
}
