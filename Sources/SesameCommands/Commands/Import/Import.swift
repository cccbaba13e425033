import SesameBrokerAPI
import SesameJSON
import SesameSecrets

extension Command {
    static let importLogin = Command(
        name: "import", summary: "take over a login of another program",
        details: [
            "PEER is oidc-agent, gcloud, mutt_oauth2, email-oauth2-proxy or pizauth. Without ACCOUNT it lists what "
                + "there is; with one it makes a profile of it and takes its refresh token into the store, so "
                + "that sesame token works without a browser. An existing profile is never changed.",
            "FILE is a path with a slash, or - for standard input. oidc-agent and gcloud have a usual place, so "
                + "that it can be left out; the others need it.",
            "The login is renewed once, to see whether it works; where the server refuses, nothing is kept. From "
                + "then on only one of the two programs may use it. The other's files are not touched.",
        ],
        arguments: [
            Argument(
                name: "PEER", summary: "the other program",
                content: .words(ImportMessage.Peer.allCases.map(\.rawValue))),
            Argument(
                name: "FILE", summary: "what it keeps, or - for standard input",
                presence: .optional, content: .file),
            Argument(
                name: "ACCOUNT", summary: "what it calls the login", presence: .optional),
        ],
        options: [
            Option(name: "as", value: "PROFILE", summary: "the name of the profile to make"),
            Option(name: "all", summary: "all accounts, each as a profile of its name"),
            Option(name: "no-check", summary: "do not ask the server whether the login works"),
        ] + settingOptions.filter { $0.name != "grant" } + clientSecretOptions
            + Passphrases.options,
        examples: [
            Example("sesame import oidc-agent", "The accounts of oidc-agent."),
            Example(
                "sesame import oidc-agent bench --as work",
                "Asks for the passphrase of that account; the profile is called work."),
            Example(
                "gpg --decrypt tokens | sesame import mutt_oauth2 - --client-id ID --as mail",
                "A token file of mutt; the script itself has the client id."),
            Example(
                "sesame import email-oauth2-proxy ./emailproxy.config ada@example.org",
                "Asks for the password that the mail program gives to the proxy."),
        ],
        run: { context throws(Failure) in try ImportRun(context).run() })
}

/// One call of `sesame import`.
struct ImportRun {
    let context: Context
    let peer: ImportMessage.Peer
    let passphrases: Passphrases
    private let file: String?
    private let account: String?
    /// What the person calls the profile.
    var profile: String? { arguments["as"] ?? arguments["profile"] }
    private var arguments: Arguments { context.arguments }

    init(_ context: Context) throws(Failure) {
        self.context = context
        passphrases = try Passphrases(context)
        var words = context.arguments.positional
        peer = try Self.peer(words.isEmpty ? nil : words.removeFirst())
        if let word = words.first, !peer.hasUsualPlace || word == "-" || word.contains("/") {
            file = words.removeFirst()
        } else {
            file = nil
        }
        account = words.isEmpty ? nil : words.removeFirst()
        if let surplus = words.first {
            throw Failure.usage("too many arguments: \(surplus.sanitised(limit: 60))")
        }
        guard file != nil || peer.hasUsualPlace else {
            throw Failure.usage(
                "\(peer.rawValue) has no usual place: which file?", hints: [peer.fileHint])
        }
        guard !arguments.has("all") || account == nil && profile == nil else {
            throw Failure.usage("--all takes every account, each as a profile of its own name")
        }
    }

    func run() throws(Failure) -> ExitCode {
        // Standard input belongs to one of them.
        guard file != "-" || !arguments.has("client-secret-stdin") else {
            throw Failure.usage(
                "standard input has the file already", hints: ["give it by --client-secret-file F"])
        }
        let found = try candidates()
        if let account {
            guard let wanted = found.first(where: { $0.account == account }) else {
                throw Failure.usage(
                    "\(peer.rawValue) has no account \(account.sanitised(limit: 80))",
                    hints: found.isEmpty
                        ? [] : ["there is: " + list(found.prefix(20).map(\.account))])
            }
            return try takeOver([wanted])
        }
        if arguments.has("all") { return try takeOver(found) }
        // A file that is named and holds one account can mean no other.
        if file != nil, peer.keepsOneInAFile { return try takeOver(found) }
        guard profile == nil else {
            throw Failure.usage(
                "--as is for one account: which?", hints: [list(found.prefix(20).map(\.account))])
        }
        return try show(found)
    }

    private func candidates() throws(Failure) -> [ImportCandidate] {
        guard let file else { return try peer.usualPlace(context) }
        let content = try content(of: file)
        if peer.keepsOneInAFile {
            return [ImportCandidate(account: account ?? "", place: file) { _ in content }]
        }
        let message = ImportMessage(peer: peer, content: content)
        let listed = try context.ask { broker throws(Problem) in
            try broker.importableAccounts(message)
        }
        return listed.accounts.map { account in
            var candidate = ImportCandidate(account: account.account, place: file) { _ in content }
            candidate.seal = account.sealed ? "password" : nil
            candidate.obstacle = account.obstacle
            candidate.isNamedInFile = true
            return candidate
        }
    }

    private func content(of file: String) throws(Failure) -> Secret {
        guard file == "-" else {
            return try readFile(context.absolutePath(file), limit: ImportCandidate.mostBytes)
        }
        return try context.terminal.readInput(limit: ImportCandidate.mostBytes)
    }

    private static func peer(_ word: String?) throws(Failure) -> ImportMessage.Peer {
        let all = ImportMessage.Peer.allCases.map(\.rawValue)
        guard let word else {
            throw Failure.usage("from which program?", hints: [all.joined(separator: ", ")])
        }
        if let peer = ImportMessage.Peer(rawValue: word) { return peer }
        throw Failure.usage(
            "\(word.sanitised(limit: 60)) is no program that logins can be taken over from",
            hints: [
                nearestName(to: word, among: all).map { "did you mean \($0)?" }
                    ?? "there is: \(all.joined(separator: ", "))"
            ])
    }
}
