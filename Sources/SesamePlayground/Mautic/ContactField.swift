import SesameJSON

/// The definition of a contact field.
struct ContactField: Sendable {
    enum Kind: String, Sendable {
        case text, email, tel, url, number, boolean, select, multiselect, date, datetime
        case country, locale, timezone, textarea
    }

    struct Choice: Sendable {
        let label: String
        let value: String
    }

    let id: Int64
    let alias: String
    let label: String
    let kind: Kind
    var group = "core"
    var choices: [Choice] = []

    /// The most characters of a text.
    var limit: Int { kind == .textarea ? 65_535 : 191 }

    var properties: JSONValue {
        switch kind {
        case .select, .multiselect:
            let list = choices.map { choice in
                JSONValue.object([
                    ("label", .string(choice.label)), ("value", .string(choice.value)),
                ])
            }
            return .object([("list", .array(list))])
        case .boolean: return .object([("no", "No"), ("yes", "Yes")])
        case .number:
            return .object([
                ("roundmode", .integer(4)), ("scale", .integer(alias == "seats" ? 0 : 2)),
            ])
        default: return .array([])
        }
    }
}

extension ContactField {
    /// The fields of the practice instance: the own ones come first, as in a Mautic's answers.
    static let all: [ContactField] =
        [
            ContactField(id: 44, alias: "newsletter_ok", label: "Newsletter ok", kind: .boolean),
            ContactField(
                id: 45, alias: "interests", label: "Interests", kind: .multiselect,
                choices: choices("Red|Green|Blue")),
            ContactField(
                id: 46, alias: "plan", label: "Plan", kind: .select,
                choices: choices("Free|Pro|Team")),
            ContactField(id: 47, alias: "birthday", label: "Birthday", kind: .date),
            ContactField(id: 48, alias: "trial_end", label: "Trial end", kind: .datetime),
            ContactField(id: 49, alias: "seats", label: "Seats", kind: .number),
            ContactField(id: 50, alias: "score_d", label: "Score", kind: .number),
            ContactField(id: 51, alias: "notes", label: "Notes", kind: .textarea),
        ] + core + social

    static func named(_ alias: String) -> ContactField? { byAlias[alias] }

    private static let byAlias = Dictionary(uniqueKeysWithValues: all.map { ($0.alias, $0) })

    private static let core: [ContactField] = [
        core(1, "title", "Title"), core(2, "firstname", "First Name"),
        core(3, "lastname", "Last Name"),
        core(4, "company", "Primary company"), core(5, "position", "Position"),
        core(6, "email", "Email", .email), core(7, "mobile", "Mobile", .tel),
        core(8, "phone", "Phone", .tel), core(9, "points", "Points", .number),
        core(10, "fax", "Fax", .tel), core(11, "address1", "Address Line 1"),
        core(12, "address2", "Address Line 2"), core(13, "city", "City"),
        core(14, "state", "State"),
        core(15, "zipcode", "Zip Code"), core(16, "country", "Country", .country),
        core(17, "preferred_locale", "Preferred Locale", .locale),
        core(18, "timezone", "Timezone", .timezone),
        core(19, "last_active", "Date Last Active", .datetime),
        core(20, "attribution_date", "Attribution Date", .datetime),
        core(21, "attribution", "Attribution", .number), core(22, "website", "Website", .url),
    ]

    private static let social: [ContactField] = [
        "facebook", "foursquare", "instagram", "linkedin", "skype", "twitter",
    ].enumerated().map { index, name in
        ContactField(
            id: Int64(23 + index), alias: name,
            label: name.prefix(1).uppercased() + name.dropFirst(),
            kind: .text, group: "social")
    }

    private static func core(
        _ id: Int64, _ alias: String, _ label: String, _ kind: Kind = .text
    ) -> ContactField {
        ContactField(id: id, alias: alias, label: label, kind: kind)
    }

    private static func choices(_ labels: String) -> [Choice] {
        labels.split(separator: "|").map { Choice(label: String($0), value: $0.lowercased()) }
    }
}
