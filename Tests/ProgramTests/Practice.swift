import Glibc
import SesameJSON
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

/// Sesame logged in to a practice server as profile `work`, and what it takes to watch and to
/// disturb both.
struct Practice {
    let sesame: Sesame
    let playground: Playground
    private let issuer: String
    private let browserFolder = TemporaryFolder()
    /// What stands before token endpoint and API, if anything does.
    let front: TLSFront?

    /// Sets the profile up and logs in.
    /// - Parameters:
    ///   - issuer: one of the playground's, such as `strict` or `grace`.
    ///   - options: more of the playground's own.
    init(_ issuer: String, _ options: String...) async throws {
        self.issuer = issuer
        front = nil
        playground = try Playground(["--quiet"] + options)
        sesame = try Self.sesame(at: playground, browserFolder)
        try await sesame.run(
            ["setup", "work", "--issuer", "\(playground.origin)/\(issuer)"]
                + ["--client-id", "practice-confidential", "--scope", "read"]
                + ["--client-secret-stdin"], input: "practice-secret")
        try await sesame.run("login", "work")
        try await forgetLog()
    }

    /// Logs a public client in whose profile has a base URL, `/things` below it.
    /// - Parameters:
    ///   - authority: whose certificates stand before token endpoint and API; `nil` for no TLS.
    ///   - variables: what the programs find in their environment beside what they need.
    init(
        _ issuer: String, through authority: CertificateAuthority?,
        variables: [String: String] = [:]
    ) async throws {
        self.issuer = issuer
        playground = try Playground("--quiet")
        sesame = try Self.sesame(at: playground, browserFolder, variables)
        let plain = "\(playground.origin)/\(issuer)"
        let port = try #require(playground.origin.split(separator: ":").last.flatMap { UInt16($0) })
        front = try await offPool {
            try authority.map {
                try TLSFront(try $0.issue(["DNS:localhost"]), before: port)
            }
        }
        let base = front.map { "https://localhost:\($0.port)/\(issuer)" } ?? plain
        let profile = """
            [profile work]
            client_id = practice-public
            authorization_endpoint = \(plain)/authorize
            token_endpoint = \(base)/token
            revocation_endpoint = \(base)/revoke
            base_url = \(base)/api
            scope = read
            \(authority.map { "ca_file = \($0.file)" } ?? "")

            """
        try PrivateFile.create(sesame.folder.file("config"), Secret(utf8: profile))
        try await sesame.run("login", "work")
        try await forgetLog()
    }

    private static func sesame(
        at playground: Playground, _ browserFolder: TemporaryFolder,
        _ variables: [String: String] = [:]
    ) throws -> Sesame {
        let browser = browserFolder.file("practice-browser")
        let program = BuiltPrograms.path(of: "sesame-playground")
        try #require(unsafe symlink(program, browser) == 0)
        return Sesame(browser: browser, server: playground, variables: variables)
    }

    /// Runs a command to its end, whatever that is.
    func end(of arguments: String...) async throws -> ChildProcess.Finished {
        let running = try sesame.start(arguments)
        return try await offPool { try running.wait() }
    }

    /// Starts a broker and returns when it answers.
    func startBroker() async throws -> ChildProcess.Running {
        try await sesame.startBroker()
    }
}

// The practice server.
extension Practice {
    /// One token request that the server has seen.
    struct TokenRequest: Sendable {
        let presented: String?
        let issued: String?
        let outcome: String?
        /// The refresh token that was presented is spent, and `issued` is in its place.
        let isCommitted: Bool
    }

    /// All token requests since the log was emptied, in order.
    func log() async throws -> [TokenRequest] {
        try await control("GET", "log").split(separator: "\n").map { line in
            let entry = try JSON(printed: String(line))
            return TokenRequest(
                presented: entry["presented"]?.string, issued: entry["issued"]?.string,
                outcome: entry["outcome"]?.string, isCommitted: entry["committed"]?.bool == true)
        }
    }

    func forgetLog() async throws {
        _ = try await control("DELETE", "log")
    }

    /// Installs a fault at the token endpoint.
    func disturb(_ fault: String) async throws {
        _ = try await control("POST", "faults", fault)
    }

    /// Lets all requests go that a fault holds.
    func release() async throws {
        _ = try await control("POST", "release")
    }

    /// Gives the profile an access token that is too old for anybody, by a renewal that keeps the
    /// refresh token: the expiry comes without waiting for it.
    func letTokenExpire() async throws {
        let body = #"{\"access_token\":\"expiring\",\"token_type\":\"Bearer\",\"expires_in\":30}"#
        try await disturb(
            #"{"answer":{"content_type":"application/json","body":"\#(body)"}}"#)
        try #require(try await sesame.run("token", "work", "--refresh") == "expiring\n")
        try await forgetLog()
    }

    /// Waits until a request is held: a time-limited question, repeated.
    func waitUntilHeld() async throws {
        try await eventually("a request is held") {
            try JSON(printed: try await control("GET", "state"))["held"]?.integer == 1
        }
    }

    func control(_ method: String, _ path: String, _ body: String = "") async throws -> String {
        try await playground.control(method, path, body)
    }
}

extension Sesame {
    /// Where a broker of this home listens.
    var socketPath: String { folder.file("broker.sock") }

    /// Starts a broker and returns when it answers: the socket of one that was killed is still there.
    func startBroker() async throws -> ChildProcess.Running {
        let broker = try start(BuiltPrograms.path(of: "sesamed"), [])
        try await eventually("the broker listens") {
            (try? RawSocket(path: socketPath)) != nil
        }
        return broker
    }

    /// Starts a command of `sesame` that goes on while the test does something else.
    func start(_ arguments: [String]) throws -> ChildProcess.Running {
        try start(BuiltPrograms.path(of: "sesame"), arguments)
    }

    /// Starts any program with this home.
    func start(_ program: String, _ arguments: [String]) throws -> ChildProcess.Running {
        var environment = ChildProcess.plainEnvironment.merging(variables) { $1 }
        environment["SESAME_HOME"] = folder.path
        environment["HOME"] = folder.path
        return try ChildProcess.start(program, arguments, environment: environment)
    }
}

/// Asks again and again until the answer is yes.
/// - Throws: when that takes longer than 30 seconds.
func eventually(
    _ what: String, sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + patience
    while try await !condition() {
        try #require(
            ContinuousClock.now < deadline, "not in time: \(what)", sourceLocation: sourceLocation)
        try await Task.sleep(for: .milliseconds(2))
    }
}
