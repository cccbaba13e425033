import SesameJSON
import SesameSystem

extension Fault {
    /// Reads a fault: a `kind` to begin with, then the parts that differ from it.
    init(_ json: JSON, now: Timestamp) throws(ControlError) {
        let kind = json["kind"]?.string ?? "none"
        switch kind {
        case "rate_limited":
            self = .rateLimited(reset: now.adding(seconds: json["reset_in"]?.integer ?? 1).seconds)
        default:
            guard let preset = Self.presets[kind] else {
                let known = (Self.presets.keys + ["rate_limited"]).sorted().joined(separator: ", ")
                throw ControlError("unknown kind; there are: \(known)")
            }
            self = preset
        }
        try readPlace(json)
        readTimes(json)
        if let answer = json["answer"] { try read(answer: answer) }
        isCarriedOut = json["carried_out"]?.bool ?? isCarriedOut
        losesAnswer = json["loses_answer"]?.bool ?? losesAnswer
        removed = Set(json["without"]?.elements?.compactMap(\.string) ?? [])
        members += (json["members"]?.members ?? []).map { ($0.name, JSONValue($0.value)) }
    }

    static let presets: [String: Fault] = [
        "none": Fault(), "html": .htmlPage, "error_500": .serverError, "error_503": .unavailable,
        "site_offline": .siteOffline, "forbidden": .forbidden, "lost_answer": .lostAnswer,
        "dropped": .dropped, "held": .held, "held_answer": .heldAnswer,
        "pending": .refusing("authorization_pending"), "slow_down": .refusing("slow_down"),
        "nonce": .demanding(nonces: ["another-nonce"]),
        "two_nonces": .demanding(nonces: ["one-nonce", "other-nonce"]), "bearer": .bearer,
        "denied": .refusing("access_denied"), "expired": .refusing("expired_token"),
    ]

    private mutating func readPlace(_ json: JSON) throws(ControlError) {
        issuer = json["issuer"]?.string
        if let name = json["endpoint"]?.string {
            guard let known = Endpoint(rawValue: name) else {
                throw ControlError("unknown endpoint")
            }
            endpoint = known
        }
        count = Int(clamping: json["count"]?.integer ?? 1)
        skip = Int(clamping: json["skip"]?.integer ?? 0)
        every = max(1, Int(clamping: json["every"]?.integer ?? 1))
    }

    private mutating func readTimes(_ json: JSON) {
        let longest: Int64 = 3_600_000
        delay = min(longest, max(0, json["delay_ms"]?.integer ?? delay))
        answerDelay = min(longest, max(0, json["answer_delay_ms"]?.integer ?? answerDelay))
        holdsRequest = json["holds_request"]?.bool ?? holdsRequest
        holdsAnswer = json["holds_answer"]?.bool ?? holdsAnswer
    }

    /// An answer of one's own takes the place of the request's, which is not carried out unless it says so.
    private mutating func read(answer json: JSON) throws(ControlError) {
        let status = json["status"]?.integer ?? 200
        guard (200...599).contains(status) else { throw ControlError("status must be 200 … 599") }
        var answer = Answer(
            status: Int(status), contentType: json["content_type"]?.string ?? "text/plain",
            body: json["body"]?.string ?? "")
        answer.fields = (json["fields"]?.members ?? []).map { ($0.name, $0.value.string ?? "") }
        self.answer = answer
        isCarriedOut = false
    }
}
