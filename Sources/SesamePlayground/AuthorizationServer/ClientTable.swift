import SesameHTTP
import SesameSecrets
import SesameSystem

/// The clients that have registered themselves (RFC 7591).
struct ClientTable: Sendable {
    struct Registered: Sendable {
        var client: PracticeClient
        var scope: String?
        /// Seconds since 1970; 0 for a secret that never ends, `nil` without one.
        var secretExpiresAt: Int64?
        /// Of the token that manages it: of the newest only (RFC 7592, section 3).
        var management: TokenHash
    }

    private var clients: [String: Registered] = [:]

    var all: some Collection<PracticeClient> { clients.values.map(\.client) }

    func find(_ id: String?) -> PracticeClient? { id.flatMap { clients[$0]?.client } }

    /// The entry that a token manages.
    func find(_ id: String, by token: Secret?) -> Registered? {
        guard let entry = clients[id], let token, TokenHash(token) == entry.management else {
            return nil
        }
        return entry
    }

    mutating func put(_ entry: Registered) { clients[entry.client.id] = entry }

    mutating func remove(_ id: String) { clients[id] = nil }
}
