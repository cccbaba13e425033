import SesameBroker
import SesameSecrets
import SesameStore
import SesameSystem
import TestSupport
import Testing

@Suite struct `A broker that looks ahead` {
    private static let day: Int64 = 86_400

    @Test func `renews a token that is in use before it expires`() async throws {
        let foresight = try await Foresight()
        _ = try await foresight.home.token()
        await foresight.pass(seconds: 3500)
        #expect(foresight.home.server.tokenRequests == 1)
        // Nobody has to wait: what a caller gets was there before.
        #expect(try await foresight.home.token() == "access-2")
        #expect(foresight.home.server.tokenRequests == 1)
    }

    @Test func `goes on for as long as it is in use, and stops a day later`() async throws {
        let foresight = try await Foresight()
        _ = try await foresight.home.token()
        await foresight.pass(seconds: Self.day / 2)
        let half = foresight.home.server.tokenRequests
        #expect((12...20).contains(half), "\(half)")
        await foresight.pass(seconds: 2 * Self.day, step: 600)
        let all = foresight.home.server.tokenRequests
        #expect((25...40).contains(all), "\(all)")
        #expect(foresight.home.server.replays == 0)
    }

    @Test func `keeps an idle login alive for months`() async throws {
        let foresight = try await Foresight()
        await foresight.pass(seconds: 90 * Self.day, step: 3600)
        // Mautic's logins live for 14 days after each renewal; the first one here has no end of its own.
        let requests = foresight.home.server.tokenRequests
        #expect((9...14).contains(requests), "\(requests)")
        #expect(try await foresight.home.token().hasPrefix("access-"))
        #expect(foresight.kinds.isEmpty)
    }

    @Test func `renews nothing where it is told not to`() async throws {
        for setting in ["renew = on_use\n", ""] {
            let foresight = try await Foresight(
                """
                [profile aivie]
                provider = mautic
                base_url = https://acme.example
                client_id = 1_abc
                \(setting)
                \(setting.isEmpty ? "[broker]\nrenew_ahead = off" : "")
                """)
            _ = try await foresight.home.token()
            await foresight.pass(seconds: 5 * Self.day, step: 3600)
            #expect(foresight.home.server.tokenRequests == 0)
        }
    }

    @Test func `tries again less and less often while the server is in trouble`() async throws {
        let foresight = try await Foresight()
        _ = try await foresight.home.token()
        for _ in 0..<5 { foresight.home.server.prepare(.unreachable) }
        await foresight.pass(seconds: 3240, step: 10)
        await foresight.pass(seconds: 1500, step: 10)
        #expect(foresight.home.server.requests.count == 6)
        #expect(foresight.home.server.tokenRequests == 1)
        #expect(foresight.kinds == [.failure])
    }

