public import SesameHTTP
import SesameJSON
import SesameSecrets
public import SesameSystem

/// One Mautic or Aivie instance, reached over a transport that signs.
///
/// The client never sees a token. It sends one request for one contact; a second one only where the
/// first is known not to count, and never two at a time.
public struct MauticClient: Sendable {
    let baseURL: HTTPURL
    let exchange: Exchange

    /// Makes a client.
    /// - Parameters:
    ///   - baseURL: where Mautic lives, with its folder if it has one.
    ///   - transport: signs and sends; a `SigningTransport`, or a `BrokerTransport`.
    ///   - willWait: is told of each pause, where a request is to be sent again.
    public init(
        baseURL: HTTPURL, transport: any HTTPTransport, time: any TimeSource = SystemTime(),
        willWait: @escaping @Sendable (MauticPause) -> Void = { _ in }
    ) {
        var baseURL = baseURL
        baseURL.query = nil
        self.baseURL = baseURL
        exchange = Exchange(transport: transport, time: time, willWait: willWait)
    }

    /// Creates the contact, or updates the one that has this email, and compares what is stored with
    /// what was sent.
    /// - Throws: ``MauticError``; nothing that was accepted is ever an error.
    public func create(_ draft: ContactDraft) async throws(MauticError) -> ContactResult {
        var request = request("POST", "/api/contacts/new")
        request.fields.set("Content-Type", "application/json")
        request.body = draft.body
        do {
            let response = try await exchange.answer(to: request)
            return try ContactResult(response, to: draft)
        } catch {
            guard case .validation = error.code else { throw error }
            throw await explained(error)
        }
    }

    /// Asks who the credential stands for: the cheapest question that shows whether it works.
    public func whoAmI() async throws(MauticError) -> MauticUser {
        try await whoAmI(.person)
    }

    func whoAmI(_ patience: RetryRules.Patience) async throws(MauticError) -> MauticUser {
        let response = try await exchange.answer(
            to: request("GET", "/api/users/self"), patience)
        guard let user = MauticUser(response) else {
            throw notMautic(response, "the answer is no description of a user")
        }
        return user
    }

    func request(_ method: String, _ path: String) -> HTTPRequest {
        var request = HTTPRequest(method, baseURL.appending(path: path))
        request.fields.set("Accept", "application/json")
        request.maximumResponseBytes = JSON.Limits.ofLists.bytes
        return request
    }
}

/// A contact that Mautic accepted.
public struct ContactResult: Sendable {
    /// What became of it.
    public enum Outcome: String, Sendable {
        /// It is new (201).
        case created
        /// A contact with this email was there and took the values (200). Also seen when the answer
        /// to a first attempt was lost.
        case updated
    }

    /// The contact's number.
    public let id: Int64
    /// Whether it is new.
    public let result: Outcome
    /// The email as it is stored; the one sent, where none is.
    public let email: String
    /// What was sent and is not stored, each with the reason.
    public let shortfalls: [Shortfall]

    /// The aliases of what is not stored; `tags` for tags.
    public var notStored: [String] { shortfalls.map(\.alias) }

    init(_ response: HTTPResponse, to draft: ContactDraft) throws(MauticError) {
        guard let answer = ContactAnswer(response) else {
            throw notMautic(
                response,
                "the answer (HTTP \(response.status)) has no contact in it: "
                    + "whether one was stored is not known")
        }
        self.init(answer, status: response.status, to: draft)
    }

    init(_ answer: ContactAnswer, status: Int, to draft: ContactDraft) {
        id = answer.id
        result = status == 201 ? .created : .updated
        email = answer.values["email"]?.string?.sanitised() ?? draft.email
        shortfalls = SesameMautic.shortfalls(of: draft, in: answer)
    }
}

/// Who a credential stands for.
public struct MauticUser: Sendable {
    /// The user name; with client credentials the name of the API credential and its number.
    public let username: String
    /// First and last name, if there is one.
    public let name: String?
    /// The role's name.
    public let role: String?
    /// The server's version, such as `7.0.0`.
    public let version: String?

    init?(_ response: HTTPResponse) {
        guard let json = try? JSON(parsing: response.body) else { return nil }
        let user = json["user"] ?? json
        guard let username = user["username"]?.text else { return nil }
        self.username = username.sanitised()
        let names = ["firstName", "lastName"].compactMap { user[$0]?.text }
        let name = names.joined(separator: " ").trimmingBlanks()
        self.name = name.isEmpty ? nil : name.sanitised()
        role = (user["role"]?["name"] ?? user["role"])?.text?.sanitised()
        version = response.fields["Mautic-Version"]?.sanitised(limit: 40)
    }
}

func notMautic(_ response: HTTPResponse, _ message: String) -> MauticError {
    MauticError(
        .badResponse, message,
        hints: ["check base_url: a proxy or a login page may answer there instead of Mautic"],
        status: response.status, dialect: .foreign)
}
