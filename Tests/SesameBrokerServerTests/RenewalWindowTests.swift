import SesameBroker
import SesameCrypto
import SesameCurl
import SesameHTTP
import SesameOAuth
import SesamePlayground
import SesameSecrets
import SesameStore
import SesameSystem
import TestSupport
import Testing

/// The one window in which a killed broker loses a login of a server that takes refresh tokens once:
/// from the server's commit until the answer is durable in the store.
@Suite struct `The window of a renewal` {
    /// Real parts: a server over loopback TCP, libcurl, the SQLite store on disk.
    @Test func `is one network answer and one durable write long`() async throws {
        let playground = try Playground()
        let folder = TemporaryFolder()
        let store = WatchedStore(
            try await SQLiteStore.open(
                path: folder.file("store.db"),
                keys: HeldKey(
                    try KeyFile.create(at: folder.file("store.key"), random: SystemRandom())),
                random: SystemRandom()))
        let broker = try await loggedIn(playground, folder, store)
        var query = Broker.TokenQuery(profile: "work")
        query.forcesRenewal = true
        for _ in 1...Self.rounds { _ = try await broker.accessToken(query) }

        let commits = playground.log.filter(\.isCommitted).map(\.uptime)
        let saves = store.saves
        try #require(commits.count == Self.rounds && saves.count == Self.rounds)
        let windows = zip(commits, saves).map { $1 - $0 }.sorted()
        print(
            "window of a renewal, \(windows.count) rounds: median \(show(windows, 50)),"
                + " 99th percentile \(show(windows, 99)), longest \(show(windows, 100))")
        #expect(windows[0] > .zero, "the answer is never saved before the server has committed")
        await playground.stop()
    }

    private static let rounds = 200

    private func show(_ sorted: [Duration], _ percentile: Int) -> String {
        let duration = sorted[min(sorted.count - 1, sorted.count * percentile / 100)]
        let microseconds = Int(duration / .microseconds(1))
        return "\(Double(microseconds / 10) / 100) ms"
    }

    /// As after a login: the tokens come from the server's own table.
    private func loggedIn(
        _ playground: Playground, _ folder: TemporaryFolder, _ store: WatchedStore
    ) async throws -> Broker {
        let issuer = playground.issuer("strict")
        let configuration = """
            [profile work]
            issuer = \(issuer)
            client_id = practice-public
            client_auth = none
            redirect_uri = http://127.0.0.1:0/callback

            """
        try PrivateFile.create(folder.file("config"), Secret(utf8: configuration))
        let broker = Broker(
            Broker.Parts(
                configuration: ConfigurationFile(
                    path: folder.file("config"), home: folder.path),
                openStore: { _ in store }, transport: CurlTransport()))
        let start = try await broker.beginLogin("work", mode: .browser, timeout: 60)
        guard case .browser(let address, _) = start.way else { throw LoginFailed() }
        _ = try await PracticeBrowser().open(address)
        let report = try await broker.login(try #require(start.report.id), wait: 30)
        guard case .done = report.state else { throw LoginFailed() }
        return broker
    }
}

private struct LoginFailed: Error {}

/// A store that notes when each renewal has become durable.
private final class WatchedStore: ForwardingStore {
    let store: SQLiteStore
    private let noted = Locked<[Duration]>([])

    init(_ store: SQLiteStore) {
        self.store = store
    }

    var saves: [Duration] { noted.withLock { $0 } }

    func finishRenewal(
        _ ticket: RenewalTicket, with credential: Credential, outcome: Outcome?
    ) async throws(StoreError) -> Revision {
        let revision = try await store.finishRenewal(ticket, with: credential, outcome: outcome)
        let now = SystemTime().uptime
        noted.withLock { $0.append(now) }
        return revision
    }
}
