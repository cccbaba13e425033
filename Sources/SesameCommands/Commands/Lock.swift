import SesameBrokerAPI
import SesameJSON
import SesameSecrets

extension Command {
    static let lock = Command(
        name: "lock", summary: "forget the passphrase of the store until it is unlocked",
        details: ["Only a store with a passphrase can be locked."],
        examples: [Example("sesame lock", "The next command needs the passphrase again.")],
        run: { context throws(Failure) in
            try context.expectNoArguments(of: "lock")
            let locked = try context.ask { broker throws(Problem) in try broker.lock() }
            if context.output.isJSON {
                try context.output.object(locked.json)
            } else {
                try context.output.line("locked")
            }
            return .done
        })

    static let unlock = Command(
        name: "unlock", summary: "give the passphrase of the store, once for a while",
        details: [
            "The kernel's keyring remembers the key until the time is over, you lock the store, or the "
                + "machine restarts. Where there is no keyring, the store stays open as long as the "
                + "running broker."
        ],
        options: [
            Option(
                name: "for", value: "S",
                summary: "remember it for S seconds (43200, or as configured)")
        ]
            + Passphrases.options,
        examples: [
            Example("sesame unlock", "Asks for the passphrase."),
            Example(
                "sesame unlock --for 3600 --passphrase-fd 3 3< passphrase.txt",
                "From a script, for an hour."),
        ],
        run: { context throws(Failure) in
            try context.expectNoArguments(of: "unlock")
            let passphrases = try Passphrases(context)
            let seconds = try context.arguments.number("for", in: 1...31_536_000)
            try expectPassphrase(context)
            let message = UnlockMessage(
                passphrase: try passphrases.known("Passphrase of the store"), seconds: seconds)
            let unlocked = try context.ask { broker throws(Problem) in try broker.unlock(message) }
            try tell(unlocked, context)
            return .done
        })
}

/// Nobody types a passphrase that nothing asks for.
private func expectPassphrase(_ context: Context) throws(Failure) {
    let store = try context.ask { broker throws(Problem) in try broker.store() }
    guard store.state != .absent else {
        throw Failure.usage("there is no store yet", hints: ["sesame key init --passphrase"])
    }
    guard store.source ?? store.configured == .passphrase else {
        throw Failure.usage("this store has no passphrase; its key: \(store.keyInWords)")
    }
}

private func tell(_ unlocked: UnlockedMessage, _ context: Context) throws(Failure) {
    if context.output.isJSON { return try context.output.object(unlocked.json) }
    let until = unlocked.until.map { " until \($0)" } ?? ""
    try context.output.line(
        unlocked.cached
            ? "unlocked\(until)" : "unlocked for as long as the running broker lives\(until)")
    if !unlocked.cached {
        context.output.note(
            "the kernel's keyring cannot be used here: without a running sesamed each command asks")
    }
}
