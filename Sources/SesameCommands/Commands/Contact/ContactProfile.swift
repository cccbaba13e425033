import SesameBrokerAPI
import SesameHTTP
import SesameMautic
import SesameSecrets

/// The named profile, else the only one there is.
func contactProfile(_ context: Context) throws(Failure) -> String {
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

func baseURL(of profile: String, _ context: Context) throws(Failure) -> HTTPURL {
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

/// The fields of a contact that have options of their own.
let contactOptions = [
    Command.Option(name: "firstname", value: "F", summary: "the first name"),
    Command.Option(name: "lastname", value: "L", summary: "the last name"),
    Command.Option(name: "company", value: "C", summary: "the company"),
    Command.Option(name: "phone", value: "P", summary: "the phone number"),
    Command.Option(
        name: "field", value: "ALIAS=VALUE", summary: "any other field by its alias", repeats: true),
]

extension Command.Argument {
    /// The contact that a command is about.
    static let contact = Command.Argument(
        name: "CONTACT", summary: "its number, or its email address")
}

extension Arguments {
    /// The values of `--field`.
    func fields() throws(Failure) -> [ContactDraft.Field] {
        var fields: [ContactDraft.Field] = []
        for text in all("field") {
            guard let mark = text.firstIndex(of: "=") else {
                throw Failure.usage(
                    "--field: not of the form ALIAS=VALUE: \(text.sanitised(limit: 60))")
            }
            fields.append(
                .init(alias: String(text[..<mark]), value: String(text[text.index(after: mark)...]))
            )
        }
        return fields
    }

    /// The contact that was named.
    func contact() throws(Failure) -> ContactReference {
        guard let text = positional.first else {
            throw Failure.usage("which contact?", hints: ["give its number, or its email address"])
        }
        guard positional.count == 1 else {
            throw Failure.usage("too many arguments: \(positional[1].sanitised(limit: 60))")
        }
        guard let reference = ContactReference(text) else {
            throw Failure.usage(
                "\(text.sanitised(limit: 60)) is neither the number of a contact nor an email address"
            )
        }
        return reference
    }
}

/// Warns of what is not stored.
func warn(of shortfalls: [Shortfall], _ context: Context) -> ExitCode {
    for shortfall in shortfalls {
        context.output.warning(
            "not stored: \(shortfall.alias.sanitised()): \(shortfall.explanation.asMessage)")
    }
    return shortfalls.isEmpty ? .done : .partlyStored
}
