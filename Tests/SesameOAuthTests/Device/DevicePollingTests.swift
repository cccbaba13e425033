import SesameHTTP
import SesameOAuth
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

/// A client, a clock and a server by script: the gaps between its polls are looked at.
private final class Polls: Sendable {
    let time = ManualTime()
    let transport: RecordingTransport

    init(_ answers: [RecordingTransport.Answer]) {
        transport = RecordingTransport(answers, time)
    }

    /// Polls to the end, moving the clock whenever somebody waits for it.
    func run(
        interval: Int64 = 5, expiresIn: Int64 = 1800, patience: Duration? = nil,
        token: String = "https://as.test/token"
    ) async throws -> Result<TokenResponse, OAuthError> {
        let client = try deviceClient(over: transport, token: token)
        let authorization = try deviceAuthorization(
            """
            {"device_code":"DC-secret-of-some-length","user_code":"A","verification_uri":"https://as.test/d",
            "expires_in":\(expiresIn),"interval":\(interval)}
            """)
        var polling = DevicePolling(authorization, askedAt: time.uptime, patience: patience)
        let clock = Task { [time] in
            while !Task.isCancelled {
                if time.sleepers > 0 { time.advance(seconds: 1) }
                await Task.yield()
            }
        }
        defer { clock.cancel() }
        while true {
            do throws(OAuthError) {
                if let tokens = try await client.poll(&polling, time: time) {
                    return .success(tokens)
                }
            } catch {
                return .failure(error)
            }
        }
    }

    /// Seconds between one poll and the next, the first counted from the authorization.
    var gaps: [Int64] { transport.gaps }
}