    @Test func `says that a person must log in, and reminds a few times`() async throws {
        let foresight = try await Foresight()
        _ = try await foresight.home.token()
        foresight.home.server.prepare(
            .answer(
                status: 400, type: "application/json", body: #"{"error":"invalid_grant"}"#))
        await foresight.pass(seconds: 3600)
        #expect(foresight.kinds == [.loginRequired])
        await foresight.pass(seconds: 10 * Self.day, step: 3600)
        #expect(foresight.kinds == [.loginRequired, .loginRequired, .loginRequired])
        #expect(foresight.home.server.requests.count == 1)
    }

    @Test func `warns days before a login ends that no renewal can save`() async throws {
        let foresight = try await Foresight { home in
            try await home.logIn()
            var login = home.credential("access-1", "refresh-1")
            let ages: [Int64] = [6 * 86_400 + 80_000, 7 * 86_400]
            let past = PastLogin(
                loggedInAt: Timestamp(seconds: 0), aliveAt: Timestamp(seconds: ages[0]),
                endedAt: Timestamp(seconds: ages[1]))
            login.pastLogins = [past, past]
            try await home.store.put(login, for: "aivie")
        }
        let begun = foresight.home.time.now
        await foresight.pass(seconds: 4 * Self.day, step: 3600)
        #expect(foresight.kinds.isEmpty)
        #expect(await foresight.outlook("aivie")?.forecast?.source == .learned)
        await foresight.pass(seconds: 3 * Self.day / 2, step: 3600)
        let event = try #require(foresight.events.withLock { $0.first })
        #expect(event.kind == .loginExpiring)
        #expect(event.forecast?.endsAt == begun.adding(seconds: 7 * Self.day))
        await foresight.pass(seconds: Self.day, step: 3600)
        #expect(foresight.kinds.filter { $0 == .loginExpiring }.count == 3)
    }

    @Test func `does not warn of an end that it prevents`() async throws {
        let foresight = try await Foresight()
        _ = try await foresight.home.token(refresh: true)
        await foresight.pass(seconds: 30 * Self.day, step: 3600)
        #expect(await foresight.outlook("aivie")?.forecast?.source == .preset)
        #expect(!foresight.kinds.contains(.loginExpiring))
    }

    @Test func `keeps an idle login alive whose times come from a clock that was ahead`()
        async throws
    {
        let foresight = try await Foresight { home in
            try await home.logIn()
            var login = home.credential("access-1", "refresh-1")
            login.loggedInAt = home.time.now.adding(seconds: 30 * 86_400)
            login.accessReceivedAt = login.loggedInAt
            login.accessExpiresAt = login.loggedInAt.adding(seconds: 3600)
            login.loginExpiresAt = login.loggedInAt.adding(seconds: 14 * 86_400)
            try await home.store.put(login, for: "aivie")
        }
        await foresight.pass(seconds: 120)
        #expect(foresight.home.server.tokenRequests == 1)
    }

    @Test func `takes all times for old once somebody has set the clock`() async throws {
        let foresight = try await Foresight()
        await foresight.settle()
        foresight.home.time.setWallClock(foresight.home.time.now.adding(seconds: 13 * 86_400))
        await foresight.pass(seconds: 120)
        #expect(foresight.home.server.tokenRequests == 1)
    }

    @Test func `follows a setting that is changed by hand`() async throws {
        let foresight = try await Foresight(
            Household.configuration + "\n[broker]\nrenew_ahead = off\n")
        _ = try await foresight.home.token()
        await foresight.pass(seconds: 60)
        try PrivateFile.replace(
            foresight.home.folder.file("config"), Secret(utf8: Household.configuration))
        await foresight.pass(seconds: 3500)
        #expect(foresight.home.server.tokenRequests == 1)
    }

    @Test func `looks again at what was under way when everything changed`() async throws {
        let foresight = try await Foresight()
        _ = try await foresight.home.token()
        foresight.home.server.prepare(
            .answer(
                status: 401, type: "application/json", body: #"{"error":"invalid_client"}"#))
        foresight.home.server.hold()
        await foresight.settle()
        foresight.home.time.advance(seconds: 3300)
        await foresight.settle(underWay: 1)
        // Mended while the renewal is on its way to fail.
        try PrivateFile.replace(
            foresight.home.folder.file("config"),
            Secret(utf8: Household.configuration + "\n# mended\n"))
        foresight.home.time.advance(seconds: 60)
        await foresight.settle(underWay: 1)
        foresight.home.server.release()
        await foresight.pass(seconds: 60)
        #expect(foresight.home.server.requests.count == 2)
    }

    @Test func `looks once a day at what another process may have done`() async throws {
        let foresight = try await Foresight(Household.configuration) { _ in }
        await foresight.settle()
        try await foresight.home.logIn(lifetime: 10)
        await foresight.pass(seconds: 2 * Self.day, step: 3600)
        #expect(foresight.home.server.tokenRequests >= 1)
    }

    @Test func `leaves alone what another process has renewed meanwhile`() async throws {
        let foresight = try await Foresight()
        _ = try await foresight.home.token()
        await foresight.pass(seconds: 1800)
        try await foresight.home.store.put(
            foresight.home.credential("access-1b", "refresh-1"), for: "aivie")
        await foresight.pass(seconds: 1800)
        #expect(foresight.home.server.tokenRequests == 0)
    }

    @Test func `takes in a profile that is new in the configuration`() async throws {
        let foresight = try await Foresight("[profile other]\nclient_id = x\n")
        await foresight.settle()
        try PrivateFile.replace(
            foresight.home.folder.file("config"), Secret(utf8: Household.configuration))
        await foresight.pass(seconds: 120)
        #expect(await foresight.outlook("aivie") != nil)
    }

    @Test func `begins no more at once than it may`() async throws {
        var text = "[broker]\nrenewals_at_once = 3\n"
        for number in 0..<20 {
            text += """
                [profile p\(number)]
                provider = mautic
                base_url = https://acme.example
                client_id = 1_abc

                """
        }
        let foresight = try await Foresight(text) { home in
            for number in 0..<20 {
                var login = home.credential("a", "refresh-\(number)")
                login.loginExpiresAt = home.time.now.adding(seconds: 1)
                login.renewedAt = home.time.now.adding(seconds: -100)
                try await home.store.put(login, for: "p\(number)")
            }
            home.server.hold()
        }
        while foresight.home.server.requests.count < 3 { await Task.yield() }
        for _ in 0..<3 {
            await foresight.settle(underWay: 3)
            foresight.home.time.advance(seconds: 10)
        }
        #expect(foresight.home.server.requests.count == 3)
        foresight.home.server.release()
        await foresight.settle()
        #expect(foresight.home.server.requests.count == 20)
    }
}
