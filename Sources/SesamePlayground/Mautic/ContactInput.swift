import SesameHTTP
import SesameHTTPServer
import SesameJSON
import SesameSecrets

/// A value that a caller sent for a contact field, in JSON or in a form.
indirect enum ContactInput: Sendable {
    case null
    case bool(Bool)
    case number(String)
    case text(String)
    case list([ContactInput])
    case object([(name: String, value: ContactInput)])

    /// Takes over a JSON value.
    init(_ json: JSON) {
        if let text = json.string {
            self = .text(text)
        } else if let value = json.bool {
            self = .bool(value)
        } else if let number = json.numberText {
            self = .number(number)
        } else if let elements = json.elements {
            self = .list(elements.map(ContactInput.init))
        } else if let members = json.members {
            self = .object(members.map { ($0.name, ContactInput($0.value)) })
        } else {
            self = .null
        }
    }

    /// A form: `name[]` and `name[0]` collect a list.
    init(_ form: ReceivedForm) {
        var members: [(name: String, value: ContactInput)] = []
        var seen: Set<String> = []
        for name in form.names where seen.insert(name).inserted {
            let texts = form.values(name).map { ContactInput.text($0.dangerouslyRevealedText()) }
            guard let bracket = name.firstIndex(of: "[") else {
                members.append((name, texts.last ?? .null))
                continue
            }
            let base = name[..<bracket]
            if let index = members.firstIndex(where: { $0.name == base }),
                case .list(let earlier) = members[index].value
            {
                members[index].value = .list(earlier + texts)
            } else {
                members.append((String(base), .list(texts)))
            }
        }
        self = .object(members)
    }

    /// What a body holds.
    ///
    /// A body of an unknown type counts as empty, as it does with PHP.
    static func read(_ exchange: Exchange) throws(MauticError) -> ContactInput {
        if let form = exchange.form { return ContactInput(form) }
        guard mediaType(exchange.request.fields) == "application/json",
            !exchange.request.body.isEmpty
        else { return .object([]) }
        guard let json = try? JSON(parsing: exchange.request.body) else { throw .crash(400) }
        return ContactInput(json)
    }

    /// The members of an object; nothing for any other value.
    var members: [(name: String, value: ContactInput)] {
        if case .object(let members) = self { members } else { [] }
    }

    subscript(name: String) -> ContactInput? { members.last { $0.name == name }?.value }

    /// A scalar in PHP's spelling; `nil` for lists, objects and null.
    var text: String? {
        switch self {
        case .text(let text): text
        case .number(let text): text
        case .bool(let value): value ? "1" : ""
        case .null, .list, .object: nil
        }
    }

    /// Whether it changes nothing: null and empty text.
    var isBlank: Bool {
        switch self {
        case .null: true
        case .text(let text): text.isEmpty
        default: false
        }
    }
}
