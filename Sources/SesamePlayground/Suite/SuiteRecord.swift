import SesameJSON

/// What a suite issuer was asked, and what in it a client must not do.
package struct SuiteRecord: Sendable {
    /// Method and path of every request, in order.
    package private(set) var requests: [String] = []
    /// What was wrong, in words.
    package private(set) var objections: [String] = []
    /// Whether the answer that a client has to refuse has been given.
    var isOver = false

    mutating func begin(_ request: String) { requests.append(request) }

    mutating func forbid(_ isWrong: Bool, _ words: String) {
        if isWrong { objections.append("\(requests.last ?? ""): \(words)") }
    }

    var json: JSONValue {
        .object([("requests", .strings(requests)), ("objections", .strings(objections))])
    }
}
