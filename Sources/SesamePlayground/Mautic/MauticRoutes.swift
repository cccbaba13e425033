import SesameHTTP
import SesameHTTPServer
import SesameJSON
import SesameSecrets
import SesameSystem

/// Who calls the API.
struct MauticCaller: Sendable {
    /// The user; for client credentials the one who made the client.
    let user: PracticeUser
    /// The client itself, when it acts in its own name.
    var client: PracticeClient?

    var createdBy: Int64? { client == nil ? user.id : nil }

    var createdByName: String {
        guard let client else { return user.fullName }
        return "\(client.name) [\(client.id.prefix { $0 != "_" })]"
    }
}

extension Issuer {
    /// Everything below a Mautic's address: first what is switched off, then the route, then who calls.
    mutating func respondAsMautic(to exchange: Exchange) -> Reply {
        let path = exchange.path
        if path.hasPrefix("/oauth/") || path.hasPrefix("/api/") {
            guard scenario.hasAPI else { return Reply(MauticError.apiDisabled.response) }
            if !scenario.acceptsBasic, exchange.credentials("Basic") != nil {
                return Reply(MauticError.basicDisabled.response, outcome: "access_denied")
            }
        }
        switch (exchange.request.method, path) {
        case ("POST", "/oauth/v2/token"), ("GET", "/oauth/v2/token"): return mauticToken(exchange)
        case ("GET", "/oauth/v2/authorize"), ("POST", "/oauth/v2/authorize"):
            return Reply(mauticAuthorize(exchange))
        case ("GET", "/oauth/v2/authorize_login"), ("POST", "/oauth/v2/authorize_login"),
            ("POST", "/oauth/v2/authorize_login_check"):
            return Reply(mauticLogin(exchange))
        default: return Reply(mauticAPI(exchange))
        }
    }

    private mutating func mauticAPI(_ exchange: Exchange) -> ServerResponse {
        guard let route = MauticRoute(exchange.request.method, exchange.path) else {
            return MauticError.noRoute(exchange.path).response
        }
        do throws(MauticError) {
            let caller = try mauticCaller(exchange)
            var response = try answer(route, caller, exchange)
            response.fields.set("Mautic-Version", mauticVersion)
            response.fields.set("Date", exchange.now.httpDate)
            return response
        } catch {
            return error.response
        }
    }

    private func mauticCaller(_ exchange: Exchange) throws(MauticError) -> MauticCaller {
        if let credentials = exchange.credentials("Basic") {
            guard let pair = BasicPair(credentials) else { throw .malformedBasic }
            let found = scenario.users.first {
                $0.name == pair.name && matches(pair.password, $0.password)
            }
            guard let user = found, user.isPublished else { throw .badBasic }
            return MauticCaller(user: user)
        }
        let tokens = bearerTokens(exchange)
        guard tokens.count <= 1 else { throw .crash(500) }
        guard let token = tokens.first else { throw .noCredentials }
        guard let record = self.tokens.find(token) else { throw .unknownToken }
        guard exchange.now < record.expiresAt else { throw .expiredToken }
        if let user = record.grant.user { return MauticCaller(user: user) }
        return MauticCaller(user: .ada, client: client(record.grant.clientID))
    }

    /// The header counts with a capital B only; the token may stand in the URL or in a form instead.
    private func bearerTokens(_ exchange: Exchange) -> [Secret] {
        var found: [Secret] = []
        if exchange.request.fields["Authorization"]?.hasPrefix("Bearer ") == true {
            found += [exchange.credentials("Bearer")].compactMap { $0 }
        }
        found += exchange.query?.values("access_token") ?? []
        found += exchange.form?.values("access_token") ?? []
        return found
    }

    private mutating func answer(
        _ route: MauticRoute, _ caller: MauticCaller, _ exchange: Exchange
    ) throws(MauticError) -> ServerResponse {
        guard caller.user.mayChangeContacts || !route.needsMoreThanToCreate else {
            throw .accessDenied
        }
        switch route {
        case .listContacts: return listContacts(exchange)
        case .newContact: return try newContact(caller, exchange)
        case .newContacts: return try newContacts(caller, exchange)
        case .contact(let id): return try showContact(id)
        case .editContact(let id, let isWhole):
            return try editContact(id, isWhole: isWhole, caller, exchange)
        case .deleteContact(let id): return try deleteContact(id)
        case .contactFields: return try listFields(caller, exchange)
        case .shortContactFields: return listFieldsShortly()
        case .segments: return listSegments()
        case .place(let contact, let segment, let isIn):
            return try place(contact, in: segment, isIn: isIn)
        case .self: return .mautic(200, describe(caller.user))
        }
    }
}

/// The routes of the API.
///
/// A wrong method or a trailing slash is no route at all.
enum MauticRoute: Sendable {
    case listContacts
    case newContact
    case newContacts
    case contact(Int64)
    /// `isWhole` is PUT, which clears what was not sent.
    case editContact(Int64, isWhole: Bool)
    case deleteContact(Int64)
    case contactFields
    case shortContactFields
    case segments
    /// Into a segment, or out of it.
    case place(Int64, segment: Int64, isIn: Bool)
    case `self`

    init?(_ method: String, _ path: String) {
        switch (method, path) {
        case ("GET", "/api/contacts"): self = .listContacts
        case ("POST", "/api/contacts/new"): self = .newContact
        case ("POST", "/api/contacts/batch/new"): self = .newContacts
        case ("GET", "/api/contacts/list/fields"): self = .shortContactFields
        case ("GET", "/api/fields/contact"): self = .contactFields
        case ("GET", "/api/segments"): self = .segments
        case ("GET", "/api/users/self"): self = .self
        default:
            let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
                .map(String.init)
            if method == "POST", let place = Self(place: parts) {
                self = place
                return
            }
            guard parts.count >= 3, parts[0] == "api", parts[1] == "contacts",
                let id = Int64(parts[2])
            else { return nil }
            switch (method, parts.dropFirst(3)) {
            case ("GET", []): self = .contact(id)
            case ("PATCH", ["edit"]): self = .editContact(id, isWhole: false)
            case ("PUT", ["edit"]): self = .editContact(id, isWhole: true)
            case ("DELETE", ["delete"]): self = .deleteContact(id)
            default: return nil
            }
        }
    }
}

extension MauticRoute {
    /// Whether a role that may create contacts, and nothing else, is refused.
    fileprivate var needsMoreThanToCreate: Bool {
        switch self {
        case .listContacts, .contact, .editContact, .deleteContact, .segments, .place: true
        // The definitions of the fields have a right of their own.
        case .newContact, .newContacts, .contactFields, .shortContactFields, .`self`: false
        }
    }

    /// `api/segments/ID/contact/ID/add`.
    private init?(place parts: [String]) {
        guard parts.count == 6, parts[0] == "api", parts[1] == "segments", parts[3] == "contact",
            let segment = Int64(parts[2]), let contact = Int64(parts[4]),
            ["add", "remove"].contains(parts[5])
        else { return nil }
        self = .place(contact, segment: segment, isIn: parts[5] == "add")
    }
}

private func describe(_ user: PracticeUser) -> JSONValue {
    .object([
        ("id", .integer(user.id)), ("username", .string(user.name)),
        ("firstName", .string(user.firstName)), ("lastName", .string(user.lastName)),
        ("email", .string("\(user.name)@example.test")), ("isPublished", .bool(user.isPublished)),
        (
            "role",
            .object([
                ("id", .integer(user.mayConsent ? 1 : 2)),
                ("name", .string(user.mayConsent ? "Administrator" : "Contact creator")),
            ])
        ),
    ])
}
