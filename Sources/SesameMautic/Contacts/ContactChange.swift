import SesameJSON
import SesameSecrets

/// What is to change in a contact that is there.
public struct ContactChange: Sendable {
    /// Fields with their new values.
    public let fields: [ContactDraft.Field]
    /// The aliases of fields that are to be empty afterwards.
    public let cleared: [String]
    /// Tags to be added.
    public let addedTags: [String]
    /// Tags to be taken away.
    public let removedTags: [String]

    /// Checks the values.
    /// - Throws: `invalidDraft`, which names the field and says what to do.
    public init(
        fields: [ContactDraft.Field] = [], cleared: [String] = [], addedTags: [String] = [],
        removedTags: [String] = []
    ) throws(MauticError) {
        self.fields = fields
        self.cleared = cleared
        self.addedTags = try checkedTags(addedTags)
        self.removedTags = try checkedTags(removedTags)
        try checkAliases(fields + cleared.map { .init(alias: $0, value: "") }, taken: [])
        if let email = fields.first(where: { $0.alias.lowercased() == "email" }) {
            _ = try checkedEmail(email.value)
        }
        for field in fields where field.value.trimmingBlanks().isEmpty {
            throw invalid(
                field.alias, "the value is empty, which changes nothing",
                "to empty the field, clear it")
        }
        // Mautic takes them for one whatever their capitals.
        let removed = Set(self.removedTags.map { $0.lowercased() })
        if let both = self.addedTags.first(where: { removed.contains($0.lowercased()) }) {
            throw invalid(
                "tags", "“\(both.sanitised(limit: 80))” is to be added and removed", "choose one")
        }
        guard !fields.isEmpty || !cleared.isEmpty || !addedTags.isEmpty || !removedTags.isEmpty
        else {
            throw invalid("contact", "nothing is to change", "name a field or a tag")
        }
    }

    /// The content of a PATCH, in which only what is sent changes.
    ///
    /// Blanks count there where it says so; with POST that would blank all fields that are not sent.
    var body: Secret {
        var members = fields.map { ($0.alias, JSONValue.string($0.value)) }
        members += cleared.map { ($0, .string("")) }
        let tags = addedTags + removedTags.map { "-" + $0 }
        if !tags.isEmpty { members.append(("tags", .array(tags.map { .string($0) }))) }
        if !cleared.isEmpty { members.append(("overwriteWithBlank", .bool(true))) }
        return JSONValue.object(members).encoded()
    }
}
