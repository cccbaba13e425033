import SesameBroker
import SesameHTTP
import SesameJSON
import SesameOAuth
import SesamePlayground
import SesameSecrets
import SesameStore
import SesameSystem
import TestSupport
import Testing

/// RFC 9449: logins and renewals, at a server that checks each proof.
@Suite struct `A login that is bound to a key` {
    private func loggedIn(_ configuration: String) async throws -> Rig {
        let rig = try Rig(.unixSocket, configuration)
        let done = try await rig.logIn("p")
        try #require(done["state"]?.string == "done", "\(done)")
        return rig
    }

    /// The server refuses a refresh token with any other key.
    @Test(arguments: ["dpop", "dpop-nonce", "par"])
    func `DP-6: has one key for all its renewals`(issuer: String) async throws {
        let rig = try await loggedIn(boundProfile(issuer, "dpop = required"))
        #expect(try await rig.tokenType() == "DPoP")
        let key = try #require(try await rig.key())
        for _ in 0..<5 { #expect(try await rig.tokenType("?refresh=true") == "DPoP") }
        #expect(try await rig.key() == key)
        #expect(try await rig.status() == 200)
        try await rig.logIn("p")
        let next = try await rig.key()
        #expect(next != nil && next != key, "a new login has a new one")
    }

    @Test(arguments: ["dpop", "dpop-nonce"])
    func `is bound from the moment on at which the server insists`(issuer: String) async throws {
        let rig = try await loggedIn(boundProfile(issuer))
        #expect(rig.outcomes == ["invalid_dpop_proof", "issued"])
        #expect(try await rig.tokenType("?refresh=true") == "DPoP")
        #expect(rig.outcomes == ["invalid_dpop_proof", "issued", "issued"])
        #expect(try await rig.status() == 200)
    }

    @Test func `by device code is bound, too`() async throws {
        let rig = try Rig(.unixSocket, boundProfile("dpop-nonce", "grant = device_code"))
        let begun = try await rig.call("POST", "/profiles/p/login", #"{"timeout":60}"#)
        let address = try #require(
            try begun.json["verification_uri_complete"]?.string.flatMap { HTTPURL($0) })
        let id = try #require(try begun.json["id"]?.string)
        _ = try await PracticeBrowser().open(address)
        let done = try await rig.call("GET", "/logins/\(id)?wait=20").json
        #expect(done["state"]?.string == "done", "\(done)")
        #expect(try await rig.tokenType() == "DPoP")
    }

    @Test func `is a bearer login, as ever, where nobody insists`() async throws {
        let rig = try await loggedIn(boundProfile("par"))
        #expect(try await rig.tokenType("?refresh=true") == "Bearer")
        #expect(try await rig.key() == nil)
        #expect(rig.outcomes == ["issued", "issued"])
        let fields = try await rig.send("p", "/me").signedContent["fields"]?.elements
        #expect(fields?.compactMap(\.string).contains("DPoP") == false)
    }

    @Test func `DP-5: stays bound when nothing asks for it any more`() async throws {
        let rig = try await loggedIn(boundProfile("par", "dpop = required"))
        let key = try await rig.key()
        try rig.edit("dpop = required", "")
        #expect(try await rig.tokenType("?refresh=true") == "DPoP")
        #expect(try await rig.key() == key)
        try await rig.logIn("p")
        #expect(try await rig.tokenType() == "DPoP", "so does the next one")
        try rig.edit("scope = read", "scope = read\ndpop = off")
        let answer = try await rig.token("p")
        #expect(answer.problem == "login_required")
        #expect(answer.text.contains("from before `dpop = off` does not count"))
        try await rig.logIn("p")
        #expect(try await rig.tokenType() == "Bearer")
    }

    @Test func `is had by a new login only, where there was none before`() async throws {
        let rig = try await loggedIn(boundProfile("par"))
        try rig.edit("scope = read", "scope = read\ndpop = required")
        #expect(try await rig.token("p").problem == "login_required")
        #expect(rig.outcomes == ["issued"], "the refresh token was not sent")
        try await rig.logIn("p")
        #expect(try await rig.tokenType() == "DPoP")
    }

    @Test func `DP-5: does not begin where the server gives bearer tokens`() async throws {
        let rig = try Rig(.unixSocket, boundProfile("rfc", "dpop = required"))
        let failed = try await rig.logIn("p")
        #expect(failed["error"]?["code"]?.string == "server_refused")
        let hints = try #require(failed["error"]?["hints"]?.elements).compactMap(\.string)
        #expect(hints.contains { $0.contains("dpop = off") })
        #expect(try await rig.token("p").problem == "login_required")
    }

    @Test func `does not begin without a key where the server insists`() async throws {
        let rig = try Rig(.unixSocket, boundProfile("dpop", "dpop = off"))
        let failed = try await rig.logIn("p")
        #expect(failed["error"]?["code"]?.string == "server_refused")
        let hints = try #require(failed["error"]?["hints"]?.elements).compactMap(\.string)
        #expect(hints.contains { $0.contains("take `dpop = off` out") })
        #expect(rig.outcomes == ["invalid_dpop_proof"])
    }

    /// The next renewal has the refresh token that came with the token that was not taken.
    @Test func `DP-5: survives a token that is not bound`() async throws {
        let rig = try await loggedIn(boundProfile("dpop"))
        rig.playground.install(.bearer.at(.token, of: "dpop"))
        let answer = try await rig.token("p", "?refresh=true")
        #expect(answer.problem == "server_refused")
        #expect(answer.detail.contains("not bound"))
        #expect(try await rig.tokenType("?refresh=true") == "DPoP")
        #expect(rig.outcomes.suffix(2) == ["issued", "issued"])
    }

    /// Twice, and then the third request would have got its answer: so there was none.
    @Test func `DP-7: survives demands without end, and asks twice only`() async throws {
        let rig = try await loggedIn(boundProfile("dpop"))
        rig.playground.install(.demanding(nonces: ["n"]).at(.token, of: "dpop", count: 2))
        #expect(try await rig.token("p", "?refresh=true").problem == "server_refused")
        #expect(rig.outcomes.suffix(2) == ["fault", "fault"])
        #expect(try await rig.tokenType("?refresh=true") == "DPoP")
    }

    @Test func `DP-7: survives two nonces, of which none is taken`() async throws {
        let rig = try await loggedIn(boundProfile("dpop-nonce"))
        rig.playground.install(
            .demanding(nonces: ["a", "b"]).at(.token, of: "dpop-nonce"))
        #expect(try await rig.token("p", "?refresh=true").problem == "server_refused")
        #expect(try await rig.tokenType("?refresh=true") == "DPoP")
        #expect(rig.outcomes.suffix(2) == ["fault", "issued"])
    }

    /// A lost answer after a demand is one that may have counted.
    @Test func `DP-4: tells a lost answer from a demand`() async throws {
        let rig = try await loggedIn(boundProfile("dpop"))
        rig.playground.install(.demanding(nonces: ["n"]).at(.token, of: "dpop"))
        rig.playground.install(.lostAnswer.at(.token, of: "dpop"))
        #expect(try await rig.token("p", "?refresh=true").problem == "temporary")
        #expect(try await rig.store.outcome(of: "p")?.code == "answer_lost")
    }

    @Test(arguments: [600, -600])
    func `DP-12: begins and goes on where this machine's clock is off`(
        offset: Int64
    ) async throws {
        let time = ManualTime(now: SystemTime().now.adding(seconds: offset))
        let rig = try Rig(.unixSocket, boundService("dpop", "dpop = required"), time: time)
        try await rig.give("practice-secret", to: "p")
        #expect(try await rig.tokenType() == "DPoP")
        #expect(rig.outcomes == ["invalid_dpop_proof", "issued"])
        #expect(try await rig.tokenType("?refresh=true") == "DPoP")
        #expect(rig.outcomes.count == 3, "it is known from then on")
        #expect(try await rig.status() == 200)
    }

    @Test(arguments: ["dpop = required", "dpop = auto"])
    func `DP-6: of a client itself has one key as long as nobody logs out`(
        setting: String
    ) async throws {
        let rig = try Rig(.unixSocket, boundService("dpop-nonce", setting))
        try await rig.give("practice-secret", to: "p")
        #expect(try await rig.tokenType() == "DPoP")
        let key = try #require(try await rig.key())
        #expect(try await rig.tokenType("?refresh=true") == "DPoP")
        #expect(try await rig.key() == key)
        #expect(try await rig.status() == 200)
        _ = try await rig.call("DELETE", "/profiles/p/grant")
        #expect(try await rig.held() == nil)
        #expect(try await rig.tokenType() == "DPoP")
        let next = try await rig.key()
        #expect(next != nil && next != key)
    }

    @Test(arguments: ["refresh", "exchange"])
    func `gives tokens with less scope that are bound like its own`(way: String) async throws {
        let rig = try await loggedIn(
            boundProfile("dpop-nonce", "narrow = \(way)").replacing(
                "scope = read", with: "scope = read write"))
        let key = try await rig.held()?.dpopKey
        for name in ["write", "read"] {
            var query = Broker.TokenQuery(profile: "p")
            query.narrowedScope = name
            let token = try await rig.broker.accessToken(query)
            #expect(token.type == .dpop && token.scope == name)
            #expect(key.flatMap { token.sealedKey?.equals($0) } == true)
        }
        #expect(try await rig.tokenType("?refresh=true") == "DPoP")
    }
}
