import SesameBrokerAPI
import SesameJSON
import SesameSecrets

extension Command {
    static let restore = Command(
        name: "restore", summary: "take the logins of a backup into the store",
        details: [
            "Profiles that are here already are kept, unless --replace is given; a login that is newer "
                + "here is kept even so, and what is damaged here is always taken from the backup. It "
                + "happens as a whole or not at all.",
            "Many servers end a login when two hosts use its refresh token, as a thief would. So a "
                + "restored login waits until you say that the other host does not use it any more: "
                + "on a terminal you are asked; elsewhere --take-over says so, or later "
                + "sesame restore --confirm.",
        ],
        arguments: [
            Argument(
                name: "FILE", summary: "the backup; with --confirm a profile", presence: .optional,
                content: .file)
        ],
        options: [
            Option(
                name: "identity", short: "i", value: "F",
                summary: "the secret key of age-keygen, for a backup with recipients",
                content: .file),
            Option(name: "replace", summary: "replace profiles that are here already"),
            Option(
                name: "take-over", summary: "no other host uses these logins any more: use them"),
            Option(
                name: "confirm", summary: "take over restored logins that wait: PROFILE, or --all"),
            Option(name: "all", summary: "with --confirm: all that wait"),
        ] + Passphrases.options,
        examples: [
            Example(
                "sesame restore logins.age", "Asks for the passphrase, and about the other host."),
            Example(
                "sesame restore logins.age --identity key.txt --take-over",
                "From a script, after the old host is gone."),
            Example(
                "sesame restore --confirm aivie", "The other host has stopped using this login."),
        ],
        run: { context throws(Failure) in
            if context.arguments.has("confirm") { return try confirm(context) }
            return try restoreFile(context)
        })
}

private func restoreFile(_ context: Context) throws(Failure) -> ExitCode {
    let passphrases = try Passphrases(context)
    let arguments = context.arguments
    guard !arguments.has("all") else {
        throw Failure.usage("--all goes with --confirm", hints: ["sesame restore --confirm --all"])
    }
    let path = try context.onePath("which file? or --confirm and a profile")
    var message = RestoreMessage(path: path, replace: arguments.has("replace"))
    message.identityPath = try identity(for: path, passphrases, context)
    try KeyGuide(context).makeStoreIfAbsent()
    if message.identityPath == nil {
        message.passphrase = try passphrases.known("Passphrase of the backup")
    }
    message.takeOver = arguments.has("take-over") ? true : try hasOtherHostStopped(context)
    let report = try context.ask { broker throws(Problem) in try broker.restore(message) }
    return try tell(report, context)
}

/// The file of the key that opens the backup; `nil` where a passphrase does.
private func identity(
    for path: String, _ passphrases: Passphrases, _ context: Context
) throws(Failure) -> String? {
    let kind = try BackupKind(of: path)
    if let identity = context.arguments["identity"] {
        guard !passphrases.isGiven else {
            throw Failure.usage("a backup is opened by an identity or a passphrase, not both")
        }
        guard kind != .passphrase else {
            throw Failure.usage("this backup has a passphrase: leave --identity out")
        }
        return context.absolutePath(identity)
    }
    guard kind != .recipients else {
        throw Failure.usage(
            "this backup is for the holder of a key",
            hints: ["--identity F names the file with AGE-SECRET-KEY-1…"])
    }
    return nil
}

/// Asks the person, who alone can know.
private func hasOtherHostStopped(_ context: Context) throws(Failure) -> Bool {
    guard context.terminal.isInteractive, !context.output.isJSON else { return false }
    context.output.tell(
        """

        A refresh token is often good for one use. If the host of this backup and this one both
        renew a login, the server takes one of them for a thief and ends the login on both.
        """)
    return try Questions(context).agree(
        "Has the other host stopped using these logins for good?", usual: false)
}

private func tell(_ report: RestoreReportMessage, _ context: Context) throws(Failure) -> ExitCode {
    let parked = report.parked.map { $0.sanitised(limit: 64) }
    if context.output.isJSON {
        try context.output.object(report.json)
    } else {
        try context.output.line(
            "backup of \(report.host.sanitised(limit: 64)), made \(report.madeAt): "
                + "\(report.added.count) added, \(report.replaced.count) replaced, "
                + "\(report.skipped.count) kept as they were")
    }
    let kept = report.skipped.filter { !report.newer.contains($0) }
    if !kept.isEmpty {
        context.output.note("kept as they were: \(list(kept)); --replace takes those of the backup")
    }
    if !report.newer.isEmpty {
        context.output.note(
            "kept, for the login here is newer than the backup's: \(list(report.newer)); log out of"
                + " these first to take the older one")
    }
    if report.configuration == .kept {
        context.output.note("the configuration that is here was kept")
    }
    if !parked.isEmpty {
        context.output.note(
            "these logins wait until the other host has stopped using them: \(list(report.parked))")
        context.output.note(
            "then run: sesame restore --confirm \(parked.count == 1 ? parked[0] : "--all")")
    }
    return .done
}

private func confirm(_ context: Context) throws(Failure) -> ExitCode {
    let arguments = context.arguments
    let given = ["identity", "replace", "take-over", "passphrase-fd", "passphrase-file"]
    if let surplus = given.first(where: arguments.has) {
        throw Failure.usage("--\(surplus) goes with a backup, not with --confirm")
    }
    let names = arguments.positional + [arguments["profile"]].compactMap(\.self)
    guard names.isEmpty == arguments.has("all") else {
        throw Failure.usage("--confirm takes a profile or --all")
    }
    let message = ConfirmationMessage(profiles: names.isEmpty ? nil : names)
    let done = try context.ask(about: names.first) { broker throws(Problem) in
        try broker.confirm(message)
    }
    if context.output.isJSON {
        try context.output.object(done.json)
    } else {
        try context.output.line(
            done.confirmed.isEmpty
                ? "no login waits" : "in use from now on: \(list(done.confirmed))")
    }
    guard !done.damaged.isEmpty else { return .done }
    context.output.note("damaged, so nobody knows whether they wait: \(list(done.damaged))")
    return .partlyStored
}
