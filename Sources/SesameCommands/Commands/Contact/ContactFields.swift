import SesameBrokerAPI
import SesameJSON
import SesameMautic
import SesameSecrets

extension Command {
    static let contactFields = Command(
        name: "contact fields",
        summary: "list the contact fields with their types and what they take",
        details: [
            "The alias is what --field and the columns of an import name. A role that may not read fields sees "
                + "names and types at most."
        ],
        examples: [
            Example("sesame contact fields", "All fields of the instance."),
            Example("sesame contact fields --json", "One object a field, for a script."),
        ],
        run: showFields)
}

private func showFields(_ context: Context) throws(Failure) -> ExitCode {
    try context.expectNoArguments(of: "contact fields")
    let table = try askMautic(context) { client async throws(MauticError) in
        try await client.fields()
    }
    guard !table.all.isEmpty else {
        throw Failure(
            .serverRefused, "the role of this credential may not read the contact fields",
            hints: [
                "in Mautic: Settings, Roles: it needs to view custom fields, or its own contacts"
            ])
    }
    if context.output.isJSON {
        for field in table.all { try context.output.object(field.json) }
        return .done
    }
    var rows = Table(["ALIAS", "TYPE", "LABEL", "TAKES"])
    for field in table.all {
        rows.append([
            field.alias.sanitised(limit: 64), field.type?.sanitised(limit: 30) ?? "-",
            field.label.sanitised(limit: 40), field.taken,
        ])
    }
    try context.output.table(rows)
    if !table.isComplete {
        context.output.note(
            "options and limits are not shown: the role of this credential may not read them")
    }
    return .done
}

extension ContactField {
    fileprivate var json: JSONValue {
        .object([
            ("alias", .string(alias)), ("label", .string(label)), ("type", .optional(type)),
            ("group", .optional(group)), ("unique", .bool(isUnique)),
            ("length_limit", .optional(lengthLimit)),
            (
                "options",
                .array(
                    options.map {
                        .object([("value", .string($0.value)), ("label", .string($0.label))])
                    })
            ),
        ])
    }

    /// What it takes, in short.
    fileprivate var taken: String {
        var parts: [String] = []
        if isUnique { parts.append("finds the contact") }
        if !options.isEmpty {
            let shown = options.prefix(8).map { $0.value.sanitised(limit: 30) }.joined(
                separator: "|")
            parts.append(shown + (options.count > 8 ? "|… (\(options.count))" : ""))
        } else if let lengthLimit {
            parts.append("up to \(lengthLimit) characters")
        } else {
            switch type {
            case "boolean": parts.append("true or false")
            case "date": parts.append("2026-12-31")
            case "datetime": parts.append("2026-12-31T18:00:00Z")
            case "number": parts.append("a number")
            default: break
            }
        }
        return parts.joined(separator: ", ")
    }
}
