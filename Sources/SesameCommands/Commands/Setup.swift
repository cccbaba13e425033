import SesameBrokerAPI
import SesameHTTP
import SesameJSON
import SesameSecrets
import SesameSystem

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
        options: settingOptions + grantOptions + clientSecretOptions + moreClientSecretOptions
            + registrationOptions + [
                Option(name: "username", value: "U", summary: "the user's name, for grant basic"),
                Option(
                    name: "password-stdin", summary: "read the user's password from standard input"),
                Option(
                    name: "list-providers", summary: "list the presets, and what each one needs"),
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
        content: .words([
            "authorization_code", "client_credentials", "device_code", "jwt_bearer",
            "token_exchange", "basic",
        ])),
    .init(
        name: "client-auth", value: "A", summary: "how the client shows who it is",
        content: .words([
            "none", "client_secret_basic", "client_secret_post", "client_secret_jwt",
            "private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth",
        ])),
    .init(
        name: "client-key-file", value: "F",
        summary: "the private key that the client signs with, PEM or JWK", content: .file),
    .init(name: "client-key-id", value: "ID", summary: "what the server calls that key (kid)"),
    .init(
        name: "client-certificate-file", value: "F",
        summary: "the certificate that the client shows in TLS, PEM (RFC 8705)", content: .file),
    .init(
        name: "client-certificate-key-file", value: "F",
        summary: "its private key, where that is not the one of --client-key-file", content: .file),
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

/// What the grants that need no person give for a token; each stands for a key of the configuration, too.
let grantOptions: [Command.Option] = [
    .init(
        name: "assertion-file", value: "F",
        summary: "a signed statement that another program renews, for grant jwt_bearer",
        content: .file),
    .init(
        name: "subject", value: "S", summary: "for whom grant jwt_bearer asks (sub; the client id)"),
    .init(
        name: "subject-token-file", value: "F",
        summary: "the token that grant token_exchange gives away", content: .file),
    .init(
        name: "subject-profile", value: "P",
        summary: "or the profile whose access token it gives away", content: .profile),
    .init(
        name: "subject-token-type", value: "T",
        summary: "what that token is: access_token, jwt, id_token, saml2, or a URI"),
    .init(
        name: "actor-token-file", value: "F",
        summary: "the token of who is to act, for grant token_exchange", content: .file),
    .init(name: "actor-token-type", value: "T", summary: "what that token is"),
    .init(
        name: "requested-token-type", value: "T", summary: "what grant token_exchange asks for"),
    .init(
        name: "audience", value: "A", summary: "a service that its token shall be good at",
        repeats: true),
]

/// How a client secret is given: never as the value of an option.
let clientSecretOptions: [Command.Option] = [
    .init(name: "client-secret-stdin", summary: "read the client secret from standard input"),
    .init(
        name: "client-secret-file", value: "F",
        summary: "read the client secret from the file F", content: .file),
]

/// How a further client secret is given, and when it ends.
let moreClientSecretOptions: [Command.Option] = [
    .init(
        name: "add-client-secret-stdin",
        summary: "read one more client secret, to be tried where the others are refused"),
    .init(
        name: "client-secret-expires-at", value: "TIME",
        summary: "when the given client secret ends: RFC 3339 in UTC, or seconds since 1970"),
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
        (settingOptions + grantOptions + registrationOptions).map(\.name)
        + ["client-secret-stdin", "client-secret-file", "username", "password-stdin"]
        + moreClientSecretOptions.map(\.name)
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
    for option in settingOptions + grantOptions where arguments.has(option.name) {
        let key = option.name.split(separator: "-").joined(separator: "_")
        let values = option.repeats ? arguments.all(option.name) : [arguments[option.name] ?? ""]
        // An empty value takes the key away.
        change.settings.set(key, values.filter { !$0.isEmpty })
    }
    let files = [
        "ca-file", "client-key-file", "client-certificate-file", "client-certificate-key-file",
        "assertion-file", "subject-token-file", "actor-token-file",
    ]
    for option in files {
        guard let file = arguments[option], !file.isEmpty else { continue }
        // The broker is at home in another folder.
        change.settings.set(option.replacing("-", with: "_"), [absolutePath(file)])
    }
    let sources = [
        "client-secret-stdin", "client-secret-file", "add-client-secret-stdin", "password-stdin",
        "initial-access-token-stdin",
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
    if arguments.has("add-client-secret-stdin") {
        change.addedClientSecret = try secretLine("client secret", context)
    }
    if let text = arguments["client-secret-expires-at"] {
        guard change.clientSecret != nil || change.addedClientSecret != nil else {
            throw Failure.usage("--client-secret-expires-at goes with a client secret")
        }
        change.clientSecretExpiresAt = try secretEnd(text)
    }
    if arguments.has("password-stdin") { change.password = try secretLine("password", context) }
    change.username = arguments["username"].map { Secret(utf8: $0) }
    return change
}

/// A time, or the member `client_secret_expires_at` of a registration, where 0 means never (RFC 7591, section 3.2.1).
private func secretEnd(_ text: String) throws(Failure) -> Timestamp? {
    if text == "0" { return nil }
    let digits = text.utf8.allSatisfy { (0x30...0x39).contains($0) } && text.utf8.count <= 12
    if let time = Timestamp(text) ?? (digits ? Int64(text).map(Timestamp.init(seconds:)) : nil) {
        return time
    }
    throw Failure.usage(
        "--client-secret-expires-at: not a time such as 2027-01-31T00:00:00Z: \(text.sanitised(limit: 40))"
    )
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
