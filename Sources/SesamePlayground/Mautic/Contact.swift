import SesameJSON
import SesameSystem

/// One contact.
struct Contact: Sendable {
    struct Tag: Sendable {
        let id: Int64
        let name: String
    }

    let id: Int64
    let added: Timestamp
    let createdBy: Int64?
    let createdByName: String
    var modified: Timestamp
    var modifiedBy: Int64?
    var modifiedByName: String
    var values: [String: JSONValue] = [:]
    var tags: [Tag] = []
    var owner: PracticeUser?
    var lastActive: String?
    var identified: Timestamp?
    var addresses: [String] = []

    init(id: Int64, by caller: MauticCaller, at now: Timestamp) {
        self.id = id
        added = now
        createdBy = caller.createdBy
        createdByName = caller.createdByName
        modified = now
        modifiedBy = caller.createdBy
        modifiedByName = caller.createdByName
    }

    var email: String? {
        if case .string(let text) = values["email"] { text } else { nil }
    }
}

extension Contact {
    /// The contact as the API shows it.
    var json: JSONValue {
        .object([
            ("isPublished", .bool(true)), ("dateAdded", .string(added.mauticText)),
            ("dateModified", .string(modified.mauticText)), ("createdBy", .optional(createdBy)),
            ("createdByUser", .string(createdByName)), ("modifiedBy", .optional(modifiedBy)),
            ("modifiedByUser", .string(modifiedByName)), ("id", .integer(id)),
            ("points", values["points"] ?? .integer(0)), ("color", .null), ("fields", fields),
            ("lastActive", .optional(lastActive)), ("owner", ownerJSON),
            ("ipAddresses", addressesJSON), ("tags", .array(tags.map(\.json))), ("utmtags", .null),
            ("stage", .null), ("dateIdentified", .optional(identified?.mauticText)),
            ("preferredProfileImage", .null), ("doNotContact", .array([])),
            ("frequencyRules", .array([])),
        ])
    }

    /// An empty group is an array, and `all.id` a text.
    private var fields: JSONValue {
        let groups = ["core", "social", "personal", "professional"].map {
            group -> (String, JSONValue) in
            let entries = ContactField.all.filter { $0.group == group }
            if entries.isEmpty { return (group, .array([])) }
            return (group, .object(entries.map { ($0.alias, $0.entry(values[$0.alias] ?? .null)) }))
        }
        let all = ContactField.all.map { ($0.alias, values[$0.alias] ?? .null) }
        return .object(groups + [("all", .object([("id", .string(String(id)))] + all))])
    }

    private var ownerJSON: JSONValue {
        guard let owner else { return .null }
        return .object([
            ("createdByUser", .null), ("modifiedByUser", .null), ("id", .integer(owner.id)),
            ("username", .string(owner.name)), ("firstName", .string(owner.firstName)),
            ("lastName", .string(owner.lastName)),
        ])
    }

    private var addressesJSON: JSONValue {
        if addresses.isEmpty { return .array([]) }
        return .object(addresses.map { ($0, .object([("ip", .string($0))])) })
    }
}

extension Contact.Tag {
    var json: JSONValue {
        .object([("id", .integer(id)), ("tag", .string(name)), ("description", .null)])
    }
}

extension ContactField {
    /// The field with a value, as it stands in a group.
    func entry(_ value: JSONValue) -> JSONValue {
        .object([
            ("id", .integer(id)), ("group", .string(group)), ("label", .string(label)),
            ("alias", .string(alias)), ("type", .string(kind.rawValue)), ("properties", properties),
            ("value", value), ("normalizedValue", normalised(value)),
        ])
    }

    /// The labels of what was chosen.
    private func normalised(_ value: JSONValue) -> JSONValue {
        guard case .string(let text) = value, !choices.isEmpty else { return value }
        let labels = text.split(separator: "|").map { chosen in
            choices.first { $0.value == chosen }?.label ?? String(chosen)
        }
        return .string(labels.joined(separator: "|"))
    }
}
