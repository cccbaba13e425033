import SesameBrokerAPI
import SesameSecrets

extension Command {
    static let saslCredential = Command(
        name: "credential sasl", summary: "print the answer that logs in to a mail server",
        details: [
            "It is the initial response of SASL in base64, with a newline. Programs that know the mechanism "
                + "themselves, such as msmtp, mbsync and mutt, want the bare token of sesame token instead."
        ],
        arguments: [.profile],
        options: [
            Option(
                name: "mechanism", value: "M", summary: "the mechanism of SASL (RFC 7628)",
                content: .words(SASLMechanism.allCases.map(\.rawValue))),
            Option(name: "user", value: "U", summary: "the mailbox's name, mostly an address"),
            Option(name: "host", value: "H", summary: "the server's name, for OAUTHBEARER"),
            Option(name: "port", value: "N", summary: "its port, for OAUTHBEARER"),
            .force,
        ],
        examples: [
            Example(
                "sesame credential sasl mail --mechanism XOAUTH2 --user ada@example.org",
                "What follows AUTH XOAUTH2 in SMTP.")
        ],
        run: printResponse)
}

private func printResponse(_ context: Context) throws(Failure) -> ExitCode {
    let arguments = context.arguments
    let profile = try context.profile().name
    let names = SASLMechanism.allCases.map(\.rawValue).joined(separator: " or ")
    guard let word = arguments["mechanism"] else {
        throw Failure.usage("which mechanism? --mechanism is missing: \(names)")
    }
    guard let mechanism = SASLMechanism(rawValue: word.uppercased()) else {
        throw Failure.usage("--mechanism is \(names), and not \(word.sanitised(limit: 40))")
    }
    guard let user = arguments["user"] else {
        throw Failure.usage("whose mailbox? --user is missing")
    }
    let port = try arguments.number("port", in: 1...65_535)
    guard mechanism == .oauthbearer || (port == nil && arguments["host"] == nil) else {
        throw Failure.usage("--host and --port are for OAUTHBEARER")
    }
    for (option, text) in [("user", user), ("host", arguments["host"] ?? "-")] {
        // The parts are divided by a control character.
        guard !text.isEmpty, !text.utf8.contains(where: isControl) else {
            throw Failure.usage("--\(option) is empty, or has a control character")
        }
    }
    try context.requireNoTerminal(for: "the token")
    let token = try context.ask(about: profile) { broker throws(Problem) in
        try broker.token(of: profile)
    }
    let isPlain = token.accessToken.withBytes { bytes in
        bytes.indices.allSatisfy { (0x21...0x7E).contains(bytes[$0]) }
    }
    guard isPlain else {
        throw Failure(.serverRefused, "the token has a byte that cannot be sent to a mail server")
    }
    let response = mechanism.response(
        of: user, token.accessToken, host: arguments["host"], port: port)
    var encoded = SecretBuffer(capacity: response.count * 4 / 3 + 4)
    response.withBytes { Base64.encode($0, into: &encoded) }
    try context.output.data(Secret(encoded))
    return .done
}
