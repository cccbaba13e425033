import SesameJSON
import SesameMautic
import SesameSecrets

extension Command {
    static let getContact = Command(
        name: "contact get", summary: "show one contact", arguments: [.contact],
        examples: [
            Example("sesame contact get ada@example.org", "By its address."),
            Example("sesame contact get 42 --json", "By its number; the answer for a script."),
        ],
        run: get)

    static let findContacts = Command(
        name: "contact find", summary: "search contacts as Mautic's own search does",
        details: [
            "QUERY is what may be typed into the search field of Mautic's contacts, such as ada, email:%@example.org "
                + "or tag:vip. A % stands for any characters."
        ],
        arguments: [Argument(name: "QUERY", summary: "what to search for")],
        options: [
            Option(name: "limit", value: "N", summary: "show N contacts at the most (30)")
        ],
        examples: [
            Example("sesame contact find 'email:%@example.org'", "All addresses of a domain."),
            Example("sesame contact find tag:vip --limit 500 --json", "One object a contact."),
        ],
        run: find)
}

private func get(_ context: Context) throws(Failure) -> ExitCode {
    let reference = try context.arguments.contact()
    let contact = try askMautic(context) { client async throws(MauticError) in
        try await client.contact(reference)
    }
    if context.output.isJSON {
        try context.output.object(contact.json)
        return .done
    }
    var facts = Facts()
    facts.add("id", String(contact.id))
    for value in contact.values { facts.add(shown(value.alias), shown(value.text)) }
    facts.add("tags", contact.tags.isEmpty ? nil : shown(contact.tags.joined(separator: ", ")))
    facts.add("added", contact.added.map(shown))
    facts.add("modified", contact.modified.map(shown))
    try context.output.facts(facts)
    return .done
}

private func find(_ context: Context) throws(Failure) -> ExitCode {
    let words = context.arguments.positional
    guard words.count == 1 else {
        throw Failure.usage(
            words.isEmpty
                ? "search for what?" : "too many arguments: \(words[1].sanitised(limit: 60))",
            hints: words.isEmpty ? [] : ["quote a search of several words"])
    }
    let limit = try context.arguments.number("limit", in: 1...100_000) ?? 30
    let (contacts, total) = try askMautic(context) { client async throws(MauticError) in
        try await client.search(words[0], upTo: limit)
    }
    if context.output.isJSON {
        for contact in contacts { try context.output.object(contact.json) }
    } else {
        try show(contacts, context)
    }
    if total > contacts.count {
        context.output.note("\(contacts.count) of \(total) are shown; --limit N shows more")
    }
    return .done
}

private func show(_ contacts: [Contact], _ context: Context) throws(Failure) {
    guard !contacts.isEmpty else { return context.output.note("no contact was found") }
    var rows = Table(["ID", "EMAIL", "NAME", "COMPANY", "TAGS"])
    for contact in contacts {
        let name = [contact["firstname"], contact["lastname"]].compactMap(\.self).joined(
            separator: " ")
        rows.append(
            [
                String(contact.id), contact.email ?? "-", name.isEmpty ? "-" : name,
                contact["company"] ?? "-", contact.tags.joined(separator: ", "),
            ].map(shown))
    }
    try context.output.table(rows)
}

/// A text of a contact for a person, who may want to see all of it.
private func shown(_ text: String) -> String { text.sanitised(limit: 65_535) }

/// Contacts of a page: each may have fields of many kilobytes.
private let pageSize: Int64 = 50

extension MauticClient {
    /// Pages of a search, one after the other.
    fileprivate func search(
        _ text: String, upTo limit: Int64
    ) async throws(MauticError) -> ([Contact], total: Int64) {
        var contacts: [Contact] = []
        while true {
            let left = limit - Int64(contacts.count)
            let (page, total) = try await search(
                text, start: Int64(contacts.count), limit: min(left, pageSize))
            contacts += page
            guard !page.isEmpty, Int64(contacts.count) < min(limit, total) else {
                return (contacts, total)
            }
        }
    }
}

extension Contact {
    /// The contact for a script.
    var json: JSONValue {
        .object([
            ("id", .integer(id)), ("email", .optional(email)),
            ("fields", .object(values.map { ($0.alias, .string($0.text)) })),
            ("tags", .array(tags.map { .string($0) })), ("added", .optional(added)),
            ("modified", .optional(modified)),
        ])
    }
}
