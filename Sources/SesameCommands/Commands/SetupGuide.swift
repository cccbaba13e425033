import SesameBrokerAPI
import SesameHTTP
import SesameMautic
import SesameSecrets

/// Leads a newcomer through the set-up of a profile, question by question.
///
/// Nothing is stored before the last answer, so Ctrl-C at any question leaves everything as it was.
struct SetupGuide {
    let context: Context
    let questions: Questions

    init(_ context: Context) {
        self.context = context
        questions = Questions(context)
    }

    func run(profile given: String?) throws(Failure) -> ExitCode {
        context.output.tell(
            "This sets up a profile: a name for one login at one server. Ctrl-C ends it.\n")
        let purpose = try questions.choose(
            "What is it for?",
            [
                "Mautic or Aivie", "another OAuth 2 server, by its issuer",
                "GitHub, Google, Microsoft or another that Sesame knows",
                "an MCP server or another API, by its address",
            ])
        var given = given
        var change = ProfileChangeMessage()
        var mautic: HTTPURL?
        let suggestion: String
        switch purpose {
        case 0:
            let url = try askAboutMautic(&change)
            mautic = url
            suggestion = Self.name(for: url)
        case 1:
            try askServer(&change)
            suggestion = "work"
        case 2: suggestion = try askProvider(&change)
        default:
            suggestion = if let given { given } else { try askName(suggestion: "mcp") }
            given = suggestion
            try askResource(&change, for: suggestion)
        }
        let name = if let given { given } else { try askName(suggestion: suggestion) }
        try confirmChange(of: name)
        try KeyGuide(context).makeStoreIfAbsent()
        try store(change, as: name)
        return try prove(name, mautic, change.settings["grant"])
    }

    private func askAboutMautic(_ change: inout ProfileChangeMessage) throws(Failure) -> HTTPURL {
        let url = try questions.url("Address of your Mautic, such as https://acme.example")
        change.settings.set("provider", ["mautic"])
        change.settings.set("base_url", [url.description])
        let grant = try questions.choose(
            "How shall Sesame log in?",
            [
                "as you, in the browser (OAuth 2)",
                "as a program of its own (OAuth 2; an administrator must have made the credential)",
                "with a user name and a password (HTTP Basic)",
            ])
        context.output.tell("\nIn Mautic:")
        context.output.tell("  1. Settings > Configuration > API Settings: API enabled: Yes")
        switch grant {
        case 0:
            change.settings.set("grant", ["authorization_code"])
            change.settings.set("redirect_uri", [Self.redirectURI])
            tellCredential("  3. Redirect URI: \(Self.redirectURI)")
            try askClient(&change, needsSecret: true)
        case 1:
            change.settings.set("grant", ["client_credentials"])
            tellCredential("  3. Redirect URI: any; it is not used")
            try askClient(&change, needsSecret: true)
        default:
            change.settings.set("grant", ["basic"])
            context.output.tell("  2. in the same place: Enable HTTP basic auth: Yes\n")
            change.username = Secret(utf8: try questions.text("User name"))
            change.password = try questions.secret("Password")
        }
        return url
    }

    private func tellCredential(_ redirect: String) {
        context.output.tell("  2. Settings > API Credentials > New: OAuth 2")
        context.output.tell(redirect)
        context.output.tell("  4. Save, and copy the two keys that Mautic shows.\n")
    }

    private func askServer(_ change: inout ProfileChangeMessage) throws(Failure) {
        let issuer = try questions.url("Issuer, such as https://id.example")
        change.settings.set("issuer", [issuer.description])
        let isPerson =
            try questions.choose(
                "How shall Sesame log in?", ["as you, in the browser", "as a program of its own"])
            == 0
        change.settings.set("grant", [isPerson ? "authorization_code" : "client_credentials"])
        if isPerson {
            change.settings.set("redirect_uri", [Self.redirectURI])
            context.output.tell(
                "\nRegister a client there, with this redirect URI: \(Self.redirectURI)\n")
        }
        try askClient(&change, needsSecret: !isPerson)
        let scope = try questions.text("Scope (empty: the server's own)", mayBeEmpty: true)
        if !scope.isEmpty { change.settings.set("scope", [scope]) }
        let api = try questions.url("Address of the API", suggestion: issuer.origin)
        change.settings.set("base_url", [api.description])
    }

