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
            Option(name: "email", value: "E", summary: "the address; required"),
            Option(name: "firstname", value: "F", summary: "the first name"),
            Option(name: "lastname", value: "L", summary: "the last name"),
            Option(name: "company", value: "C", summary: "the company"),
            Option(name: "phone", value: "P", summary: "the phone number"),
            Option(
                name: "field", value: "ALIAS=VALUE", summary: "any other field by its alias",
                repeats: true),
            Option(name: "tag", value: "T", summary: "a tag to add", repeats: true),
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
    let profile = try contactProfile(context)
    let result = try askMautic(at: baseURL(of: profile, context), as: profile, context) {
        client async throws(MauticError) in try await client.create(draft)
    }
    return try report(result, context)
}

private func draft(_ email: String, _ arguments: Arguments) throws(Failure) -> ContactDraft {
    var fields: [ContactDraft.Field] = []
    for text in arguments.all("field") {
        guard let mark = text.firstIndex(of: "=") else {
            throw Failure.usage(
                "--field: not of the form ALIAS=VALUE: \(text.sanitised(limit: 60))")
        }
        fields.append(
            .init(alias: String(text[..<mark]), value: String(text[text.index(after: mark)...])))
    }
    do {
        return try ContactDraft(
            email: email, firstname: arguments["firstname"], lastname: arguments["lastname"],
            company: arguments["company"], phone: arguments["phone"], fields: fields,
            tags: arguments.all("tag"))
    } catch {
        throw Failure(error, profile: nil)
    }
}

/// The named profile, else the only one there is.
private func contactProfile(_ context: Context) throws(Failure) -> String {
    if let name = context.arguments["profile"] ?? context.environment.given("SESAME_PROFILE") {
        return name
    }
    let names = try context.ask { broker throws(Problem) in try broker.profiles().map(\.profile) }
    guard names.count == 1 else {
        throw Failure.usage(
            names.isEmpty ? "there is no profile yet" : "which profile? there are \(names.count)",
            hints: [
                names.isEmpty
                    ? "run: sesame setup"
                    : "--profile \(names.map { $0.sanitised() }.joined(separator: ", or --profile "))"
            ])
    }
    return names[0]
}

private func baseURL(of profile: String, _ context: Context) throws(Failure) -> HTTPURL {
    let status = try context.ask(about: profile) { broker throws(Problem) in
        try broker.status(of: profile)
    }
    guard let url = status.settings?["base_url"].flatMap({ HTTPURL($0) }) else {
        throw Failure(
            .configuration, "profile \(profile.sanitised()) has no base_url",
            hints: ["sesame setup \(profile.sanitised()) --base-url https://…"])
    }
    return url
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
    for shortfall in result.shortfalls {
        context.output.warning(
            "not stored: \(shortfall.alias.sanitised()): \(shortfall.explanation.asMessage)")
    }
    return result.shortfalls.isEmpty ? .done : .partlyStored
}
