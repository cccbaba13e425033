import SesameHTTP
import SesameJSON
public import SesameSecrets

/// The broker as a Swift program sees it: one function for each thing it does.
///
///     let broker = try BrokerClient(environment: environment)
///     let token = try broker.token(of: "aivie")
///
/// All calls block; none needs a task. The broker is the one that listens on Sesame's socket, or one
/// that is started for the life of this client. Refresh tokens, client secrets and keys never come here.
public struct BrokerClient: Sendable {
    private let connection: any BrokerConnection

    /// Finds the broker by the environment's rules; nothing is opened before the first call.
    /// - Throws: a ``Problem`` when the environment does not say where Sesame's files are.
    public init(environment: [String: String]) throws(Problem) {
        let paths = try SesamePaths(environment: environment)
        self.init(over: SocketConnection(paths: paths, environment: environment))
    }

    /// Uses a connection that is there already.
    public init(over connection: any BrokerConnection) {
        self.connection = connection
    }

    /// Whether the broker was started for this client, and knows of no other; known after the first call.
    public var isExclusive: Bool { connection.isExclusive }

    /// The broker's version.
    public func health() throws(Problem) -> HealthMessage {
        try read(BrokerRequest("GET", "/v1/health"), HealthMessage.init(json:))
    }

    /// What is known of providers; no store is opened.
    public func providers() throws(Problem) -> [ProviderMessage] {
        try read(BrokerRequest("GET", "/v1/providers"), ProvidersMessage.init(json:)).providers
    }

    /// All profiles.
    public func profiles() throws(Problem) -> [StatusMessage] {
        try read(BrokerRequest("GET", "/v1/profiles"), ProfilesMessage.init(json:)).profiles
    }

    /// The names of all profiles, for which no store is opened.
    public func profileNames() throws(Problem) -> [String] {
        try read(
            BrokerRequest("GET", "/v1/profiles?names=true"), ProfileNamesMessage.init(json:)
        ).names
    }

    /// One profile with its settings.
    public func status(of profile: String) throws(Problem) -> StatusMessage {
        try read(BrokerRequest("GET", path(profile)), StatusMessage.init(json:))
    }

    /// Makes a profile, or changes what is given.
    public func change(
        _ profile: String, _ change: ProfileChangeMessage
    ) throws(Problem) -> ProfileMessage {
        let request = BrokerRequest("PUT", try path(profile), body: change.json.encoded())
        return try read(request, ProfileMessage.init(json:))
    }

    /// An access token that is valid for a while yet, renewed if need be.
    /// - Parameters:
    ///   - minimumValidity: for how many seconds it must be valid at the least.
    ///   - refresh: whether to renew it even if the held one is good.
    public func token(
        of profile: String, minimumValidity: Int64 = 60, refresh: Bool = false,
        scope: String? = nil,
        resource: String? = nil
    ) throws(Problem) -> TokenMessage {
        var query = FormParameters()
        query.append("min_valid", String(minimumValidity))
        if refresh { query.append("refresh", "true") }
        query.append("scope", scope ?? "")
        query.append("resource", resource ?? "")
        let target = try path(profile, "/token") + "?" + query.encodedText
        return try read(BrokerRequest("GET", target), TokenMessage.init(json:))
    }

    /// The header fields that sign one request of the caller's own.
    public func headers(
        of profile: String, method: String = "GET", url: String
    ) throws(Problem) -> HeadersMessage {
        var query = FormParameters()
        query.append("method", method)
        query.append("url", url)
        let target = try path(profile, "/headers") + "?" + query.encodedText
        return try read(BrokerRequest("GET", target), HeadersMessage.init(json:))
    }

    /// Lets the broker sign and send a request; the token stays with the broker.
    public func send(
        _ message: SignedRequestMessage, as profile: String
    ) throws(Problem) -> SignedResponseMessage {
        let request = BrokerRequest(
            "POST", try path(profile, "/requests"), body: message.json.encoded(),
            timeout: max(0, min(message.timeout, 600)) * 2 + 60)
        return try read(request, SignedResponseMessage.init(json:))
    }

