public import SesameHTTP
public import SesameSystem

/// Why a contact was not created, or a question to Mautic not answered.
///
/// Every text in it is fit to be shown: what came from the server was sanitised and cut.
public struct MauticError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it was.
    public enum Code: Sendable {
        /// The contact's own values are not fit to be sent; nothing was sent.
        case invalidDraft
        /// The server refused values; ``MauticError/fields`` says which.
        case validation
        /// The role of the user, or something in front of the server, does not allow it (403).
        case notPermitted
        /// There is nothing at that address (404).
        case notFound
        /// The server did not accept who is asking (401).
        case unauthorised(Doubt)
        /// Too many requests; the time at which the count starts again, where the server says it.
        case rateLimited(until: Timestamp?)
        /// The API is switched off.
        case apiDisabled
        /// HTTP Basic is switched off.
        case basicDisabled
        /// The server cannot answer now; the same command may work later.
        case temporary
        /// The answer is not Mautic's, such as a redirect or a web page.
        case badResponse
        /// There was no answer at all.
        case transport(TransportError)
        /// Any other refusal.
        case refused
    }

    /// What a 401 is about.
    public enum Doubt: Sendable {
        /// No credential reached the application: a header was stripped, or none was sent.
        case credentialMissing
        /// The access token is unknown or has expired.
        case token
        /// User name or password are wrong.
        case password
    }

    /// What is wrong with one field.
    public struct FieldProblem: Sendable, Hashable {
        /// The field's alias.
        public let alias: String
        /// The server's words, or ours.
        public let message: String

        /// Makes a problem.
        public init(alias: String, message: String) {
            self.alias = alias
            self.message = message
        }
    }

    /// The kind of failure.
    public let code: Code
    /// Words for a person.
    public let message: String
    /// What is wrong per field, when the failure is about fields.
    public let fields: [FieldProblem]
    /// What to do, a sentence each.
    public internal(set) var hints: [String]
    /// The status of the answer, if there was one.
    public let status: Int?
    /// Who has said it.
    let dialect: ErrorBody.Dialect
    /// Whether Mautic itself has, and not a proxy, or the page that it shows while its database is down.
    var isMauticsOwn: Bool { dialect != .foreign }
    /// Whether Mautic says that the role does not allow it; what a firewall refuses has nothing to do with the role.
    package var isOfTheRole: Bool {
        if case .notPermitted = code { isMauticsOwn } else { false }
    }

    init(
        _ code: Code, _ message: String, fields: [FieldProblem] = [], hints: [String] = [],
        status: Int? = nil, dialect: ErrorBody.Dialect = .controller
    ) {
        self.code = code
        self.message = message
        self.fields = fields
        self.hints = hints
        self.status = status
        self.dialect = dialect
    }

    /// The words.
    public var description: String { message }
}