    /// The resource says the rest, and the person agrees to it.
    private func askResource(
        _ change: inout ProfileChangeMessage, for name: String
    ) throws(Failure) {
        let resource = try questions.url("Its address, such as https://mcp.example/notes")
        change.settings.set("grant", ["authorization_code"])
        let client = try questions.text(
            "Client id (empty: the server registers one)", mayBeEmpty: true)
        if !client.isEmpty { change.settings.set("client_id", [client]) }
        try ResourceSetup(context, profile: name, resource: resource.description).complete(&change)
    }

    func askClient(_ change: inout ProfileChangeMessage, needsSecret: Bool) throws(Failure) {
        change.settings.set("client_id", [try questions.text("Client id (public key)")])
        let secret = try questions.secret(
            needsSecret ? "Client secret (secret key)" : "Client secret (empty: none)",
            mayBeEmpty: !needsSecret)
        if !secret.isEmpty { change.clientSecret = secret }
        if secret.isEmpty { change.settings.set("client_auth", ["none"]) }
    }

    private func askName(suggestion: String) throws(Failure) -> String {
        while true {
            let name = try questions.text("Name of the profile", suggestion: suggestion)
            if Self.isName(name) { return name }
            context.output.tell("Letters, digits, and . _ - please.")
        }
    }

    private func confirmChange(of name: String) throws(Failure) {
        let names = try context.ask { broker throws(Problem) in try broker.profiles().map(\.profile)
        }
        guard names.contains(name) else { return }
        guard
            try questions.agree("The profile \(name.sanitised()) exists. Change it?", usual: false)
        else {
            throw Failure.usage("nothing was changed")
        }
    }

    private func store(_ change: ProfileChangeMessage, as name: String) throws(Failure) {
        context.output.tell("\nStoring and testing …")
        let message = try context.ask(about: name) { broker throws(Problem) in
            try broker.change(name, change)
        }
        for warning in message.warnings { context.output.warning(warning.asMessage) }
        if let uri = message.redirectURI, uri != Self.redirectURI {
            context.output.tell("Redirect URI to register: \(uri.sanitised())")
        }
        context.output.tell("The profile \(name.sanitised()) is stored.")
    }

    /// Logs in where the grant has a login, and asks Mautic who we are.
    private func prove(_ name: String, _ mautic: HTTPURL?, _ grant: String?) throws(Failure)
        -> ExitCode
    {
        let shown = name.sanitised()
        let needsPerson = grant == "authorization_code"
        guard try questions.agree(needsPerson ? "Log in now?" : "Try it now?", usual: true) else {
            context.output.hint(
                needsPerson ? "next: sesame login \(shown)" : "sesame status \(shown)")
            return .done
        }
        if grant != "basic" {
            let result = try LoginDialogue(context, profile: name).run()
            guard result == .done else { return result }
            context.output.hint("sesame exec \(shown) -- COMMAND")
        }
        guard let mautic else { return .done }
        let user = try askMautic(at: mautic, as: name, context) {
            client async throws(MauticError) in
            try await client.whoAmI()
        }
        let role = user.role.map { ", role \($0)" } ?? ""
        context.output.tell("It works: Mautic knows you as \(user.name ?? user.username)\(role).")
        context.output.hint("sesame contact create --profile \(shown) --email you@example.org")
        return .done
    }

    /// A name from the address: `aivie` where it says so, else the first label that is not `www`.
    private static func name(for url: HTTPURL) -> String {
        if url.host.contains("aivie") { return "aivie" }
        let label = url.host.split(separator: ".").first { $0 != "www" }.map(String.init) ?? ""
        return isName(label) && label.contains(where: \.isLetter) ? label : "mautic"
    }

    private static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && !text.hasPrefix(".") && !text.hasPrefix("-")
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
                default: false
                }
            }
    }

    /// With a fixed port, because many servers, Mautic among them, compare the whole address.
    private static let redirectURI = "http://127.0.0.1:8400/callback"
}
