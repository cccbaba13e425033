import SesameBrokerAPI
import SesameJSON
import SesameSecrets

extension Command {
    static let initialiseKey = Command(
        name: "key init", summary: "make the store and its key; never overwrites one",
        details: [
            "Without an option the source is the configured one, else a key file beside the "
                + "configuration. The choice is written into the configuration and into the store, and "
                + "only sesame key rotate changes it. A command or a credential must give the line that "
                + "sesame key generate prints.",
            "A passphrase is asked for twice on a terminal. It has 8 characters or more; less than 12 get "
                + "a warning.",
        ],
        options: KeySourceOptions.all + Passphrases.options,
        examples: [
            Example("sesame key init", "As configured."),
            Example("sesame key init --passphrase", "Asks for a passphrase."),
            Example(
                "sesame key init --key-command 'pass show sesame'",
                "The key is in a password manager."),
            Example(
                "sesame key init --key-credential sesame-key",
                "In a service that systemd starts with this credential."),
        ],
        run: initialise)
}

private func initialise(_ context: Context) throws(Failure) -> ExitCode {
    try context.expectNoArguments(of: "key init")
    let passphrases = try Passphrases(context)
    let source = try KeySourceOptions.chosen(context)
    let store = try context.ask { broker throws(Problem) in try broker.store() }
    guard store.state == .absent else {
        throw Failure.usage(
            "there is a store already: \(store.path.sanitised())",
            hints: ["sesame key rotate gives it another key"])
    }
    let kind = source?.kind ?? store.configured
    let passphrase = try passphrases.chosen(for: kind)
    let made = try context.ask { broker throws(Problem) in
        try broker.makeKey(KeyStartMessage(source: source, passphrase: passphrase))
    }
    if context.output.isJSON {
        try context.output.object(made.json)
        return .done
    }
    try context.output.line("store made; its key: \(made.keyInWords)")
    for text in made.doesNotProtect {
        context.output.note("it does not protect from: \(text.asMessage)")
    }
    return .done
}

extension Passphrases {
    /// The passphrase that a key of this kind is made from; `nil` where it is not made from one.
    func chosen(for kind: KeySourceMessage.Kind) throws(Failure) -> Secret? {
        if kind == .passphrase { return try chosen("New passphrase of the store") }
        guard !isGiven else {
            throw Failure.usage(
                "a passphrase is given, and the key does not come from one",
                hints: ["add --passphrase"])
        }
        return nil
    }
}
