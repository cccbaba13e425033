import SesameHTTP
import SesameJSON
import SesameMautic
import SesameSecrets
import SesameSystem

/// A Mautic that breaks down over one contact, or over too many at once, as the real one does (500 for the whole batch).
final class BreakingServer: HTTPTransport {
    /// How it breaks down.
    enum Death: CaseIterable {
        /// With Mautic's own words.
        case crash
        /// PHP ended, and the web server says so, or nothing.
        case page, nothing, emptySuccess, badGateway, unavailable, closedConnection, gatewayTimeout
        /// Something before Mautic does not like what it reads.
        case firewall
    }

    private struct State {
        var ids: [String: Int64] = [:]
        var sizes: [Int] = []
        var looks = 0
        /// What a lost request is still to store.
        var unfinished: [(id: Int64, email: String, name: String)] = []
        var names: [String: String] = [:]
        var losesNext = false
        var customers: [String] = []
        var meetings = 0
    }

    private let poison: [String]
    private let death: Death
    private let limit: Int
    private let mayLook: Bool
    private let fields: String?
    private let knowsUsers: Bool
    private let mostLooked: Int
    private let looksRefused: Int
    private let state = Locked(State())

    /// - Parameters:
    ///   - losesFirst: whether the answer to the first batch is lost while it stores two contacts each time that
    ///     somebody looks.
    ///   - fields: what it says of its fields; `nil` for a refusal.
    ///   - mostLooked: of more contacts its answer would be too large.
    ///   - looksRefused: how many of the first looks a firewall refuses.
    init(
        over poison: [String] = [], by death: Death = .crash, limit: Int = 200,
        mayLook: Bool = true, losesFirst: Bool = false,
        fields: String? = nil, knowsUsers: Bool = true, mostLooked: Int = 1000,
        looksRefused: Int = 0
    ) {
        self.mostLooked = mostLooked
        self.looksRefused = looksRefused
        self.knowsUsers = knowsUsers
        self.poison = poison
        self.death = death
        self.limit = limit
        self.mayLook = mayLook
        state.withLock { $0.losesNext = losesFirst }
        self.fields = fields
    }

    /// How many contacts it has.
    var count: Int { state.withLock { $0.ids.count } }
    /// Loses the answer to the next batch.
    func loseNext() { state.withLock { $0.losesNext = true } }

    /// Gives contacts other values, as somebody else has.
    func rename(_ name: String) {
        state.withLock { state in for email in state.names.keys { state.names[email] = name } }
    }

    /// How often a batch came with a contact of a lost one that was not at its end, or with a customer that was under way.
    var meetings: Int { state.withLock { $0.meetings } }

    /// How many contacts each batch had.
    var sizes: [Int] { state.withLock { $0.sizes } }
    /// How often contacts were asked for.
    var looks: Int { state.withLock { $0.looks } }

    var client: MauticClient {
        get throws { try client() }
    }

    func client(
        time: any TimeSource = PatientTime(),
        willWait: @escaping @Sendable (MauticPause) -> Void = { _ in }
    ) throws -> MauticClient {
        guard let url = HTTPURL("https://acme.example") else {
            throw TransportError(.badRequest, "no URL", mayHaveBeenSent: false)
        }
        return MauticClient(baseURL: url, transport: self, time: time, willWait: willWait)
    }

    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        switch request.url.path {
        case "/api/contacts/batch/new":
            let isLost = state.withLock { state in
                defer { state.losesNext = false }
                return state.losesNext
            }
            let customers = contacts(in: request).compactMap { $0["customer"]?.string }
            let emails = contacts(in: request).compactMap { $0["email"]?.string }
            state.withLock { state in
                if state.unfinished.contains(where: { emails.contains($0.email) })
                    || customers.contains(where: state.customers.contains)
                {
                    state.meetings += 1
                }
                state.customers += customers
            }
            for _ in 0..<5 { await Task.yield() }
            defer {
                state.withLock { state in state.customers.removeAll { customers.contains($0) } }
            }
            guard isLost else { return try batch(request) }
            lose(request)
            throw TransportError(.timeout, "scripted", mayHaveBeenSent: true)
        case "/api/contacts": return mayLook ? try look(request) : refusedLook()
        case "/api/users/self" where knowsUsers: return answer(200, #"{"username":"ada"}"#)
        case "/api/fields/contact":
            return fields.map { answer(200, $0) } ?? answer(403, Captures.forbidden)
        default: return answer(403, Captures.forbidden)
        }
    }

