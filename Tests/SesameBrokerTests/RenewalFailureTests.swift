import SesameBroker
import SesameHTTP
import SesameSecrets
import SesameStore
import SesameSystem
import TestSupport
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

    @Test func `says how to trust a server whose certificate nobody here vouches for`()
        async throws
    {
        let house = try Household()
        try await house.logIn(lifetime: 0)
        house.server.prepare(.untrusted)
        let error = try #require(
            await failure { () throws(BrokerError) in try await house.token() })
        #expect(error.code == .temporary)
        #expect(error.hints.contains { $0.contains("sesame setup aivie --ca-file FILE") })
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

    /// A-11: a storm of callers, each of whom begins when the one before has failed.
    @Test func `is the answer for a moment once it has come three times`() async throws {
        let house = try Household()
        try await house.logIn(lifetime: 0)
        for _ in 0..<3 { house.server.prepare(.unreachable) }
        for _ in 0..<100 {
            let error = await failure { () throws(BrokerError) in try await house.token() }
            #expect(error?.code == .temporary)
        }
        #expect(house.server.requests.count == 3)
        // Who insists is not kept from it, and neither is anybody a moment later.
        house.server.prepare(.unreachable)
        _ = await failure { () throws(BrokerError) in try await house.token(refresh: true) }
        #expect(house.server.requests.count == 4)
        house.time.advance(seconds: 1)
        #expect(try await house.token() == "access-2")
    }

    @Test func `says nothing any more once the profile was changed`() async throws {
        let house = try Household()
        try await house.logIn(lifetime: 0)
        for _ in 0..<3 {
            house.server.prepare(.unreachable)
            _ = await failure { () throws(BrokerError) in try await house.token() }
        }
        _ = try await house.broker.setUp(
            "aivie", changes: ["scope": ["read"]], secrets: ClientSecrets())
        #expect(try await house.token() == "access-2")
    }

    /// Promise 1: where the store cannot be written, no renewal starts.
    @Test func `does not begin while the store cannot be written`() async throws {
        let house = try Household()
        try await house.logIn(lifetime: 0)
        house.store.cannotBegin.withLock { $0 = true }
        let error = try #require(
            await failure { () throws(BrokerError) in try await house.token() })
        #expect(error.code == .storeUnwritable)
        #expect(house.server.requests.isEmpty)
    }

    /// Standards K-10: the answer is kept and served, and saved when the disk has room again.
    @Test func `keeps an answer that the store will not take, and saves it later`() async throws {
        let house = try Household()
        try await house.logIn(lifetime: 0)
        try await house.renewOntoFullDisk()
        #expect(try await house.token() == "access-2")
        var stored = try #require(try await house.store.credential(of: "aivie"))
        #expect(stored.value.refreshToken?.dangerouslyRevealedText() == "refresh-1")

        house.store.isFull.withLock { $0 = false }
        #expect(try await house.token() == "access-2")
        stored = try #require(try await house.store.credential(of: "aivie"))
        #expect(stored.value.refreshToken?.dangerouslyRevealedText() == "refresh-2")
        #expect(house.server.tokenRequests == 1)
    }

    @Test func `renews from nothing that is in memory only`() async throws {
        let house = try Household()
        try await house.logIn(lifetime: 0)
        try await house.renewOntoFullDisk()
        let error = await failure { () throws(BrokerError) in try await house.token(refresh: true) }
        #expect(error?.code == .storeUnwritable)
        #expect(house.server.tokenRequests == 1)
    }

    @Test func `never puts unsaved tokens over a newer login`() async throws {
        let house = try Household()
        try await house.logIn(lifetime: 0)
        try await house.renewOntoFullDisk()
        _ = try await house.store.put(house.credential("access-new", "refresh-new"), for: "aivie")
        #expect(try await house.token() == "access-new")
        house.store.isFull.withLock { $0 = false }
        #expect(try await house.token() == "access-new")
        let stored = try #require(try await house.store.credential(of: "aivie"))
        #expect(stored.value.refreshToken?.dangerouslyRevealedText() == "refresh-new")
    }

    @Test func `saves what is in memory before the end`() async throws {
        let house = try Household()
        try await house.logIn(lifetime: 0)
        try await house.renewOntoFullDisk()
        house.store.isFull.withLock { $0 = false }
        await house.broker.settle()
        let stored = try #require(try await house.store.credential(of: "aivie"))
        #expect(stored.value.refreshToken?.dangerouslyRevealedText() == "refresh-2")
    }

    @Test func `leaves a login alone that came in between`() async throws {
        let house = try Household()
        try await house.logIn(lifetime: 0)
        house.server.hold()
        async let renewed = house.token()
        await house.server.arrival()
        _ = try await house.store.put(house.credential("access-new", "refresh-new"), for: "aivie")
        house.server.release()
        #expect(try await renewed == "access-new")
        let stored = try #require(try await house.store.credential(of: "aivie"))
        #expect(stored.value.refreshToken?.dangerouslyRevealedText() == "refresh-new")
    }

    @Test func `does not bring back a login that was logged out meanwhile`() async throws {
        let house = try Household()
        try await house.logIn(lifetime: 0)
        house.server.hold()
        async let renewed = failure { () throws(BrokerError) in try await house.token() }
        await house.server.arrival()
        try await house.store.forget("aivie")
        house.server.release()
        #expect(await renewed?.code == .loginRequired)
        #expect(try await house.store.credential(of: "aivie") == nil)
    }

    /// Somebody took the ticket for abandoned, found the token spent and ended the login: but the
    /// tokens that the server gave are here.
    @Test func `restores a login that was ended while its answer was on the way`() async throws {
        let house = try Household()
        try await house.logIn(lifetime: 0)
        house.server.hold()
        async let renewed = house.token()
        await house.server.arrival()
        var ended = try #require(try await house.store.credential(of: "aivie")).value
        ended.refreshToken = nil
        ended.ended = Credential.Ending(reason: "spent", at: house.time.now)
        _ = try await house.store.put(ended, for: "aivie")
        house.server.release()
        #expect(try await renewed == "access-2")
        let stored = try #require(try await house.store.credential(of: "aivie"))
        #expect(stored.value.refreshToken?.dangerouslyRevealedText() == "refresh-2")
        #expect(stored.value.ended == nil)
    }

    /// The access token is of no use, but the server has spent the old refresh token for this answer.
    @Test func `keeps the new refresh token of an answer that is unusable otherwise`() async throws
    {
        let house = try Household()
        try await house.logIn(lifetime: 0)
        house.server.prepare(
            .answer(
                status: 200, type: "application/json",
                body: #"{"access_token":"a b","token_type":"mac","refresh_token":"refresh-new"}"#))
        let error = await failure { () throws(BrokerError) in try await house.token() }
        #expect(error != nil)
        let stored = try #require(try await house.store.credential(of: "aivie"))
        #expect(stored.value.refreshToken?.dangerouslyRevealedText() == "refresh-new")
    }

    @Test func `renews once for all whose token was refused`() async throws {
        let house = try Household()
        try await house.logIn()
        house.server.revokeAccessTokens()
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<10 {
                group.addTask {
                    let anywhere = try #require(HTTPURL("https://localhost/"))
                    return try await house.broker.send(
                        HTTPRequest("GET", anywhere), to: "/x", for: "aivie"
                    ).status
                }
            }
            for try await status in group { #expect(status == 200) }
        }
        #expect(house.server.tokenRequests == 1)
    }

    @Test func `does not hand out a token of another issuer`() async throws {
        let house = try Household()
        try await house.logIn()
        var foreign = try #require(try await house.store.credential(of: "aivie")).value
        foreign.issuer = "https://elsewhere.example"
        _ = try await house.store.put(foreign, for: "aivie")
        let error = await failure { () throws(BrokerError) in try await house.token() }
        #expect(error?.code == .loginRequired)
    }
}
