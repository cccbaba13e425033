import SesameBrokerAPI
import SesameJSON
import SesameSecrets

extension Command {
    static let backup = Command(
        name: "backup", summary: "write a sealed copy of store and configuration",
        details: [
            "The file is an age file (age-encryption.org): under a passphrase, or for the holders of the "
                + "keys that --recipient names. It holds the logins themselves and not the store key, so "
                + "it opens without this machine. A file that exists is not overwritten.",
            "The passphrase is asked for twice on a terminal. It has 8 characters or more; less than 12 "
                + "get a warning.",
        ],
        arguments: [Argument(name: "FILE", summary: "the file to write", content: .file)],
        options: [
            Option(
                name: "recipient", short: "r", value: "age1…",
                summary: "a public key of age-keygen", repeats: true)
        ] + Passphrases.options,
        examples: [
            Example("sesame backup logins.age", "Asks for a passphrase."),
            Example(
                "sesame backup /var/backups/sesame.age --recipient age1…",
                "From a script, for the key of an operator."),
        ],
        run: backUp)
}

private func backUp(_ context: Context) throws(Failure) -> ExitCode {
    let passphrases = try Passphrases(context)
    let path = try context.onePath("which file? it is written, and must not exist yet")
    let recipients = context.arguments.all("recipient")
    guard recipients.isEmpty || !passphrases.isGiven else {
        throw Failure.usage("a backup has recipients or a passphrase, not both")
    }
    if recipients.isEmpty && !passphrases.isGiven { try context.unlockFirst() }
    let seal: BackupMessage.Seal =
        recipients.isEmpty
        ? .passphrase(try passphrases.chosen("New passphrase of the backup"))
        : .recipients(recipients)
    let report = try context.ask { broker throws(Problem) in
        try broker.backUp(BackupMessage(path: path, seal: seal))
    }
    if context.output.isJSON {
        try context.output.object(report.json)
    } else {
        try context.output.line(
            "\(report.path.sanitised()): \(counted(report.profiles, "profile")), \(report.bytes) bytes"
        )
    }
    let notes = report.notes
    for note in notes { context.output.note(note) }
    return notes.isEmpty ? .done : .partlyStored
}

extension BackupReportMessage {
    /// What the backup does not hold.
    fileprivate var notes: [String] {
        var notes: [String] = []
        if !damaged.isEmpty {
            notes.append("damaged in the store, and not whole in the backup: \(list(damaged))")
        }
        if incomplete {
            notes.append(
                "the store's list of its profiles is damaged: there may have been more than these")
        }
        if !outdated.isEmpty {
            notes.append(
                "the newest tokens of these could not be saved, and are not in the backup: \(list(outdated))"
            )
        }
        return notes
    }
}

/// Names from outside, for a sentence.
func list(_ names: [String]) -> String {
    names.map { $0.sanitised(limit: 64) }.joined(separator: ", ")
}

extension Context {
    /// The one path that a command is about, made absolute.
    func onePath(_ missing: String) throws(Failure) -> String {
        let words = arguments.positional
        guard words.count <= 1 else {
            throw Failure.usage("too many arguments: \(words[1].sanitised(limit: 60))")
        }
        guard let path = words.first, !path.isEmpty else { throw Failure.usage(missing) }
        return absolutePath(path)
    }
}

/// A number of things: `1 profile`, `2 profiles`.
func counted(_ number: some BinaryInteger, _ thing: String) -> String {
    "\(number) \(thing)\(number == 1 ? "" : "s")"
}
