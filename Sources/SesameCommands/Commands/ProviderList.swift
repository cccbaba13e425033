import SesameBrokerAPI
import SesameSecrets

/// `sesame setup --list-providers`: a table for a person, an object a line for a script.
func listProviders(_ context: Context) throws(Failure) -> ExitCode {
    let providers = try context.ask { broker throws(Problem) in try broker.providers() }
    if context.output.isJSON {
        for provider in providers { try context.output.object(provider.json) }
        return .done
    }
    var table = Table(["NAME", "PROVIDER", "YOU GIVE", "REDIRECT URI TO REGISTER"])
    for provider in providers {
        table.append([
            provider.names.joined(separator: ", ").sanitised(limit: 60),
            provider.title.sanitised(limit: 60), provider.given.sanitised(limit: 120),
            provider.redirectURI?.sanitised(limit: 120) ?? "-",
        ])
    }
    let lines = table.lines { row, _, text in
        row == 0 ? context.output.colour(text, .bold, .output) : text
    }
    for line in lines { try context.output.line(line) }
    context.output.hint(
        "sesame setup --list-providers --json tells all that is known, and from where")
    return .done
}

extension ProviderMessage {
    /// The keys that a profile has to give.
    fileprivate var given: String {
        (needs.map(\.key) + (needsClientSecret ? ["client secret"] : [])).joined(separator: ", ")
    }
}
