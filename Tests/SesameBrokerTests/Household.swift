import SesameBroker
import SesameCrypto
import SesameOAuth
import SesameSecrets
import SesameStore
import SesameSystem
import TestSupport
import Testing

/// A broker with everything around it under a test's control.
struct Household {
    static let configuration = """
        # a comment that must survive
        [profile aivie]
        provider = mautic
        base_url = https://acme.example
        client_id = 1_abc   ; another comment

        [profile robot]
        token_endpoint = https://id.example/token
        base_url = https://api.example
        grant = client_credentials
        client_id = cli

        [profile plain]
        provider = mautic
        base_url = https://acme.example
        grant = basic

        """

    let folder: TemporaryFolder
    let server = RotatingServer()
    let store = MoodyStore()
    let time = ManualTime()
    /// What the broker has told at once.
    let alarms = Locked<[String]>([])
    let broker: Broker
    let parts: Broker.Parts

    init(
        _ configuration: String = Household.configuration,
        _ change: (inout Broker.Parts) -> Void = { _ in }
    ) throws {
        folder = TemporaryFolder()
        let path = folder.path + "/config"
        try PrivateFile.create(path, Secret(utf8: configuration))
        let (store, alarms) = (store, alarms)
        var parts = Broker.Parts(
            configuration: ConfigurationFile(path: path, home: folder.path),
            openStore: { _ in store },
            transport: server, time: time)
        parts.alarm = { text in alarms.withLock { $0.append(text) } }
        change(&parts)
        self.parts = parts
        broker = Broker(parts)
    }

    /// As after a login that got `access-1` and `refresh-1`.
    func logIn(lifetime: Int64 = 3600) async throws {
        try await store.put(
            ClientSecrets(clientSecret: Secret(utf8: "s3cret"), username: nil, password: nil),
            for: "aivie")
        _ = try await store.put(
            credential("access-1", "refresh-1", lifetime: lifetime), for: "aivie")
    }

    func credential(_ access: String, _ refresh: String, lifetime: Int64 = 3600) -> Credential {
        Credential(
            accessToken: Secret(utf8: access), accessExpiresAt: time.now.adding(seconds: lifetime),
            accessReceivedAt: time.now, refreshToken: Secret(utf8: refresh), loggedInAt: time.now,
            tokenEndpoint: "https://acme.example/oauth/v2/token", clientID: "1_abc")
    }

    func token(_ profile: String = "aivie", refresh: Bool = false) async throws(BrokerError)
        -> String
    {
        var query = Broker.TokenQuery(profile: profile)
        query.forcesRenewal = refresh
        return try await broker.accessToken(query).value.dangerouslyRevealedText()
    }

    /// A renewal whose answer finds the disk full: it ends up in memory.
    func renewOntoFullDisk() async throws {
        store.isFull.withLock { $0 = true }
        let renewed = try await withoutWaiting { () throws(BrokerError) -> String in
            try await token()
        }
        #expect(renewed == "access-2")
    }

    /// Runs what waits for the clock.
    func withoutWaiting<Value: Sendable>(
        _ body: @escaping @Sendable () async throws(BrokerError) -> Value
    ) async throws -> Value {
        let running = Task { try await body() }
        let clock = Task {
            while !Task.isCancelled {
                if time.sleepers > 0 { time.advance(seconds: 1) }
                try? await Task.sleep(for: .milliseconds(1))
            }
        }
        defer { clock.cancel() }
        return try await running.value
    }

    func text(_ name: String) throws -> String {
        try PrivateFile.read(folder.path + "/" + name, limit: 1 << 20).dangerouslyRevealedText()
    }
}

/// The error a call throws; `nil` when it throws none.
func failure<Value>(_ body: () async throws(BrokerError) -> Value) async -> BrokerError? {
    do throws(BrokerError) {
        _ = try await body()
        return nil
    } catch {
        return error
    }
}

extension Broker {
    /// The state of all profiles at once.
    func allStatuses() async throws(BrokerError) -> [StatusReport] {
        var reports: [StatusReport] = []
        for try await report in statuses() { reports.append(report) }
        return reports
    }
}
