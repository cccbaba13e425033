import Glibc
import SesameBroker
import SesameHTTP
import SesameHTTPServer
import SesameJSON
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@testable import SesameBrokerServer

/// One broker as callers of different users see it.
private struct Reception {
    /// The user whose broker it is; the store and the playground behind it are real.
    static let owner: uid_t = 1000
    static let watcher: uid_t = 2001
    static let sender: uid_t = 2002
    static let reader: uid_t = 2003
    /// Manages everything, and one profile.
    static let deploy: uid_t = 2004
    static let gardener: uid_t = 2006

    let rig: Rig
    let routes: Routes
    let metrics = Metrics()

    init() async throws {
        rig = try Rig(
            .unixSocket,
            Rig.profiles + """
                [caller watcher]
                user = 2001
                may = status

                [caller sender]
                user = 2002
                profile = rfc
                may = request

                [caller deploy]
                user = 2004
                may = manage

                [caller hidden]
                user = 2005
                profile = mautic
                may = nothing

                [caller half]
                user = 2005
                may = token

                [caller reader]
                user = 2003
                profile = rfc
                may = token
                rate = 2/min

                [caller gardener]
                user = 2006
                profile = rfc
                may = manage

                [caller rig]
                user = \(geteuid())
                may = manage

                """)
        let gate = Gate(
            configuration: ConfigurationFile(
                path: rig.folder.file("config"), home: rig.folder.path), owner: Self.owner)
        routes = Routes(broker: rig.broker, gate: gate, metrics: metrics)
        try await rig.logIn("rfc")
    }

    func ask(
        _ uid: uid_t, _ method: String, _ path: String, _ query: String? = nil, body: String = ""
    ) async -> ServerResponse {
        await routes.handle(
            ServerRequest(
                method: method, path: path, query: query, body: Secret(utf8: body),
                peer: .process(pid: 1, uid: uid, gid: uid)))
    }

    /// The status of each operation.
    func statuses(_ uid: uid_t) async -> [String: Int] {
        var statuses: [String: Int] = [:]
        let request = #"{"method":"GET","url":"/things"}"#
        for (name, method, path, query, body) in [
            ("see", "GET", "/v1/profiles/rfc", nil, ""),
            ("see another", "GET", "/v1/profiles/mautic", nil, ""),
            ("send", "POST", "/v1/profiles/rfc/requests", nil, request),
            ("token", "GET", "/v1/profiles/rfc/token", nil, ""),
            ("headers", "GET", "/v1/profiles/rfc/headers", "url=/things", ""),
            ("log in", "POST", "/v1/profiles/rfc/login", nil, "{"),
            ("set up", "PUT", "/v1/profiles/rfc", nil, "{"),
            ("log out", "DELETE", "/v1/profiles/none/grant", nil, ""),
            ("cancel", "DELETE", "/v1/logins/unknown", nil, ""),
            ("store", "GET", "/v1/store", nil, ""),
            ("unlock", "POST", "/v1/store/unlock", nil, "{"),
        ] as [(String, String, String, String?, String)] {
            statuses[name] = await ask(uid, method, path, query, body: body).status
        }
        return statuses
    }
}

extension ServerResponse {
    /// The text of a field.
    fileprivate subscript(name: String) -> String? {
        guard case .plain(let text)? = fields.all.first(where: { $0.name == name })?.value else {
            return nil
        }
        return text
    }
}

@Suite struct `Callers of different users` {
    @Test func `get what the configuration gives each of them`() async throws {
        let reception = try await Reception()
        let owner = await reception.statuses(Reception.owner)
        #expect(owner["token"] == 200 && owner["send"] == 200 && owner["see another"] == 200)
        // Let in, and then refused for what was sent.
        #expect(owner["set up"] == 400 && owner["log in"] == 400 && owner["unlock"] == 400)
        #expect(owner["log out"] == 404 && owner["cancel"] == 204)

        let watcher = await reception.statuses(Reception.watcher)
        #expect(watcher.filter { $0.value == 200 }.keys.sorted() == ["see", "see another"])
        #expect(watcher.filter { $0.value != 200 }.values.allSatisfy { $0 == 403 })

        let sender = await reception.statuses(Reception.sender)
        #expect(sender.filter { $0.value == 200 }.keys.sorted() == ["see", "send"])
        #expect(sender.filter { $0.value != 200 }.values.allSatisfy { $0 == 403 })

        let stranger = await reception.statuses(4000)
        #expect(stranger.values.allSatisfy { $0 == 403 })
    }

