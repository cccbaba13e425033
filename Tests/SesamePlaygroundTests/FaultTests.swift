import SesameHTTP
import SesameHTTPServer
import SesameJSON
import SesamePlayground
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@Suite struct `A fault` {
    private let practice = Practice()

    private func install(_ json: String) async -> ServerResponse {
        await practice.send("POST", "/_control/faults", body: json)
    }

    @Test func `strikes as often as it says, at its endpoint and issuer only`() async throws {
        let token = try await practice.logIn("strict")["refresh_token"]?.string
        practice.service.install(.serverError.at(.token, of: "strict", count: 2))
        #expect(
            await practice.send("GET", "/strict/.well-known/openid-configuration").status == 200)
        #expect(await practice.refresh("rfc", "x").status == 400)
        #expect(await practice.refresh("strict", token).status == 500)
        #expect(await practice.refresh("strict", token).status == 500)
        #expect(await practice.refresh("strict", token).status == 200)
        #expect(practice.service.waitingFaults == 0)
    }

    @Test func `can let some requests through first`() async throws {
        var fault = Fault.forbidden
        fault.skip = 1
        practice.service.install(fault)
        #expect(await practice.refresh("rfc", "x").status == 400)
        #expect(await practice.refresh("rfc", "x").status == 403)
        #expect(await practice.refresh("rfc", "x").status == 400)
    }

    @Test func `can lose the answer behind a committed rotation`() async throws {
        let token = try await practice.logIn("strict")["refresh_token"]?.string
        practice.service.install(.lostAnswer)
        #expect(await practice.refresh("strict", token).dropsConnection)
        let entry = try #require(practice.service.log().last)
        #expect(entry.isCommitted)
        #expect(!entry.isAnswered)
        #expect(entry.generation == 2)
        #expect(await practice.refresh("strict", token).status == 400)
    }

    @Test func `can drop a request before it does anything`() async throws {
        let token = try await practice.logIn("strict")["refresh_token"]?.string
        practice.service.install(.dropped)
        #expect(await practice.refresh("strict", token).dropsConnection)
        let entry = try #require(practice.service.log().last)
        #expect(entry.outcome == "fault")
        #expect(!entry.isCommitted)
        #expect(await practice.refresh("strict", token).status == 200)
    }

    @Test func `can hold a request until it is released`() async throws {
        let token = try await practice.logIn("strict")["refresh_token"]?.string
        practice.service.install(.held)
        async let answer = practice.refresh("strict", token)
        while practice.service.held == 0 { await Task.yield() }
        #expect(practice.service.log().last?.isCommitted == false)
        practice.service.release()
        #expect(await answer.status == 200)
        #expect(practice.service.log().last?.isCommitted == true)
    }

    @Test func `can hold an answer while the rotation is committed`() async throws {
        let token = try await practice.logIn("strict")["refresh_token"]?.string
        practice.service.install(.heldAnswer)
        async let answer = practice.refresh("strict", token)
        while practice.service.held == 0 { await Task.yield() }
        #expect(practice.service.log().last?.isCommitted == true)
        #expect(practice.service.log().last?.isAnswered == false)
        _ = await practice.send("POST", "/_control/release")
        #expect(await answer.status == 200)
    }

    @Test func `can be a delay on the injected clock`() async throws {
        _ = await install(#"{"delay_ms":5000}"#)
        async let answer = practice.refresh("rfc", "x")
        try await practice.time.waitForSleeper()
        practice.time.advance(seconds: 5)
        #expect(await answer.status == 400)
    }

    @Test func `that holds a request lets time pass for it`() async throws {
        let code = try await practice.code("rfc")
        practice.service.install(.held)
        async let answer = practice.redeem("rfc", code: code)
        while practice.service.held == 0 { await Task.yield() }
        practice.time.advance(seconds: 60)
        practice.service.release()
        #expect(await answer.status == 400)
    }

    @Test func `comes as data`() async throws {
        let installed = await install(
            #"[{"kind":"rate_limited","issuer":"mautic","endpoint":"api","reset_in":7},"#
                + #"{"kind":"html"},{"answer":{"status":418,"content_type":"text/tea","body":"short",""#
                + #"fields":{"X-Pot":"1"}},"endpoint":"authorize"}]"#)
        #expect(installed.text == #"{"faults":3}"#)
        let limited = await practice.send("GET", "/mautic/api/users/self")
        #expect(limited.status == 429)
        #expect(limited.fields["X-RateLimit-Reset"] == String(practice.time.now.seconds + 7))
        #expect(!limited.fields.contains("Retry-After"))
        #expect(
            await practice.refresh("rfc", "x").fields["Content-Type"]?.hasPrefix("text/html")
                == true)
        let tea = await practice.send("GET", "/rfc/authorize")
        #expect(tea.status == 418)
        #expect(tea.text == "short")
        #expect(tea.fields["X-Pot"] == "1")
    }

    @Test func `can be taken back`() async {
        _ = await install(#"{"kind":"site_offline","count":9}"#)
        _ = await practice.send("DELETE", "/_control/faults")
        #expect(await practice.refresh("rfc", "x").status == 400)
    }

    @Test(arguments: [
        "{", #"{"kind":"gremlin"}"#, #"{"endpoint":"moon"}"#, #"{"answer":{"status":42}}"#,
    ])
    func `is refused when it makes no sense`(_ json: String) async {
        #expect(await install(json).status == 400)
        #expect(practice.service.waitingFaults == 0)
    }

    @Test func `can be there from the start`() async {
        let faulty = Practice { options in
            var scenario = Scenario("broken")
            scenario.clients = options.scenarios[0].clients
            scenario.faults = [.htmlPage.at(.token, of: nil)]
            options.scenarios.append(scenario)
        }
        #expect(await faulty.refresh("rfc", "x").status == 400)
        #expect(await faulty.refresh("broken", "x").status == 200)
    }
}
