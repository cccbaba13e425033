import SesameMautic
import SesamePlayground
import SesameSystem
import Testing

/// The ways in which a server ends a batch that leave it open whether a row is to blame.
private let deaths = BreakingServer.Death.allCases

@Suite struct `An import into a server that breaks down` {
    @Test func `ends at an outage, and no row fails for it`() async throws {
        let mautic = PracticeMautic()
        var outage = Fault.siteOffline.at(.api, of: "mautic", count: 100_000)
        outage.skip = 5
        mautic.install(outage)
        let failure = try await #require(throws: ImportFailure.self) {
            _ = try await run(rows(0..<1000), mautic)
        }
        guard case .server(let error) = failure.reason, case .temporary = error.code else {
            Issue.record("\(failure.reason)")
            return
        }
        #expect(failure.summary.counts.failed == 0)
        #expect(failure.summary.isInterrupted)
    }

    @Test(arguments: [5, 14])
    func `waits until an outage is over, and no row fails for it`(_ requests: Int) async throws {
        let mautic = PracticeMautic()
        var outage = Fault.siteOffline.at(.api, of: "mautic", count: requests)
        // Behind the fields, and the look at the contact.
        outage.skip = 2
        mautic.install(outage)
        #expect(try await run(rows(0..<1), mautic).counts == counts(created: 1))
    }

    @Test(arguments: deaths, [6, 1000])
    func `ends where that is so over every contact, and no row fails for it`(
        _ death: BreakingServer.Death, _ count: Int
    ) async throws {
        let server = BreakingServer(by: death, limit: 0)
        let failure = try await #require(throws: ImportFailure.self) {
            _ = try await run(rows(0..<count), client: try server.client)
        }
        guard case .server = failure.reason else {
            Issue.record("\(failure.reason)")
            return
        }
        #expect(failure.summary.counts.failed == 0)
        #expect(server.sizes.count < 500)
    }

    @Test func `finds that row where nobody may ask who asks`() async throws {
        let server = BreakingServer(over: ["user3@x.example"], knowsUsers: false)
        let summary = try await run(rows(0..<20), client: try server.client)
        #expect(summary.counts == counts(created: 19, failed: 1))
    }

    @Test(arguments: deaths, [true, false])
    func `finds the one row over which that is so`(
        _ death: BreakingServer.Death, _ mayLook: Bool
    ) async throws {
        let server = BreakingServer(over: ["user77@x.example"], by: death, mayLook: mayLook)
        let summary = try await run(rows(0..<300), client: try server.client)
        #expect(summary.counts == counts(created: 299, failed: 1))
        let words =
            switch death {
            case .crash: "the server answered HTTP 500: "
            case .firewall: "not permitted: Blocked"
            default: "the server broke down over it 3 times: "
            }
        #expect(
            summary.failures.first?.hasPrefix("line 79: " + words) == true, "\(summary.failures)")
        #expect(server.count == 299)
        #expect(server.meetings == 0)
    }

    @Test(arguments: deaths)
    func `finds several such rows, one behind the other`(_ death: BreakingServer.Death) async throws
    {
        let numbers = [5, 6, 7, 8, 9, 50, 99]
        let server = BreakingServer(over: numbers.map { "user\($0)@x.example" }, by: death)
        let summary = try await run(rows(0..<100), client: try server.client)
        #expect(summary.counts == counts(created: 93, failed: 7))
    }

    @Test(arguments: deaths)
    func `finds that row where it has taken nothing, and knows the others`(
        _ death: BreakingServer.Death
    ) async throws {
        let server = BreakingServer(over: ["user150@x.example"], by: death)
        let known = rows(0..<150) + rows(151..<300, header: false)
        _ = try await run(known, client: try server.client)
        let before = server.count
        // As a daily export has them: nothing is new but one row, and those far behind it.
        let summary = try await run(rows(0..<300), client: try server.client, concurrency: 1)
        #expect(summary.counts == counts(unchanged: 299, failed: 1))
        #expect(server.count == before)
        let more = try await run(rows(0..<600), client: try server.client, concurrency: 1)
        #expect(more.counts == counts(created: 300, unchanged: 299, failed: 1))
    }

    @Test func `says what it said of the row`() async throws {
        // Mautic breaks down over a stage that it does not know.
        let server = BreakingServer(over: ["poison@x.example"])
        let text = rows(0..<33) + "poison@x.example,P\n" + rows(33..<66, header: false)
        let summary = try await run(text, client: try server.client)
        #expect(summary.counts == counts(created: 66, failed: 1))
        #expect(summary.failures == ["line 35: the server answered HTTP 500: error #500"])
    }

    @Test func `is not taken for one where its answers are too large`() async throws {
        let server = BreakingServer(mostLooked: 8)
        #expect(
            try await run(rows(0..<100), client: try server.client).counts == counts(created: 100))
        #expect(
            try await run(rows(0..<100), client: try server.client).counts
                == counts(unchanged: 100))
        let blind = BreakingServer(mostLooked: 0)
        for _ in 0..<2 { _ = try await run(rows(0..<10), client: try blind.client) }
        #expect(blind.sizes == [10, 10], "what cannot be looked at is sent")
    }

    @Test func `is looked at again where a firewall has refused it once`() async throws {
        let server = BreakingServer(looksRefused: 1)
        _ = try await run(rows(0..<100), client: try server.client)
        let again = try await run(rows(0..<100), client: try server.client)
        #expect(again.couldLook)
        #expect(again.counts == counts(unchanged: 100))
    }

    @Test func `says what it waits for`() async throws {
        let reasons = Locked<Set<MauticPause.Reason>>([])
        let server = BreakingServer(losesFirst: true)
        _ = try await run(
            rows(0..<5),
            client: server.client { pause in _ = reasons.withLock { $0.insert(pause.reason) } })
        #expect(reasons.withLock { $0 } == [.lostAnswer])
    }

    @Test func `gets smaller batches where it takes no larger ones`() async throws {
        let server = BreakingServer(limit: 25)
        let summary = try await run(rows(0..<300), client: try server.client, concurrency: 1)
        #expect(summary.counts == counts(created: 300))
        #expect(server.sizes.prefix(3) == [100, 100, 50])
        #expect(server.sizes.suffix(4) == [25, 25, 25, 25])
    }
}