    private func refusedLook() -> HTTPResponse {
        state.withLock { $0.looks += 1 }
        return answer(403, Captures.forbidden)
    }

    private func look(_ request: HTTPRequest) throws(TransportError) -> HTTPResponse {
        let query = request.url.query ?? ""
        guard query.ranges(of: "%40").count <= mostLooked else {
            throw TransportError(.badResponse, "sent more than it may", mayHaveBeenSent: true)
        }
        return state.withLock { state in
            state.looks += 1
            guard state.looks > looksRefused else {
                return answer(403, "<html><title>Blocked</title></html>")
            }
            for contact in state.unfinished.prefix(2) {
                state.ids[contact.email] = contact.id
                state.names[contact.email] = contact.name
            }
            state.unfinished.removeFirst(min(2, state.unfinished.count))
            let found = state.ids.filter { query.contains($0.key.split(separator: "@")[0] + "%40") }
            let contacts = found.map { email, id in
                #""\#(id)":"# + shown(id, email, state.names[email] ?? "")
            }
            return answer(
                200,
                #"{"total":"\#(found.count)","contacts":{\#(contacts.joined(separator: ","))}}"#)
        }
    }

    private func lose(_ request: HTTPRequest) {
        state.withLock { state in
            state.sizes.append(contacts(in: request).count)
            for contact in contacts(in: request) {
                state.unfinished.append(
                    (
                        state.ids[contact["email"]?.string ?? ""]
                            ?? Int64(state.unfinished.count + 1), contact["email"]?.string ?? "",
                        contact["firstname"]?.string ?? ""
                    ))
            }
        }
    }

    private func contacts(in request: HTTPRequest) -> [JSON] {
        request.body.flatMap { try? JSON(parsing: $0) }?.elements ?? []
    }

    private func shown(_ id: Int64, _ email: String, _ name: String) -> String {
        #"{"id":\#(id),"tags":[],"fields":{"all":{"id":"\#(id)","email":"\#(email)","firstname":"\#(name)"}}}"#
    }

    /// The end of a request, and of all that it was to store.
    private func dead() throws(TransportError) -> HTTPResponse {
        switch death {
        case .crash:
            answer(500, #"{"errors":[{"message":"error #500","code":500,"type":null}]}"#)
        case .page: answer(500, "<html><title>500 Internal Server Error</title></html>")
        case .nothing: answer(500, "")
        case .emptySuccess: answer(200, "")
        case .badGateway: answer(502, "<html><title>502 Bad Gateway</title></html>")
        case .unavailable: answer(503, "<html><title>503 Backend fetch failed</title></html>")
        case .firewall: answer(403, "<html><title>Blocked</title></html>")
        case .gatewayTimeout: answer(524, "error code: 524")
        case .closedConnection:
            throw TransportError(.connectionLost, "scripted", mayHaveBeenSent: true)
        }
    }

    private func batch(_ request: HTTPRequest) throws(TransportError) -> HTTPResponse {
        let contacts = contacts(in: request)
        let emails = contacts.compactMap { $0["email"]?.string }
        state.withLock { $0.sizes.append(emails.count) }
        guard emails.count <= limit, !emails.contains(where: poison.contains) else {
            return try dead()
        }
        return state.withLock { state in
            var statuses: [String] = []
            let stored = contacts.map { contact -> String in
                let email = contact["email"]?.string ?? ""
                statuses.append(state.ids[email] == nil ? "201" : "200")
                let id = state.ids[email] ?? Int64(state.ids.count + 1)
                state.ids[email] = id
                let name = contact["firstname"]?.string ?? ""
                state.names[email] = name
                return shown(id, email, name)
            }
            return answer(
                201,
                #"{"contacts":[\#(stored.joined(separator: ","))],"statusCodes":[\#(statuses.joined(separator: ","))]}"#
            )
        }
    }

    private func answer(_ status: Int, _ body: String) -> HTTPResponse {
        var fields = HTTPFields()
        fields.set("Content-Type", "application/json")
        return HTTPResponse(status: status, fields: fields, body: Secret(utf8: body))
    }
}

/// A clock on which every wait is broken off.
struct EndedTime: TimeSource {
    let now = Timestamp(seconds: 1_790_000_000)
    let uptime = Duration.zero

    func sleep(for duration: Duration) async throws(CancellationError) { throw CancellationError() }
}