    /// With the key of another profile, this one would become its client.
    @Test(arguments: [
        "client_key_file", "client_certificate_file", "client_certificate_key_file",
        "assertion_file", "subject_token_file", "actor_token_file", "subject_profile",
    ])
    func `name no key file when they may manage single profiles only`(
        setting: String
    ) async throws {
        let reception = try await Reception()
        func setUp(_ uid: uid_t, _ settings: String) async -> ServerResponse {
            await reception.ask(
                uid, "PUT", "/v1/profiles/rfc", body: #"{"settings":\#(settings)}"#)
        }
        let key = #"{"\#(setting)":["/nowhere/client.key"]}"#
        let refused = await setUp(Reception.gardener, key)
        #expect(refused.status == 403)
        #expect(try JSON(parsing: refused.body)["code"]?.string == "caller_refused")
        #expect(try !reception.rig.configuration.contains(setting))
        #expect(await setUp(Reception.gardener, #"{"scope":["read"]}"#).status == 200)
        #expect(await setUp(Reception.deploy, key).status == 200)
        // Taking it out is no danger.
        #expect(await setUp(Reception.gardener, #"{"\#(setting)":[]}"#).status == 200)
    }

    @Test func `see the profiles that are theirs to see, and no others`() async throws {
        let reception = try await Reception()
        let response = await reception.ask(Reception.sender, "GET", "/v1/profiles")
        let names = try JSON(parsing: response.body)["profiles"]?.elements?.map {
            $0["profile"]?.string
        }
        #expect(names == ["rfc"])
        let alone = await reception.ask(Reception.sender, "GET", "/v1/profiles", "names=true")
        #expect(alone.body.dangerouslyRevealedText() == #"{"profiles":[{"profile":"rfc"}]}"#)
        let all = await reception.ask(Reception.watcher, "GET", "/v1/profiles")
        #expect(try JSON(parsing: all.body)["profiles"]?.elements?.count == 4)
    }

    @Test func `may make a profile where they may manage`() async throws {
        let reception = try await Reception()
        let body = #"{"settings":{"client_id":["x"],"issuer":["https://id.example"]}}"#
        let made = await reception.ask(2004, "PUT", "/v1/profiles/new", body: body)
        #expect(made.status == 200)
        #expect(await reception.ask(2003, "PUT", "/v1/profiles/new2", body: body).status == 403)
    }

    @Test func `cannot tell a profile that is hidden from one that there is not`() async throws {
        let reception = try await Reception()
        for path in ["", "/token"] {
            let hidden = await reception.ask(2005, "GET", "/v1/profiles/mautic" + path)
            let absent = await reception.ask(2005, "GET", "/v1/profiles/nosuch" + path)
            #expect(hidden.status == 404 && absent.status == 404)
            let texts = [hidden, absent].map {
                $0.body.dangerouslyRevealedText().replacing("mautic", with: "nosuch")
            }
            #expect(texts[0] == texts[1])
        }
    }

    @Test func `learn nothing of paths that they may not use`() async throws {
        let reception = try await Reception()
        #expect(await reception.ask(4000, "GET", "/v1/nothing").status == 403)
        #expect(await reception.ask(Reception.watcher, "GET", "/v1/nothing").status == 404)
    }

    @Test func `are told when they have asked too often`() async throws {
        let reception = try await Reception()
        for _ in 0..<2 {
            let response = await reception.ask(
                Reception.reader, "GET", "/v1/profiles/rfc/token")
            #expect(response.status == 200)
        }
        let refused = await reception.ask(Reception.reader, "GET", "/v1/profiles/rfc/token")
        #expect(refused.status == 429)
        #expect(refused["Retry-After"] == "30")
        #expect(try JSON(parsing: refused.body)["code"]?.string == "rate_limited")
    }
}

@Suite struct `The broker's metrics` {
    private func text(_ reception: Reception, _ uid: uid_t = Reception.owner) async -> String {
        await reception.ask(uid, "GET", "/metrics").body.dangerouslyRevealedText()
    }

