import SesameBrokerAPI
import SesameHTTP
import SesameJSON
import SesameSecrets

extension Command {
    static let setup = Command(
        name: "setup", summary: "make or change a profile; asks on a terminal",
        details: [
            "Without options, on a terminal, it asks for everything, says what to register at the provider, "
                + "and logs in. With options it changes what is given and asks nothing. No option takes a "
                + "secret as its value: other users of the machine could read it.",
            "With --resource alone, the resource says which server's tokens it takes, as MCP servers do. A server "
                + "that no profile uses yet has to be agreed to: on a terminal you are asked, elsewhere "
                + "--trust-issuer names it. Without --client-id the client is registered at the server, if that "
                + "does so. With both --issuer and --client-id nothing is looked up.",
        ],
        arguments: [
            Argument(
                name: "PROFILE", summary: "the name of the profile", presence: .optional,
                content: .profile)
        ],
        options: settingOptions + clientSecretOptions + registrationOptions + [
            Option(name: "username", value: "U", summary: "the user's name, for grant basic"),
            Option(name: "password-stdin", summary: "read the user's password from standard input"),
            Option(name: "list-providers", summary: "list the presets, and what each one needs"),
        ],
        examples: [
            Example("sesame setup", "Asks, and explains every step."),
            Example("sesame setup --list-providers", "Shows the presets."),
            Example(
                "sesame setup aivie --provider mautic --base-url https://acme.example --client-id 1_abc "
                    + "--client-secret-stdin < secret.txt", "The same from a script."),
            Example(
                "sesame setup aivie --provider mautic --base-url https://acme.example --grant basic "
                    + "--username api --password-stdin < password.txt",
                "With HTTP Basic instead of OAuth 2."),
            Example(
                "sesame setup notes --resource https://mcp.example/notes",
                "From the address of an MCP server; asks whether you trust its authorization server."
            ),
        ],
        run: setUp)
}

/// Options that stand for a key of the configuration of the same name.
let settingOptions: [Command.Option] = [
    .init(
        name: "provider", value: "NAME", summary: "a preset",
        content: .words(ProviderNames.all)),
    .init(name: "base-url", value: "U", summary: "where the API is"),
    .init(name: "issuer", value: "U", summary: "the authorization server's issuer, for discovery"),
    .init(name: "client-id", value: "ID", summary: "the client id"),
    .init(
        name: "grant", value: "G", summary: "how logins are had",
        content: .words(["authorization_code", "client_credentials", "device_code", "basic"])),
    .init(
        name: "client-auth", value: "A", summary: "how the client shows who it is",
        content: .words([
            "none", "client_secret_basic", "client_secret_post", "client_secret_jwt",
            "private_key_jwt",
        ])),
    .init(
        name: "client-key-file", value: "F",
        summary: "the private key that the client signs with, PEM or JWK", content: .file),
    .init(name: "client-key-id", value: "ID", summary: "what the server calls that key (kid)"),
    .init(
        name: "assertion-audience", value: "A", summary: "whom the client's signatures are for",
        content: .words(["issuer", "endpoint"])),
    .init(name: "redirect-uri", value: "U", summary: "the redirect URI that is registered"),
    .init(name: "scope", value: "S", summary: "the scope to ask for"),
    .init(name: "resource", value: "U", summary: "a resource (RFC 8707)", repeats: true),
    .init(
        name: "ca-file", value: "F",
        summary: "certificate authorities to trust instead of the system's", content: .file),
]

/// How a client secret is given: never as the value of an option.
let clientSecretOptions: [Command.Option] = [
    .init(name: "client-secret-stdin", summary: "read the client secret from standard input"),
    .init(
        name: "client-secret-file", value: "F",
        summary: "read the client secret from the file F", content: .file),
]

/// Where the server and the client come from, if not from the options above.
let registrationOptions: [Command.Option] = [
    .init(
        name: "trust-issuer", value: "U",
        summary: "with --resource: the server that it names and that you trust"),
    .init(name: "register", summary: "have the client registered at the server (RFC 7591)"),
    .init(
        name: "initial-access-token-stdin",
        summary: "read what the server wants for a registration from standard input"),
    .init(name: "unregister", summary: "end the registration at the server, and the login"),
    .init(
        name: "print-client-metadata",
        summary: "print the document to publish at the URL given as --client-id"),
]

