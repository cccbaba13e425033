import SesameJSON
import SesameMautic
import SesameSecrets

extension Command {
    static let updateContact = Command(
        name: "contact update", summary: "change fields and tags of a contact that is there",
        details: [
            "Only what is given changes. An empty value changes nothing in Mautic: --clear empties a field."
        ],
        arguments: [.contact],
        options: [Option(name: "email", value: "E", summary: "a new address")] + contactOptions + [
            Option(
                name: "clear", value: "ALIAS", summary: "empty this field", repeats: true),
            Option(name: "tag", value: "T", summary: "a tag to add", repeats: true),
            Option(name: "untag", value: "T", summary: "a tag to remove", repeats: true),
        ],
        examples: [
            Example(
                "sesame contact update 42 --company 'Analytical Engines'", "Changes one field."),
            Example("sesame contact update ada@example.org --clear phone", "Empties a field."),
        ],
        run: update)

    static let tagContact = Command(
        name: "contact tag", summary: "add tags to a contact, or remove them",
        arguments: [.contact],
        options: [
            Option(name: "add", value: "T", summary: "a tag to add", repeats: true),
            Option(name: "remove", value: "T", summary: "a tag to remove", repeats: true),
        ],
        examples: [
            Example(
                "sesame contact tag ada@example.org --add vip --remove trial", "Changes two tags.")
        ],
        run: tag)

    static let deleteContact = Command(
        name: "contact delete", summary: "delete one contact for good", arguments: [.contact],
        options: [Option(name: "yes", summary: "do not ask")],
        examples: [
            Example("sesame contact delete 42", "Asks before it does."),
            Example("sesame contact delete ada@example.org --yes", "From a script."),
        ],
        run: delete)
}

private func update(_ context: Context) throws(Failure) -> ExitCode {
    let arguments = context.arguments
    let named = ["email", "firstname", "lastname", "company", "phone"].compactMap { name in
        arguments[name].map { ContactDraft.Field(alias: name, value: $0) }
    }
    return try change(
        fields: named + (try arguments.fields()), cleared: arguments.all("clear"),
        added: arguments.all("tag"), removed: arguments.all("untag"), context)
}

private func tag(_ context: Context) throws(Failure) -> ExitCode {
    let arguments = context.arguments
    guard arguments.has("add") || arguments.has("remove") else {
        throw Failure.usage("which tag?", hints: ["--add T adds it, --remove T removes it"])
    }
    return try change(added: arguments.all("add"), removed: arguments.all("remove"), context)
}

private func change(
    fields: [ContactDraft.Field] = [], cleared: [String] = [], added: [String], removed: [String],
    _ context: Context
) throws(Failure) -> ExitCode {
    let reference = try context.arguments.contact()
    guard !cleared.contains("email") else {
        throw Failure.usage(
            "--clear email: a contact without an address cannot be found by it again",
            hints: ["give it another address: --email E; or delete the contact"])
    }
    let change: ContactChange
    do throws(MauticError) {
        change = try ContactChange(
            fields: fields, cleared: cleared, addedTags: added, removedTags: removed)
    } catch {
        throw Failure(error, profile: nil)
    }
    let (contact, shortfalls) = try askMautic(context) { client async throws(MauticError) in
        try await client.update(reference, change)
    }
    if context.output.isJSON {
        try context.output.object(
            .object([
                ("id", .integer(contact.id)), ("result", "updated"),
                ("email", .optional(contact.email)),
                ("tags", .array(contact.tags.map { .string($0) })),
                ("not_stored", .array(shortfalls.map { .string($0.alias) })),
            ]))
    } else {
        try context.output.line(
            "contact \(contact.id) updated: \(contact.email?.sanitised() ?? "no address")")
    }
    return warn(of: shortfalls, context)
}

private func delete(_ context: Context) throws(Failure) -> ExitCode {
    let reference = try context.arguments.contact()
    var agreed = reference
    if !context.arguments.has("yes") {
        guard context.terminal.isInteractive, !context.output.isJSON else {
            throw Failure.usage("nobody is there to confirm it", hints: ["--yes does not ask"])
        }
        let contact = try askMautic(context) { client async throws(MauticError) in
            try await client.contact(reference)
        }
        if case .id(let id) = reference, id != contact.id {
            throw Failure(MauticError(merged: id, into: contact.id), profile: nil)
        }
        let shown = "contact \(contact.id)" + (contact.email.map { " (\($0.sanitised()))" } ?? "")
        guard try Questions(context).agree("Delete \(shown) for good?", usual: false) else {
            context.output.note("nothing was deleted")
            return .done
        }
        // The one that was shown, whoever has its address by now.
        agreed = .id(contact.id)
    }
    let contact = try askMautic(context) { [agreed] client async throws(MauticError) in
        try await client.delete(agreed)
    }
    if context.output.isJSON {
        try context.output.object(
            .object([
                ("id", .integer(contact.id)), ("result", "deleted"),
                ("email", .optional(contact.email)),
            ]))
    } else {
        try context.output.line(
            "contact \(contact.id) deleted" + (contact.email.map { ": \($0.sanitised())" } ?? ""))
    }
    return .done
}
