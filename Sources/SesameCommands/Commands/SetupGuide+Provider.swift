import SesameBrokerAPI
import SesameHTTP
import SesameSecrets

// The set-up of a profile by a preset: what it needs is asked, what it says is told.
extension SetupGuide {
    /// - Returns: a name for the profile.
    func askProvider(_ change: inout ProfileChangeMessage) throws(Failure) -> String {
        // What nobody has described, and what has questions of its own, is not among them.
        let known = try context.ask { broker throws(Problem) in try broker.providers() }
            .filter { !$0.sources.isEmpty && !$0.names.contains("mautic") }
        let provider = known[
            try questions.choose("Which one?", known.map { $0.title.sanitised(limit: 60) })]
        let name = provider.names.first ?? "work"
        change.settings.set("provider", [name])
        change.settings.set("grant", ["authorization_code"])
        try askBlanks(of: provider, &change)
        tellWhatToRegister(provider)
        try askClient(&change, needsSecret: provider.needsClientSecret)
        try askScope(of: provider, &change)
        if !provider.knowsAPI {
            let api = try questions.url("Address of the API, such as https://api.example")
            change.settings.set("base_url", [api.description])
        }
        return name
    }

    /// Each blank is asked for once, though several addresses may have it.
    private func askBlanks(
        of provider: ProviderMessage, _ change: inout ProfileChangeMessage
    ) throws(Failure) {
        var values: [String: String] = [:]
        for need in provider.needs {
            for blank in need.blanks where values[blank.name] == nil {
                values[blank.name] = try ask(blank)
            }
            if let value = need.filled(values) { change.settings.set(need.key, [value]) }
        }
    }

    /// Whoever pastes a whole address means its host.
    private func ask(_ blank: ProviderMessage.Blank) throws(Failure) -> String {
        let (meaning, example) = (blank.meaning.sanitised(), blank.example.sanitised())
        while true {
            let answer = try questions.text(
                "\(Self.capitalised(meaning)), such as \(example)")
            if let url = HTTPURL(answer) { return url.authority }
            if HTTPURL("https://host.example/\(answer)") != nil, !answer.contains("/") {
                return answer
            }
            context.output.tell("That cannot stand in an address.")
        }
    }

    private func tellWhatToRegister(_ provider: ProviderMessage) {
        let place = provider.registrationPage.map { " at \($0.sanitised())" } ?? " there"
        context.output.tell("\nRegister a client\(place).")
        if let uri = provider.redirectURI {
            context.output.tell("Redirect URI: \(uri.sanitised())")
        }
        for note in provider.notes { context.output.tell("- \(note.asMessage)") }
        context.output.tell("")
    }

    private func askScope(
        of provider: ProviderMessage, _ change: inout ProfileChangeMessage
    ) throws(Failure) {
        let isNeeded = provider.needs.contains { $0.key == "scope" }
        let added = provider.loginScope.joined(separator: " ").sanitised()
        let hint = added.isEmpty ? "" : "; \(added) is added"
        let scope = try questions.text(
            isNeeded ? "Scope\(hint)" : "Scope (empty: the server's own)\(hint)",
            mayBeEmpty: !isNeeded)
        if !scope.isEmpty { change.settings.set("scope", [scope]) }
    }

    private static func capitalised(_ text: String) -> String {
        text.prefix(1).uppercased() + text.dropFirst()
    }
}
