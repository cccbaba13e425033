import SesameBrokerAPI
import SesameHTTP
import SesameSecrets

extension Command {
    static let header = Command(
        name: "header", summary: "print the header lines that sign a request of your own",
        details: [
            "The destination must be one that the profile allows; send the request to exactly that URL, "
                + "and by that method, once: where tokens are bound to a key (DPoP), a second line proves for "
                + "this one request that the key is there. "
                + "On a terminal it prints nothing, since the token would stay on the screen."
        ],
        arguments: [.profile],
        options: [
            Option(name: "url", value: "U", summary: "where the request will go"),
            Option(name: "method", value: "M", summary: "its method (GET)"),
            .force,
        ],
        examples: [
            Example(
                "sesame header aivie --url https://acme.example/api/contacts",
                "Authorization: Bearer …"),
            Example(
                "sesame header aivie --url $U | curl -H @- $U",
                "A request signed without a token in argv."),
        ],
        run: printHeaders)
}

private func printHeaders(_ context: Context) throws(Failure) -> ExitCode {
    let profile = try context.profile().name
    guard let url = context.arguments["url"] else {
        throw Failure.usage("where will the request go? --url is missing")
    }
    try context.requireNoTerminal(for: "the token")
    let method = context.arguments["method"] ?? "GET"
    try checkMethod(method)
    let message = try context.ask(about: profile) { broker throws(Problem) in
        try broker.headers(of: profile, method: method, url: url)
    }
    if message.needsCertificate { context.warnOfCertificate() }
    if context.output.isJSON {
        try context.output.object(message.json)
        return .done
    }
    for field in message.headers.all {
        var line = SecretBuffer(capacity: 256)
        line.append(field.name + ": ")
        switch field.value {
        case .plain(let text): line.append(text)
        case .secret(let secret): line.append(secret)
        }
        try context.output.data(Secret(line))
    }
    return .done
}
