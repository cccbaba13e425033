import SesameHTTP
import SesameHTTPServer
import SesameJSON
import SesameMautic
import SesamePlayground
import SesameSecrets
import SesameSystem

/// The practice server's Mautic without sockets, and a clock on which every pause is over at once.
final class PracticeMautic: HTTPTransport {
    let time = PatientTime()
    private let service: PlaygroundService
    private let user: String
    private let underWay = Locked<[Set<String>]>([])
    private let meetings = Locked<[String]>([])
    private let sent = Locked<[(request: String, rows: Int)]>([])

    init(user: String = "ada") {
        var options = PlaygroundOptions()
        options.time = time
        options.acceptsBasic = true
        service = PlaygroundService(options, origin: "https://practice.example")
        self.user = user
    }

    var client: MauticClient {
        get throws { try client(time: time) }
    }

    func client(time: any TimeSource) throws -> MauticClient {
        guard let url = HTTPURL("https://practice.example/mautic") else {
            throw TransportError(.badRequest, "no URL", mayHaveBeenSent: false)
        }
        return MauticClient(baseURL: url, transport: self, time: time)
    }

    /// Addresses that stood in two requests at the same time.
    var sharedInParallel: [String] { meetings.withLock { $0 } }
    /// What was asked, and how many contacts each request brought.
    var requests: [(request: String, rows: Int)] { sent.withLock { $0 } }
    /// How many contacts went over the line.
    var sentRows: Int { requests.reduce(0) { $0 + $1.rows } }

    func install(_ faults: Fault...) {
        for fault in faults { service.install(fault) }
    }

    /// A number of the server's own account of itself.
    func count(_ name: String) throws -> Int64 {
        let state = try JSON(parsing: service.stateJSON().encoded())
        return state["issuers"]?["mautic"]?[name]?.integer ?? -1
    }

    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        let contacts = request.body.flatMap { try? JSON(parsing: $0) }?.elements ?? []
        let addresses = Set(contacts.compactMap { $0["email"]?.string?.lowercased() })
        sent.withLock { $0.append((request.method + " " + request.url.path, contacts.count)) }
        let others = underWay.withLock { sets in
            defer { sets.append(addresses) }
            return sets.flatMap { $0.intersection(addresses) }
        }
        meetings.withLock { $0 += others }
        defer {
            underWay.withLock { sets in
                if let index = sets.firstIndex(of: addresses) { sets.remove(at: index) }
            }
        }
        // So that others come in between.
        for _ in 0..<5 { await Task.yield() }
        // A server reads what was kept secret on the way.
        var fields = HTTPFields()
        for field in request.fields.all {
            switch field.value {
            case .plain(let text): fields.append(field.name, text)
            case .secret(let secret): fields.append(field.name, secret.dangerouslyRevealedText())
            }
        }
        if !fields.contains("Authorization"), !request.url.path.contains("/oauth/") {
            var credentials = SecretBuffer(capacity: 64)
            Base64.encode(Array("\(user):practice".utf8).span, into: &credentials)
            fields.set("Authorization", "Basic " + credentials.withBytes { String(copying: $0) })
        }
        let response = await service.handle(
            ServerRequest(
                method: request.method, path: request.url.path, query: request.url.query,
                fields: fields, body: request.body ?? Secret(copying: [])))
        guard !response.dropsConnection else {
            throw TransportError(.connectionLost, "practice", mayHaveBeenSent: true)
        }
        return HTTPResponse(status: response.status, fields: response.fields, body: response.body)
    }
}
