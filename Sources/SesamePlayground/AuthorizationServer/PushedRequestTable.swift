import SesameHTTP
import SesameSecrets
import SesameSystem

/// Authorization requests that were left here for a browser that will come (RFC 9126).
struct PushedRequestTable: Sendable {
    struct Request: Sendable {
        let clientID: String
        let parameters: ReceivedForm
        let expiresAt: Timestamp
    }

    /// Seconds.
    static let lifetime: Int64 = 60

    private var requests: [String: Request] = [:]

    /// Keeps a request; returns its name.
    mutating func add(_ request: Request, by mint: Mint) -> String {
        if requests.count > 1000 { requests = requests.filter { mint.now < $0.value.expiresAt } }
        let name =
            "urn:ietf:params:oauth:request_uri:" + mint.token().dangerouslyRevealedText()
        requests[name] = request
        return name
    }

    func find(_ name: String?) -> Request? { name.flatMap { requests[$0] } }

    mutating func spend(_ name: String?) {
        if let name { requests[name] = nil }
    }
}