private func setUp(_ context: Context) throws(Failure) -> ExitCode {
    let options =
        settingOptions.map(\.name)
        + registrationOptions.map(\.name)
        + ["client-secret-stdin", "client-secret-file", "username", "password-stdin"]
    let isGiven = options.contains { context.arguments.has($0) }
    if context.arguments.has("list-providers") {
        guard !isGiven, context.arguments.positional.isEmpty else {
            throw Failure.usage("--list-providers stands alone")
        }
        return try listProviders(context)
    }
    let name = try context.optionalProfile() ?? context.environment.given("SESAME_PROFILE")
    if !isGiven, !context.output.isJSON, context.terminal.isInteractive {
        return try SetupGuide(context).run(profile: name)
    }
    guard let name else {
        throw Failure.usage(
            "which profile?", hints: ["on a terminal, sesame setup without options asks"])
    }
    if context.arguments.has("print-client-metadata") { return try printMetadata(name, context) }
    if context.arguments.has("unregister") { return try unregister(name, context) }
    var change = try settingChange(context)
    change.register = context.arguments.has("register")
    if context.arguments.has("initial-access-token-stdin") {
        change.initialAccessToken = try secretLine("initial access token", context)
    }
    try ResourceSetup(context, profile: name)?.complete(&change)
    guard change.register || change.initialAccessToken == nil else {
        throw Failure.usage("--initial-access-token-stdin goes with --register")
    }
    let message = try context.ask(about: name) { broker throws(Problem) in
        try broker.change(name, change)
    }
    return try report(message, context)
}

/// The document that the person publishes, so that its URL can be the client's id.
private func printMetadata(_ name: String, _ context: Context) throws(Failure) -> ExitCode {
    guard let url = context.arguments["client-id"] else {
        throw Failure.usage("--print-client-metadata goes with --client-id https://…")
    }
    let document = try context.ask(about: name) { broker throws(Problem) in
        try broker.clientMetadata(of: name, at: url)
    }
    try context.output.line(document.dangerouslyRevealedText())
    return .done
}

private func unregister(_ name: String, _ context: Context) throws(Failure) -> ExitCode {
    try context.ask(about: name) { broker throws(Problem) in try broker.unregister(name) }
    if context.output.isJSON {
        try context.output.object(
            .object([("profile", .string(name)), ("unregistered", .bool(true))]))
    } else {
        try context.output.line("the client of profile \(name.sanitised()) is registered no more")
    }
    return .done
}

/// What the options say of a profile.
func settingChange(_ context: Context) throws(Failure) -> ProfileChangeMessage {
    let arguments = context.arguments
    var change = ProfileChangeMessage()
    for option in settingOptions where arguments.has(option.name) {
        let key = option.name.split(separator: "-").joined(separator: "_")
        let values = option.repeats ? arguments.all(option.name) : [arguments[option.name] ?? ""]
        // An empty value takes the key away.
        change.settings.set(key, values.filter { !$0.isEmpty })
    }
    for option in ["ca-file", "client-key-file"] {
        guard let file = arguments[option], !file.isEmpty else { continue }
        // The broker is at home in another folder.
        change.settings.set(option.replacing("-", with: "_"), [absolutePath(file)])
    }
    let sources = [
        "client-secret-stdin", "client-secret-file", "password-stdin", "initial-access-token-stdin",
    ]
    guard sources.filter({ arguments.has($0) }).count <= 1 else {
        throw Failure.usage("only one secret can be given at a time")
    }
    if arguments.has("client-secret-stdin") {
        change.clientSecret = try secretLine("client secret", context)
    } else if let file = arguments["client-secret-file"] {
        change.clientSecret = try singleLine(
            of: readFile(file, limit: secretLimit), "client secret")
    }
    if arguments.has("password-stdin") { change.password = try secretLine("password", context) }
    change.username = arguments["username"].map { Secret(utf8: $0) }
    return change
}

/// Says what a set-up did, and what is left to do.
private func report(_ message: ProfileMessage, _ context: Context) throws(Failure) -> ExitCode {
    for warning in message.warnings { context.output.warning(warning.asMessage) }
    if context.output.isJSON {
        try context.output.object(message.json)
        return .done
    }
    let name = message.profile.sanitised()
    try context.output.line("profile \(name) \(message.created ? "created" : "changed")")
    if let redirectURI = message.redirectURI {
        try context.output.line("redirect URI to register: \(redirectURI.sanitised())")
    }
    // A public key of RSA is long.
    for line in message.instructions {
        try context.output.line("- \(line.asMessage(limit: 4096))")
    }
    // Basic has no token; its login asks the server whether the password is right.
    let hasToken = message.ready && message.grant != "basic"
    context.output.hint(hasToken ? "sesame exec \(name) -- COMMAND" : "next: sesame login \(name)")
    return .done
}
