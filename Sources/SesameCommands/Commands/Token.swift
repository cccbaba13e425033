import SesameBrokerAPI
import SesameHTTP
import SesameJSON

extension Command {
    static let token = Command(
        name: "token", summary: "print a valid access token",
        details: [
            "A token that is about to expire is renewed first. However many programs ask at once, the "
                + "server sees one request. On a terminal it prints nothing, since the token would stay "
                + "on the screen."
        ],
        arguments: [.profile],
        options: [
            Option(
                name: "min-valid", value: "S", summary: "valid for S more seconds at the least (60)"
            ),
            Option(name: "refresh", summary: "renew it even if the held one is good"),
            Option(name: "scope", value: "S", summary: "a token for this scope only"),
            Option(name: "resource", value: "R", summary: "a token for this resource (RFC 8707)"),
            .force,
        ],
        examples: [
            Example("sesame token aivie", "The token and a newline."),
            Example(
                "curl -H \"Authorization: Bearer $(sesame token aivie)\" https://acme.example/api/contacts",
                "A request with the token."),
            Example("sesame token aivie --min-valid 600 --json", "Token and expiry for a script."),
        ],
        run: printToken)
}

private func printToken(_ context: Context) throws(Failure) -> ExitCode {
    let arguments = context.arguments
    let profile = try context.profile().name
    try context.requireNoTerminal(for: "the token")
    let minimumValidity = try arguments.number("min-valid", in: 0...31_536_000) ?? 60
    let token = try context.ask(about: profile) { broker throws(Problem) in
        try broker.token(
            of: profile, minimumValidity: minimumValidity, refresh: arguments.has("refresh"),
            scope: arguments["scope"], resource: arguments["resource"])
    }
    if token.needsCertificate { context.warnOfCertificate() }
    if context.output.isJSON {
        try context.output.object(token.json)
    } else {
        if token.isBound {
            context.output.warning(
                "this token works with a proof for each request only (DPoP): use sesame header or sesame request"
            )
        }
        try context.output.data(token.accessToken)
    }
    return .done
}

extension TokenMessage {
    /// Whether the token is bound to a key that the broker has (RFC 9449).
    var isBound: Bool { equalIgnoringCase(tokenType, "DPoP") }
}
