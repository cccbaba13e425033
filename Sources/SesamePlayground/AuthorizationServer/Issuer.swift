import SesameHTTPServer
import SesameJOSE
import SesameSystem

/// One virtual issuer: its settings and everything it remembers.
///
/// Requests are answered one at a time.
struct Issuer: Sendable {
    let scenario: Scenario
    var tokens = TokenTable()
    var codes = CodeTable()
    var pushed = PushedRequestTable()
    var devices = DeviceTable()
    var sessions = SessionTable()
    var contacts = ContactTable()
    var segments = SegmentTable()
    /// How many requests its API got, those that a fault struck among them.
    var apiRequests = 0
    var assertions = AssertionTable()
    var proofs = ProofTable()
    var registered = ClientTable()
    /// The public keys of clients that sign, by their ids.
    var clientKeys: [String: JWKSet] = [:]

    init(_ scenario: Scenario) {
        self.scenario = scenario
    }

    mutating func respond(to exchange: Exchange) -> Reply {
        switch scenario.dialect {
        case .rfc: respondByRFC(to: exchange)
        case .mautic: respondAsMautic(to: exchange)
        }
    }

    func client(_ id: String?) -> PracticeClient? {
        scenario.clients.first { $0.id == id } ?? registered.find(id)
    }

    func user(named name: String?, password: String?) -> PracticeUser? {
        scenario.users.first { $0.name == name && $0.password == password }
    }

    func mint(_ exchange: Exchange) -> Mint {
        Mint(scenario: scenario, now: exchange.now, random: exchange.random)
    }

    private mutating func respondByRFC(to exchange: Exchange) -> Reply {
        switch (exchange.request.method, exchange.path) {
        case (_, "/token"): token(exchange)
        case ("GET", "/authorize"): Reply(showConsent(exchange))
        case ("POST", "/authorize"): Reply(decide(exchange))
        case ("POST", "/revoke"): revoke(exchange)
        case (_, "/par") where scenario.takesPushedRequestsOnly: Reply(push(exchange))
        case (_, "/device_authorization") where scenario.offersDeviceCodes:
            authorizeDevice(exchange)
        case ("GET", "/device") where scenario.offersDeviceCodes: Reply(showDevicePage(exchange))
        case ("POST", "/device") where scenario.offersDeviceCodes: Reply(decideOnDevice(exchange))
        case ("GET", "/.well-known/openid-configuration"),
            ("GET", "/.well-known/oauth-authorization-server"):
            Reply(metadata(exchange))
        case ("GET", Self.metadataPath): Reply(resourceMetadata(exchange))
        case ("POST", "/register") where scenario.registersClients: Reply(register(exchange))
        case (_, let path) where scenario.registersClients && path.hasPrefix("/register/"):
            Reply(manage(String(path.dropFirst("/register/".count)), exchange))
        case ("GET", Self.resourcePath) where scenario.describesResource: Reply(resource(exchange))
        case (_, let path) where path.hasPrefix("/api/"): Reply(resource(exchange))
        default: Reply(.page(404, .notFound))
        }
    }
}
