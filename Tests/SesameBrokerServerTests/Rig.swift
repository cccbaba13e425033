import Glibc
import SesameAudit
import SesameBroker
import SesameBrokerServer
import SesameCurl
import SesameHTTP
import SesameHTTPServer
import SesameJSON
import SesamePlayground
import SesameSecrets
import SesameStore
import SesameSystem
import TestSupport
import Testing

/// The two ways to the broker: the daemon's socket, and one end of a socket pair.
enum Line: Sendable, CaseIterable {
    case unixSocket
    case socketPair
}

/// A broker behind its API with libcurl below it, and a playground for it to talk to: all real, but
/// for the store and, where a test says so, the clock.
final class Rig: Sendable {
    static let mauticSecret = "practicesecret0practicesecret0practicesecret0pract"
    private static let transport = CurlTransport()

    let folder = TemporaryFolder()
    let playground: Playground
    let store = MemoryStore()
    let broker: Broker
    let trail: AuditTrail
    private let line: Line
    private let server: HTTPServer

    /// - Parameter configuration: its `@` become the playground's address.
    init(
        _ line: Line = .unixSocket, _ configuration: String = Rig.profiles,
        time: any TimeSource = SystemTime(), storeError: StoreError? = nil,
        hasVault: Bool = false,
        behind given: Playground? = nil, _ change: (inout PlaygroundOptions) -> Void = { _ in }
    ) throws {
        var options = PlaygroundOptions()
        change(&options)
        playground = try given ?? Playground(options)
        let address = playground.baseURL.origin
        let text = configuration.split(separator: "@", omittingEmptySubsequences: false)
            .joined(separator: address)
        let path = folder.file("config")
        try PrivateFile.create(path, Secret(utf8: text))
        let store = store
        let file = ConfigurationFile(path: path, home: folder.path)
        var parts = Broker.Parts(
            configuration: file,
            openStore: { _ async throws(StoreError) in
                if let storeError { throw storeError }
                return store
            }, transport: Self.transport, time: time)
        if hasVault {
            var vault = Vault.Parts(
                path: folder.file("store.db"), usualKeyPath: folder.file("store.key"),
                configuration: file, environment: [:])
            vault.cache = nil
            vault.time = time
            parts = Broker.Parts(
                configuration: file, vault: Vault(vault), transport: Self.transport, time: time)
        }
        trail = try AuditTrail(
            AuditTrail.Parts(
                beside: folder.file("store.db"),
                settings: { (try? file.contents().audit) ?? AuditSettings() }))
        parts.trail = trail
        let broker = Broker(parts)
        self.broker = broker
        self.line = line
        let routes = Routes(
            broker: broker, gate: Gate(configuration: file, owner: geteuid(), time: time),
            trail: trail)
        var limits = ServerLimits()
        limits.bodyBytes = 4 << 20
        server = try HTTPServer(limits: limits) { request in await routes.handle(request) }
        if line == .unixSocket { try server.listen(unixSocket: folder.file("broker.sock")) }
    }

    /// A client with a connection of its own.
    func connect() throws -> RawSocket {
        switch line {
        case .unixSocket: return try RawSocket(path: folder.file("broker.sock"))
        case .socketPair:
            var ends: [Int32] = [0, 0]
            let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
            guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
                throw SystemError("making a socket pair")
            }
            server.adopt(connection: FileDescriptor(owning: ends[0]), peer: .parent)
            return RawSocket(owning: ends[1])
        }
    }

    /// One request over a connection of its own.
    func call(_ method: String, _ target: String, _ body: String = "") async throws -> RawAnswer {
        try await offPool { [self] in
            let client = try connect()
            client.send(Self.request(method, target, body))
            return try client.receiveAnswer()
        }
    }

    static func request(_ method: String, _ target: String, _ body: String = "") -> String {
        "\(method) /v1\(target) HTTP/1.1\r\nHost: sesame\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    var configuration: String {
        get throws {
            try PrivateFile.read(folder.file("config"), limit: 1 << 20).dangerouslyRevealedText()
        }
    }
}

extension Rig {
    static let profiles = """
        [profile rfc]
        issuer = @/rfc
        base_url = @/rfc/api
        client_id = practice-public
        scope = read

        [profile service]
        issuer = @/rfc
        base_url = @/rfc/api
        client_id = practice-service
        grant = client_credentials

        [profile mautic]
        provider = mautic
        base_url = @/mautic
        client_id = 2_practice0any0port0practice0any0port0practice0any0p
        redirect_uri = http://127.0.0.1:0/callback

        [profile plain]
        provider = mautic
        base_url = @/mautic
        grant = basic

        """

    /// Begins a login and returns its id and the address for the browser.
    func beginLogin(
        _ profile: String, mode: String = "browser"
    ) async throws -> (id: String, url: HTTPURL, redirect: HTTPURL) {
        let begun = try await call(
            "POST", "/profiles/\(profile)/login", #"{"mode":"\#(mode)","timeout":60}"#)
        try #require(begun.status == 201, "\(begun.text)")
        return (
            try #require(try begun.json["id"]?.string),
            try #require(try begun.json["authorization_url"]?.string.flatMap { HTTPURL($0) }),
            try #require(try begun.json["redirect_uri"]?.string.flatMap { HTTPURL($0) })
        )
    }

    /// Logs in through the browser, and returns how the login ended.
    @discardableResult
    func logIn(
        _ profile: String, _ decision: PracticeBrowser.Decision = .allow
    ) async throws -> JSON {
        let login = try await beginLogin(profile)
        _ = try await PracticeBrowser(decision).open(login.url)
        return try await call("GET", "/logins/\(login.id)?wait=20").json
    }

    func give(_ secret: String, to profile: String) async throws {
        let body = #"{"settings":{},"client_secret":"\#(secret)"}"#
        let answer = try await call("PUT", "/profiles/\(profile)", body)
        try #require(answer.status == 200, "\(answer.text)")
    }

    func token(_ profile: String, _ query: String = "") async throws -> RawAnswer {
        try await call("GET", "/profiles/\(profile)/token\(query)")
    }

    /// A signed request.
    func send(
        _ profile: String, _ url: String, method: String = "GET"
    ) async throws -> RawAnswer {
        let body = #"{"method":"\#(method)","url":"\#(url)"}"#
        return try await call("POST", "/profiles/\(profile)/requests", body)
    }
}

extension RawAnswer {
    var json: JSON { get throws { try JSON(parsing: Secret(utf8: text)) } }

    /// The code of a problem; `nil` unless the answer is a whole one (RFC 9457).
    var problem: String? {
        guard self["Content-Type"] == "application/problem+json", let json = try? json,
            json["type"]?.string == "about:blank", json["status"]?.integer == Int64(status),
            json["title"]?.string?.isEmpty == false, json["detail"]?.string?.isEmpty == false,
            json["hints"]?.elements != nil
        else { return nil }
        return json["code"]?.string
    }

    var detail: String { (try? json["detail"]?.string) ?? "" }
}
