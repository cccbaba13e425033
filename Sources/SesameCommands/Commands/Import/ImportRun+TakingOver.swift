import SesameBrokerAPI
import SesameSecrets

extension ImportRun {
    /// Takes over what can be: one account fails with its own error, of several some may be missing.
    func takeOver(_ candidates: [ImportCandidate]) throws(Failure) -> ExitCode {
        guard !candidates.isEmpty else {
            throw Failure.usage("there is nothing of \(peer.rawValue) to take over")
        }
        try context.unlockFirst()
        try KeyGuide(context).makeStoreIfAbsent()
        let given = try settingChange(context)
        var failures: [Failure] = []
        for candidate in candidates {
            do throws(Failure) {
                try takeOver(candidate, given)
            } catch {
                if candidates.count == 1 || error == .interrupted { throw error }
                context.output.warning(
                    "\(candidate.account.sanitised(limit: 80)): \(error.message)")
                failures.append(error)
            }
        }
        guard let first = failures.first else { return .done }
        if failures.count == candidates.count { throw first }
        return .partlyStored
    }

    private func takeOver(
        _ candidate: ImportCandidate, _ given: ProfileChangeMessage
    ) throws(Failure) {
        if let obstacle = candidate.obstacle { throw Failure.usage(obstacle.asMessage) }
        var name = profile ?? candidate.profile
        if name == nil { name = try named(candidate) }
        guard let name else {
            throw Failure.usage("what shall the profile be called?", hints: ["--as NAME"])
        }
        var message = ImportMessage(peer: peer, content: try candidate.content(passphrases))
        message.account = candidate.isNamedInFile ? candidate.account : nil
        message.settings = given.settings
        message.clientSecret = given.clientSecret
        message.check = !context.arguments.has("no-check")
        if candidate.seal == "password" {
            message.password = try passphrases.known(
                "Password of \(candidate.account.sanitised(limit: 80)) at the mail program")
        }
        let report = try context.ask(about: name) { broker throws(Problem) in
            try broker.importLogin(message, as: name)
        }
        try tell(report, of: candidate)
    }

    /// A file that was given by hand is asked what its account is called.
    private func named(_ candidate: ImportCandidate) throws(Failure) -> String? {
        let message = ImportMessage(peer: peer, content: try candidate.content(passphrases))
        let listed = try context.ask { broker throws(Problem) in
            try broker.importableAccounts(message)
        }
        return listed.accounts.first.flatMap { ImportCandidate.profile(for: $0.account) }
    }
}
