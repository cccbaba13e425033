import SesameJSON
import SesameSystem

/// What a request asks for, read and checked before anything is stored.
struct ContactChange: Sendable {
    private(set) var values: [String: JSONValue] = [:]
    /// Fields that were sent blank.
    private(set) var blanks: Set<String> = []
    /// Tags to add, and with a `-` in front, to remove.
    private(set) var tags: [String] = []
    private(set) var owner: PracticeUser?
    private(set) var lastActive: String?
    private(set) var address: String?
    private(set) var overwritesWithBlank = false

    /// - Throws: the validation error with all fields that are wrong, or a crash.
    init(_ input: ContactInput, users: [PracticeUser]) throws(MauticError) {
        var wrong: [(field: String, messages: [String])] = []
        for field in ContactField.all {
            guard let value = input[field.alias] else { continue }
            guard !value.isBlank else {
                blanks.insert(field.alias)
                continue
            }
            switch field.read(value) {
            case .value(let value): values[field.alias] = value
            case .dropped: break
            case .invalid(let message): wrong.append((field.alias, [message]))
            case .crash: throw .crash(500)
            }
        }
        if let stage = input["stage"], !stage.isBlank { throw .crash(500) }
        if let id = input["owner"], !id.isBlank {
            owner = users.first { id.text == String($0.id) }
            if owner == nil { wrong.append(("owner", ["The selected choice is invalid."])) }
        }
        guard wrong.isEmpty else { throw Self.invalid(wrong) }
        readTheRest(input)
    }

    private mutating func readTheRest(_ input: ContactInput) {
        if case .list(let elements) = input["tags"] {
            tags = elements.compactMap(\.text)
        } else {
            tags = input["tags"]?.text?.split(separator: ",").map(String.init) ?? []
        }
        tags = tags.map(trimming).filter { !$0.isEmpty && $0 != "-" }
        lastActive = input["lastActive"]?.text.flatMap(PracticeDate.init)?.withOffset
        address = input["ipAddress"]?.text
        let flag = input["overwriteWithBlank"]?.text ?? ""
        overwritesWithBlank = ["1", "true"].contains(flag)
    }

    /// One element for all fields; the message repeats each.
    private static func invalid(_ wrong: [(field: String, messages: [String])]) -> MauticError {
        let message = wrong.map { "\($0.field): \($0.messages.joined(separator: ", "))" }
        return MauticError(
            status: 400, message: message.joined(separator: ", "),
            shape: .controller(details: wrong))
    }
}
