import SesameBrokerAPI
import SesameJSON
import SesameSecrets

extension Command {
    static let rotateKey = Command(
        name: "key rotate", summary: "give the store another key, or another source of it",
        details: [
            "Without --full only the key changes that protects the keys inside the store: quick, and "
                + "enough where the old one was replaced in time. With --full everything is sealed anew "
                + "under new keys: for when the old key may be known to somebody. What was copied "
                + "before stays readable with the old key; logins in such a copy should be ended with "
                + "sesame logout.",
            "A full rotation that was interrupted is finished by the same command. The store can be used "
                + "meanwhile.",
            "Without a source the configured one is taken, and a key file gets a new key. A command or a "
                + "credential is replaced by naming another one that holds the new key already. A "
                + "passphrase that is given is the new one; --full without one keeps it.",
        ],
        options: [Option(name: "full", summary: "seal everything anew, too")]
            + KeySourceOptions.all + Passphrases.options,
        examples: [
            Example("sesame key rotate", "A new key from the configured source."),
            Example("sesame key rotate --full", "Everything is sealed anew."),
            Example("sesame key rotate --passphrase", "From now on a passphrase, or another one."),
            Example(
                "sesame key rotate --key-command 'pass show sesame-2'",
                "From now on a password manager."),
        ],
        run: rotate)
}

private func rotate(_ context: Context) throws(Failure) -> ExitCode {
    try context.expectNoArguments(of: "key rotate")
    let passphrases = try Passphrases(context)
    let source = try KeySourceOptions.chosen(context)
    try context.unlockFirst()
    let store = try context.ask { broker throws(Problem) in try broker.store() }
    let isFull = context.arguments.has("full")
    // Sealing everything anew needs no other passphrase.
    let keepsPassphrase =
        isFull && source == nil && !passphrases.isGiven && store.configured == .passphrase
    let passphrase =
        keepsPassphrase ? nil : try passphrases.chosen(for: source?.kind ?? store.configured)
    let message = RotationMessage(full: isFull, source: source, passphrase: passphrase)
    let report = try finish(message, context)
    return try tell(report, isFull: isFull, context)
}

/// Sends the first request, and goes on until everything is sealed anew.
private func finish(
    _ first: RotationMessage, _ context: Context
) throws(Failure) -> RotationReportMessage {
    let progress = Progress("sealing anew", context.output)
    defer { progress.end() }
    return try context.terminal.deferringInterruption { () throws(Failure) in
        var report = try context.ask { broker throws(Problem) in try broker.rotate(first) }
        var notes = report.notes
        while !report.finished {
            progress.show(report.done, of: report.total)
            if context.terminal.isInterrupted {
                throw Failure.interrupted.adding(
                    hint: "nothing is lost; sesame key rotate --full seals everything anew")
            }
            report = try context.ask { broker throws(Problem) in try broker.rotate(.continuation) }
            notes += report.notes.filter { !notes.contains($0) }
        }
        report.notes = notes
        return report
    }
}

private func tell(
    _ report: RotationReportMessage, isFull: Bool, _ context: Context
) throws(Failure) -> ExitCode {
    if context.output.isJSON {
        try context.output.object(report.json)
    } else {
        let source = report.source.inWords
        try context.output.line(
            isFull
                ? "sealed anew: \(counted(report.done, "profile")); the key: \(source)"
                : report.sameKey
                    ? "the store has the same key, now from: \(source)"
                    : "the store has a new key: \(source)")
    }
    for note in report.notes { context.output.note(note.asMessage) }
    guard report.damaged.isEmpty else {
        let names = report.damaged.map { $0.sanitised(limit: 64) }.joined(separator: ", ")
        throw Failure(
            .storeDamaged, "damaged, and not sealed anew: \(names)",
            hints: ["restore these from a backup, or log in again"])
    }
    return .done
}