@Suite struct `Polling for a device's tokens` {
    private let pending = RecordingTransport.Answer.error("authorization_pending")
    private let tokens = RecordingTransport.Answer.json(
        #"{"access_token":"t","token_type":"Bearer","refresh_token":"r","expires_in":60}"#, 200)

    @Test func `sends the code and the client (RFC 8628, section 3.4)`() async throws {
        let polls = Polls([pending, tokens])
        let response = try await polls.run().get()
        #expect(response.refreshToken?.dangerouslyRevealedText() == "r")
        let form = try #require(polls.transport.requests.last?.form)
        #expect(form.names == ["grant_type", "device_code", "client_id"])
        #expect(form["grant_type"] == "urn:ietf:params:oauth:grant-type:device_code")
        #expect(form["device_code"] == "DC-secret-of-some-length")
    }

    @Test func `D-2: leaves the interval between two polls, and before the first`() async throws {
        let polls = Polls([pending, pending, pending, tokens])
        _ = try await polls.run(interval: 7).get()
        #expect(polls.gaps == [7, 7, 7, 7])
    }

    @Test func `D-3: adds five seconds for this and all later polls with each slow_down`()
        async throws
    {
        let slow = RecordingTransport.Answer.error("slow_down")
        let polls = Polls([slow, slow, slow, pending, pending, tokens])
        _ = try await polls.run().get()
        #expect(polls.gaps == [5, 10, 15, 20, 20, 20])
    }

    @Test(arguments: [
        ("access_denied", OAuthError.Code.authorizationDenied), ("expired_token", .grantEnded),
        ("invalid_grant", .grantEnded), ("invalid_client", .clientRejected),
        ("unsupported_grant_type", .serverRefused), ("of_nobody_known", .serverRefused),
        ("server_error", .temporary),
    ])
    func `D-4: ends at a denial, at the end of the code and at any other error`(
        error: String, code: OAuthError.Code
    ) async throws {
        for status in [200, 400, 403] {
            let polls = Polls([pending, .json(#"{"error":"\#(error)"}"#, status), tokens])
            guard case .failure(let failure) = try await polls.run() else {
                Issue.record("it went on")
                return
            }
            #expect(failure.code == code)
            #expect(failure.serverCode == error)
            #expect(polls.gaps.count == 2)
        }
    }

    @Test(arguments: [(400, ""), (401, ""), (403, ""), (404, "<h1>Not Found</h1>"), (302, "{}")])
    func `D-4: ends at a refusal without a code`(status: Int, body: String) async throws {
        let polls = Polls([pending, .json(body, status), tokens])
        guard case .failure = try await polls.run() else {
            Issue.record("it went on")
            return
        }
        #expect(polls.gaps.count == 2)
    }

    @Test func `D-5: backs off, twice as long each time, when the connection times out`()
        async throws
    {
        let hangs = RecordingTransport.Answer.timeout(after: 30)
        let polls = Polls([hangs, hangs, hangs, pending, pending, tokens])
        _ = try await polls.run().get()
        // Thirty seconds of each are the silence itself. An answer ends the back-off.
        #expect(polls.gaps == [5, 40, 50, 70, 5, 5])
    }

    @Test func `D-5: backs off from a server in trouble, and no longer than five minutes`()
        async throws
    {
        let down = RecordingTransport.Answer.json("", 503)
        let polls = Polls(Array(repeating: down, count: 9) + [tokens])
        _ = try await polls.run(expiresIn: 86_400).get()
        #expect(polls.gaps == [5, 10, 20, 40, 80, 160, 300, 300, 300, 300])
    }

    /// The person may have agreed.
    @Test(arguments: [true, false])
    func `ends with why the server could not be asked, unless it answered last`(
        answersLast: Bool
    ) async throws {
        let down = RecordingTransport.Answer.json("", 503)
        let polls = Polls(Array(repeating: down, count: 2) + (answersLast ? [pending] : [down]))
        guard case .failure(let failure) = try await polls.run(expiresIn: 36) else {
            Issue.record("it went on")
            return
        }
        #expect(polls.gaps == [5, 10, 20])
        #expect(failure.code == (answersLast ? .grantEnded : .temporary))
    }

    @Test func `D-3: keeps what slow_down has added through a back-off`() async throws {
        let polls = Polls([.error("slow_down"), .timeout(after: 0), pending, tokens])
        _ = try await polls.run().get()
        #expect(polls.gaps == [5, 10, 20, 10])
    }

    @Test(arguments: [86_400, -86_400])
    func `D-6: ends when the code does, whatever the wall clock is set to`(jump: Int64) async throws
    {
        let polls = Polls(Array(repeating: pending, count: 1000))
        polls.transport.atPoll(2) { time in
            time.setWallClock(time.now.adding(seconds: jump))
        }
        guard case .failure(let failure) = try await polls.run(expiresIn: 62) else {
            Issue.record("it went on")
            return
        }
        #expect(failure.code == .grantEnded)
        #expect(polls.gaps == Array(repeating: 5, count: 12))
        #expect(polls.time.uptime == .seconds(62))
    }

    @Test func `ends with the patience of whoever asked`() async throws {
        let polls = Polls(Array(repeating: pending, count: 1000))
        guard case .failure = try await polls.run(patience: .seconds(21)) else {
            Issue.record("it went on")
            return
        }
        #expect(polls.gaps == [5, 5, 5, 5])
        #expect(polls.time.uptime == .seconds(21))
        #expect(polls.transport.requests.last?.timeout == 30, "its answer spends the code")
    }

    @Test func `ends at once when its task is cancelled`() async throws {
        let time = ManualTime()
        let client = try deviceClient(over: ScriptedTransport([]))
        let authorization = try deviceAuthorization(
            #"{"device_code":"d","user_code":"A","verification_uri":"https://as.test/d","expires_in":60}"#
        )
        let task = Task { () -> OAuthError? in
            var polling = DevicePolling(authorization, askedAt: time.uptime)
            return await failure { () async throws(OAuthError) in
                _ = try await client.poll(&polling, time: time)
            }
        }
        try await time.waitForSleeper()
        task.cancel()
        #expect(await task.value?.message == "the login was given up")
    }

    @Test func `sends the code to the token endpoint that it belongs to, and to no other`()
        async throws
    {
        let polls = Polls([tokens])
        guard
            case .failure(let failure) = try await polls.run(token: "https://evil.test/token")
        else {
            Issue.record("it was sent")
            return
        }
        #expect(failure.code == .unsafeEndpoint)
        #expect(polls.gaps.isEmpty)
    }

    @Test func `D-9: drops the words of a server that repeat the code`() async throws {
        let body =
            #"{"error":"invalid_grant","error_description":"no DC-secret-of-some-length here"}"#
        let polls = Polls([.json(body, 400)])
        guard case .failure(let failure) = try await polls.run() else {
            Issue.record("it went on")
            return
        }
        #expect(failure.serverDescription == nil)
        #expect(!"\(failure)".contains("DC-secret"))
    }
}
