import SesameHTTP
import SesameJSON
import SesameSecrets
package import SesameSystem

/// What happened to one token request.
///
/// It names no token: only the first digits of digests.
package struct TokenLogEntry: Sendable {
    /// Counts from 1 over all issuers.
    package let number: Int
    package let time: Timestamp
    /// Time since boot when the request was there.
    package let uptime: Duration
    package let issuer: String
    package let client: String?
    package let grantType: String?
    /// The refresh token, code or device code that was presented.
    package let presented: String?
    /// `issued`, an error code, or `fault` when the request was never carried out.
    package var outcome = "fault"
    /// Whether a refresh token was spent and another one put in its place.
    package var isCommitted = false
    /// How many refresh tokens the login has had by now.
    package var generation: Int?
    /// The refresh token that was given.
    package var issued: String?
    /// Whether an answer went out.
    package var isAnswered = false

    init(number: Int, issuer: String, _ exchange: Exchange, uptime: Duration) {
        self.number = number
        time = exchange.now
        self.uptime = uptime
        self.issuer = issuer
        let form = exchange.form
        client = form?["client_id"] ?? exchange.credentials("Basic").flatMap(BasicPair.init)?.name
        grantType = form?["grant_type"]
        let grants = ["refresh_token", "code", "device_code"]
        presented = grants.lazy.compactMap { form?.secret($0) }.first.map { TokenHash($0).prefix }
    }

    mutating func take(_ reply: Reply) {
        outcome = reply.outcome
        isCommitted = reply.issued?.isRotation ?? false
        generation = reply.issued?.generation
        issued = reply.issued?.refresh.map { TokenHash($0).prefix }
    }

    /// One line of the log.
    var json: JSONValue {
        let microseconds = uptime / .microseconds(1)
        return .object([
            ("number", .integer(Int64(number))), ("time", .string(time.description)),
            ("uptime_us", .integer(Int64(microseconds))), ("issuer", .string(issuer)),
            ("client", .optional(client)), ("grant_type", .optional(grantType)),
            ("presented", .optional(presented)), ("outcome", .string(outcome)),
            ("committed", .bool(isCommitted)),
            ("generation", .optional(generation.map(Int64.init))),
            ("issued", .optional(issued)), ("answered", .bool(isAnswered)),
        ])
    }
}

/// The newest token requests, and counts of all.
struct TokenLog: Sendable {
    private(set) var entries: [TokenLogEntry] = []
    /// Counts by issuer and grant type.
    private(set) var counts: [String: [String: Int]] = [:]
    private var lastNumber = 0

    mutating func begin(_ issuer: String, _ exchange: Exchange, uptime: Duration) -> TokenLogEntry {
        lastNumber += 1
        if entries.count >= 20_000 { entries.removeFirst(10_000) }
        let entry = TokenLogEntry(number: lastNumber, issuer: issuer, exchange, uptime: uptime)
        entries.append(entry)
        counts[issuer, default: [:]][entry.grantType ?? "none", default: 0] += 1
        return entry
    }

    mutating func replace(_ entry: TokenLogEntry) {
        guard let first = entries.first, entry.number >= first.number else { return }
        entries[entry.number - first.number] = entry
    }

    mutating func removeAll() {
        entries = []
        counts = [:]
    }
}