    @Test func `count requests by path and status`() async throws {
        let reception = try await Reception()
        for _ in 0..<3 {
            _ = await reception.ask(Reception.owner, "GET", "/v1/profiles/rfc/token")
        }
        _ = await reception.ask(4000, "GET", "/v1/profiles/rfc/token")
        _ = await reception.ask(Reception.owner, "GET", "/v1/odd")
        let text = await text(reception)
        let path = #"method="GET",path="/v1/profiles/{}/token""#
        #expect(text.contains("sesame_requests_total{\(path),status=\"200\"} 3\n"))
        #expect(text.contains("sesame_requests_total{\(path),status=\"403\"} 1\n"))
        #expect(text.contains(#"method="other",path="other",status="404"} 1"#))
        #expect(text.contains("sesame_request_duration_seconds_count 5\n"))
        #expect(text.contains(#"sesame_request_duration_seconds_bucket{le="+Inf"} 5"#))
    }

    @Test func `are in the form that Prometheus reads, and hold no secret`() async throws {
        let reception = try await Reception()
        let token = await reception.ask(Reception.owner, "GET", "/v1/profiles/rfc/token")
        let secret = try #require(try JSON(parsing: token.body)["access_token"]?.string)
        let response = await reception.ask(Reception.owner, "GET", "/metrics")
        let text = response.body.dangerouslyRevealedText()
        #expect(!text.contains(secret))
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let value = try #require(line.split(separator: " ").last)
            #expect(Double(value) != nil, "\(line)")
            #expect(
                line.wholeMatch(of: #/[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [-+.e0-9]+/#)
                    != nil, "\(line)")
        }
        #expect(response["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
    }

    @Test func `are refused to who may see nothing`() async throws {
        let reception = try await Reception()
        #expect(await reception.ask(4000, "GET", "/metrics").status == 403)
        // Who may see one profile is not told of what all callers do.
        #expect(await !text(reception, Reception.sender).contains("sesame_requests_total"))
        #expect(await text(reception, Reception.watcher).contains("sesame_requests_total"))
    }

    @Test func `do not grow with what a caller makes up`() async throws {
        let reception = try await Reception()
        for number in 0..<500 { _ = await reception.ask(4000, "MADE\(number)", "/v1/up\(number)") }
        #expect(await text(reception).split(separator: "\n").count < 80)
    }

    @Test func `tell renewals by how they went, and how long they took`() {
        let metrics = Metrics()
        metrics.take(.renewed("a", .milliseconds(40)))
        metrics.take(.renewed("a", .seconds(100)))
        metrics.take(.renewalFailed("a", BrokerError(.temporary, "x")))
        let text = Exposition(metrics.counts, [], at: Timestamp(seconds: 0)).text
        #expect(text.contains(#"sesame_renewals_total{outcome="renewed"} 2"#))
        #expect(text.contains(#"sesame_renewals_total{outcome="temporary"} 1"#))
        #expect(text.contains(#"sesame_renewal_duration_seconds_bucket{le="0.025"} 0"#))
        #expect(text.contains(#"sesame_renewal_duration_seconds_bucket{le="0.05"} 1"#))
        #expect(text.contains(#"sesame_renewal_duration_seconds_bucket{le="30.0"} 1"#))
        #expect(text.contains(#"sesame_renewal_duration_seconds_bucket{le="+Inf"} 2"#))
        #expect(text.contains("sesame_renewal_duration_seconds_sum 100.04"))
    }

    @Test func `tell how long tokens and logins will last`() {
        let now = Timestamp(seconds: 1_790_000_000)
        var outlook = Outlook(profile: "aivie")
        outlook.care = .renewable
        outlook.accessExpiresAt = now.adding(seconds: 900)
        outlook.forecast = LoginForecast(
            endsAt: now.adding(seconds: 86_400), source: .learned, lifetime: 7 * 86_400)
        var over = Outlook(profile: "work")
        over.care = .loginRequired("spent")
        let text = Exposition(Metrics().counts, [outlook, over], at: now).text
        #expect(text.contains("sesame_access_token_expires_in_seconds{profile=\"aivie\"} 900\n"))
        #expect(
            text.contains(
                #"sesame_login_expires_in_seconds{profile="aivie",source="learned"} 86400"#))
        #expect(text.contains("sesame_login_required{profile=\"aivie\"} 0\n"))
        #expect(text.contains("sesame_login_required{profile=\"work\"} 1\n"))
    }
}
