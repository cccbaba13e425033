import SesameJSON
public import SesameSecrets

/// A contact that is fit to be sent to Mautic.
///
/// Mautic itself requires nothing: a body without an email makes an anonymous contact and answers
/// 201. So the email is required here, and names that Mautic would take for something else than a
/// field are refused.
public struct ContactDraft: Sendable {
    /// One field: `firstname`, or a custom one.
    public struct Field: Sendable, Hashable {
        /// The name by which Mautic knows it.
        public let alias: String
        /// The value as text; Mautic converts it to the field's type.
        public let value: String

        /// Makes a field; a draft checks it.
        public init(alias: String, value: String) {
            self.alias = alias
            self.value = value
        }
    }

    /// The address by which Mautic finds an existing contact.
    public let email: String
    /// All fields but the email, in the order given.
    public let fields: [Field]
    /// Tags to be added, each once.
    public let tags: [String]

    /// Checks the values.
    /// - Throws: `invalidDraft`, which names the field and says what to do.
    public init(
        email: String, firstname: String? = nil, lastname: String? = nil, company: String? = nil,
        phone: String? = nil, fields: [Field] = [], tags: [String] = []
    ) throws(MauticError) {
        let named = [
            ("firstname", firstname), ("lastname", lastname), ("company", company),
            ("phone", phone),
        ].compactMap { alias, value in value.map { Field(alias: alias, value: $0) } }
        self.email = try checkedEmail(email)
        self.fields = named + fields
        self.tags = try checkedTags(tags)
        try checkAliases(self.fields, taken: ["email"])
    }

    /// The request's content: one object, every value a string, never `overwriteWithBlank`.
    public var body: Secret { json.encoded() }

    /// The contact as an object.
    var json: JSONValue {
        var members = [("email", JSONValue.string(email))]
        members += fields.map { ($0.alias, .string($0.value)) }
        if !tags.isEmpty { members.append(("tags", .array(tags.map { .string($0) }))) }
        return .object(members)
    }
}

func checkedEmail(_ text: String) throws(MauticError) -> String {
    let email = text.trimmingBlanks()
    guard !email.isEmpty else {
        throw invalid("email", "an email address is required", "give the contact's address")
    }
    guard email.utf8.count <= 254 else {
        throw invalid("email", "the address is longer than 254 bytes", "give a shorter one")
    }
    guard isPlausibleEmail(email) else {
        throw invalid(
            "email", "“\(email.sanitised(limit: 80))” is not an email address",
            "write it as name@example.com")
    }
    return email
}

/// Whether this looks like `name@domain.tld`; the server has the last word.
private func isPlausibleEmail(_ text: String) -> Bool {
    // By bytes where that will do: a file has a hundred thousand of these.
    let parts = text.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty,
        text.utf8.allSatisfy({ $0 > 0x20 && !forbiddenInEmail.contains($0) }),
        text.utf8.allSatisfy({ $0 < 0x80 })
            || !text.unicodeScalars.contains(where: \.properties.isWhitespace)
    else { return false }
    let hyphen = UInt8(ascii: "-")
    let labels = parts[1].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return labels.count >= 2
        && labels.allSatisfy { !$0.isEmpty && $0.first != hyphen && $0.last != hyphen }
}

private let forbiddenInEmail = Array("\u{7F}\"(),:;<>[\\]".utf8)

/// Tags without blanks around them, each once.
/// - Throws: `invalidDraft` for one that Mautic would take for something else.
package func checkedTags(_ tags: [String]) throws(MauticError) -> [String] {
    var kept: [String] = []
    for tag in tags.map({ $0.trimmingBlanks() }) where !kept.contains(tag) {
        guard !tag.isEmpty else { throw invalid("tags", "a tag is empty", "leave it out") }
        guard !tag.hasPrefix("-") else {
            throw invalid(
                "tags", "“\(tag.sanitised(limit: 80))” begins with “-”",
                "Mautic would take it for a tag to be removed: sesame contact tag --remove does that"
            )
        }
        kept.append(tag)
    }
    return kept
}

/// - Parameter taken: aliases that are given already.
func checkAliases(_ fields: [ContactDraft.Field], taken: Set<String>) throws(MauticError) {
    var seen = taken
    for field in fields {
        guard isAlias(field.alias) else {
            throw invalid(
                field.alias.sanitised(limit: 80), "this is not a field alias",
                "an alias has letters, digits and “_” only; Mautic shows it under Settings, Custom Fields"
            )
        }
        if let advice = advice(onReserved: field.alias.lowercased()) {
            throw invalid(field.alias, "this is not a contact field", advice)
        }
        guard seen.insert(field.alias.lowercased()).inserted else {
            throw invalid(field.alias, "it is given more than once", "give every field once")
        }
        guard !field.value.utf8.contains(0) else {
            throw invalid(field.alias, "the value has a NUL byte", "remove it")
        }
    }
}

func isAlias(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count)
        && text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F: true
            default: false
            }
        }
}

/// What to do instead of sending a name that Mautic reads as something else than a field.
private func advice(onReserved alias: String) -> String? {
    switch alias {
    case "tags", "tag": "give tags one by one, each as a tag of its own"
    case "overwritewithblank": "it would blank every field that is not sent"
    case "id": "Mautic finds the contact by its email"
    case "ipaddress", "lastactive", "owner", "stage", "donotcontact", "utmtags", "frequencyrules",
        "ispublished", "createdby", "dateadded", "datemodified", "dateidentified":
        "Mautic keeps it beside the fields: set it in Mautic itself"
    default: nil
    }
}

func invalid(_ alias: String, _ message: String, _ hint: String) -> MauticError {
    MauticError(
        .invalidDraft, "\(alias): \(message)",
        fields: [MauticError.FieldProblem(alias: alias, message: message)], hints: [hint])
}
