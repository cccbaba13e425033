import SesameSecrets

/// Every command, in the order of the help.
package enum CommandTable {
    package static let all: [Command] = [
        .setup, .login, .token, .header, .request, .exec, .status, .profiles, .logout, .importLogin,
        .audit, .doctor,
        .gitCredential, .dockerCredential, .kubernetesCredential, .googleCredential,
        .awsCredential, .saslCredential,
        .createContact, .importContacts, .contactFields, .getContact, .findContacts, .updateContact,
        .tagContact, .contactSegment, .deleteContact, .keyStatus, .initialiseKey, .rotateKey,
        .generateKey, .acceptRollback,
        .lock,
        .unlock, .backup, .restore, .completion, .help, .version,
    ]

    /// The commands whose names begin with this word and go on, such as `contact`.
    static func family(_ word: String) -> [Command] {
        all.filter { $0.name.hasPrefix(word + " ") }
    }

    /// The command that these words begin with, and how many words its name has.
    static func find(_ words: [String]) throws(Failure) -> (Command, words: Int) {
        guard let first = words.first else {
            throw Failure.usage("which command?", hints: ["sesame help lists them"])
        }
        let two = words.count > 1 ? "\(first) \(words[1])" : first
        if let command = all.first(where: { $0.name == first }) { return (command, 1) }
        if let command = all.first(where: { $0.name == two }) { return (command, 2) }
        let family = family(first).map(\.name)
        if words.count == 1, !family.isEmpty {
            throw Failure.usage(
                "sesame \(first.sanitised()) needs one more word",
                hints: ["sesame help \(first.sanitised()) lists the commands"])
        }
        let typed = family.isEmpty ? first : two
        let like = nearestName(to: typed, among: all.map(\.name))
        throw Failure.usage(
            "unknown command: \(typed.sanitised())",
            hints: [like.map { "did you mean: sesame \($0)" } ?? "sesame help lists the commands"])
    }
}
