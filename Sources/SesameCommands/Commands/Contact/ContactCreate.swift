import SesameBrokerAPI
import SesameHTTP
import SesameJSON
import SesameMautic
import SesameSecrets

extension Command {
    static let createContact = Command(
        name: "contact create", summary: "create or update one contact in Mautic or Aivie",
        details: [
            "Mautic finds an existing contact by its email and updates it. Sesame compares what was stored "
                + "with what was sent; the exit code is 9 when something is missing, such as a field whose "
                + "alias Mautic does not know. The only profile there is need not be named."
        ],
        options: [
            Option(name: "email", value: "E", summary: "the address; required")
        ] + contactOptions + [
            Option(name: "tag", value: "T", summary: "a tag to add", repeats: true)
        ],
        examples: [
            Example(
                "sesame contact create --email ada@example.org --firstname Ada",
                "Creates or updates."),
            Example(
                "sesame contact create --profile aivie --email ada@example.org --field birthday=1815-12-10 "
                    + "--tag newsletter --json",
                "A custom field and a tag; the answer for a script."),
        ],
        run: create)
}

private func create(_ context: Context) throws(Failure) -> ExitCode {
    guard context.arguments.positional.isEmpty, let email = context.arguments["email"] else {
        throw Failure.usage(
            context.arguments["email"] == nil
                ? "--email is missing" : "contact create takes options only")
    }
    let draft = try draft(email, context.arguments)
    let result = try askMautic(context) { client async throws(MauticError) in
        try await client.create(draft)
    }
    return try report(result, context)
}

private func draft(_ email: String, _ arguments: Arguments) throws(Failure) -> ContactDraft {
    let fields = try arguments.fields()
    do throws(MauticError) {
        return try ContactDraft(
            email: email, firstname: arguments["firstname"], lastname: arguments["lastname"],
            company: arguments["company"], phone: arguments["phone"],
            fields: fields,
            tags: arguments.all("tag"))
    } catch {
        throw Failure(error, profile: nil)
    }
}

private func report(_ result: ContactResult, _ context: Context) throws(Failure) -> ExitCode {
    if context.output.isJSON {
        try context.output.object(
            .object([
                ("id", .integer(result.id)), ("result", .string(result.result.rawValue)),
                ("email", .string(result.email)),
                ("not_stored", .array(result.notStored.map(JSONValue.string))),
            ]))
    } else {
        try context.output.line(
            "contact \(result.id) \(result.result.rawValue): \(result.email.sanitised())")
    }
    return warn(of: result.shortfalls, context)
}