    /// Begins a login; for grants that need no person it is done when this returns.
    public func beginLogin(
        to profile: String, _ start: LoginStartMessage = LoginStartMessage()
    ) throws(Problem) -> LoginMessage {
        let request = BrokerRequest("POST", try path(profile, "/login"), body: start.json.encoded())
        return try read(request, LoginMessage.init(json:))
    }

    /// How a login stands; the broker answers when that changes, or after `wait` seconds, of which there are up to 60.
    public func login(_ id: String, wait: Int64 = 20) throws(Problem) -> LoginMessage {
        let wait = max(0, min(wait, 60))
        let target = try Self.path("/v1/logins/", id) + "?wait=\(wait)"
        return try read(
            BrokerRequest("GET", target, timeout: wait + 30),
            LoginMessage.init(json:))
    }

    /// Hands in the address that the browser ended at.
    public func completeLogin(_ id: String, callback: Secret) throws(Problem) -> LoginMessage {
        let target = try Self.path("/v1/logins/", id) + "/callback"
        let body = CallbackMessage(url: callback).json.encoded()
        return try read(BrokerRequest("POST", target, body: body), LoginMessage.init(json:))
    }

    /// Gives a login up; its port is closed when this returns.
    public func cancelLogin(_ id: String) throws(Problem) {
        _ = try answer(to: BrokerRequest("DELETE", try Self.path("/v1/logins/", id), timeout: 10))
    }

    /// Asks the authorization server about the token that a profile holds.
    public func introspect(_ profile: String) throws(Problem) -> IntrospectionMessage {
        try read(
            BrokerRequest("POST", path(profile, "/introspection")),
            IntrospectionMessage.init(json:))
    }

    /// Revokes a profile's grant where the server can, and forgets it here.
    public func logout(_ profile: String) throws(Problem) -> LogoutMessage {
        try read(BrokerRequest("DELETE", path(profile, "/grant")), LogoutMessage.init(json:))
    }

    func read<Message>(
        _ request: @autoclosure () throws(Problem) -> BrokerRequest,
        _ message: (JSON) throws(MalformedMessage) -> Message
    ) throws(Problem) -> Message {
        let body = try answer(to: try request()).body
        var limits = JSON.Limits()
        limits.bytes = 16 << 20
        do {
            return try message(JSON(parsing: body, limits: limits))
        } catch {
            throw Problem(.internal, "the broker's answer cannot be understood")
        }
    }

    func answer(to request: BrokerRequest) throws(Problem) -> BrokerAnswer {
        let answer = try connection.exchange(request)
        if (200..<300).contains(answer.status) { return answer }
        guard let json = try? JSON(parsing: answer.body), let problem = try? Problem(json: json)
        else {
            throw Problem(.internal, "the broker answered with status \(answer.status)")
        }
        throw problem
    }

    func path(_ profile: String, _ rest: String = "") throws(Problem) -> String {
        try Self.path("/v1/profiles/", profile) + rest
    }

    /// One path segment: what is not unreserved (RFC 3986, section 2.3) is escaped.
    private static func path(_ prefix: String, _ segment: String) throws(Problem) -> String {
        guard !segment.isEmpty, segment != ".", segment != "..", segment.utf8.count <= 200 else {
            throw Problem(.usage, "“\(segment.sanitised())” cannot be the name of a profile")
        }
        var out = SecretBuffer(capacity: segment.utf8.count)
        FormParameters.encode(segment, into: &out)
        let escaped = out.withBytes { String(copying: $0) }
        guard escaped.utf8.contains(UInt8(ascii: "+")) else { return prefix + escaped }
        return prefix
            + escaped.split(separator: "+", omittingEmptySubsequences: false).joined(
                separator: "%20")
    }
}
