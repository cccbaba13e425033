import SesameSystem

/// Token files: a profile's token is put there whenever its login is looked at, and so after each change of it.
extension Caretaker {
    /// What is known of one file.
    struct FileState {
        let file: TokenFile
        var isWritten = false
        var error: BrokerError?
        var backoff = Backoff()
        /// When the next attempt is due, where the last one failed.
        var next: Timestamp?
    }

    /// How the files of a profile stand, in the order of the configuration; none where nobody takes care of them.
    package func files(of profile: String) -> [TokenFileReport] {
        guard known != nil else { return [] }
        let wanted = (try? parts.configuration.contents().files[profile]) ?? []
        return wanted.map { file in
            let state = fileStates[file.path].flatMap { $0.file == file ? $0 : nil }
            return TokenFileReport(
                name: file.name, path: file.path, isWritten: state?.isWritten ?? false,
                error: state?.error?.message)
        }
    }

    /// Puts the held token in the profile's files; where none is good, one is asked for as by any caller.
    ///
    /// What is wrong with one file keeps neither the others nor the login from being cared for.
    /// - Throws: what concerns the login.
    func fillFiles(_ outlook: Outlook, _ settings: BrokerSettings) async throws(BrokerError) {
        let name = outlook.profile
        guard outlook.isFiled, let contents = try? parts.configuration.contents(),
            let profile = contents.profiles[name]
        else { return }
        let needsLogin = !profile.grant.needsNoPerson
        if needsLogin, !outlook.hasLogin { return await removeFiles { $0.profile == name } }
        // The last token of a login that is over stays until it expires: there is no other.
        let isGood = outlook.accessExpiresAt.map { $0 > time.now } ?? false
        guard isGood || outlook.care == .renewable || !outlook.hasLogin else { return }
        var query = Broker.TokenQuery(profile: name)
        query.minimumValidity = 1
        let token = try await broker.accessToken(query)
        for file in contents.files[name] {
            // What an earlier section has written may be for more readers, or of more scope, than this one says.
            if let earlier = fileStates[file.path]?.file, earlier != file {
                await removeFiles { $0 == earlier }
            }
            do throws(BrokerError) {
                try file.check(token, of: profile)
                try await writer().put(token, in: file)
                fileStates[file.path] = FileState(file: file, isWritten: true)
                reminders.forget([.failure], file.matter)
            } catch {
                noteFailure(file, error, settings)
            }
        }
    }

    /// Removes what was written for a section that is gone, or for another profile than it names now.
    func removeSurplusFiles() async {
        // A configuration that cannot be read says nothing of what is wanted.
        guard !fileStates.isEmpty, let contents = try? parts.configuration.contents() else {
            return
        }
        let wanted = contents.files
        await removeFiles { !wanted.contains($0.profile, at: $0.path) }
    }

    /// When the next attempt at a file of this profile is due.
    func nextFileAttempt(of profile: String) -> Timestamp? {
        fileStates.values.filter { $0.file.profile == profile }.compactMap(\.next).min()
    }

    private func removeFiles(where isSurplus: @escaping @Sendable (TokenFile) -> Bool) async {
        for error in await files?.remove(where: isSurplus) ?? [] { parts.alarm(error.message) }
        for (path, state) in fileStates where isSurplus(state.file) { fileStates[path] = nil }
    }

    private func writer() throws(BrokerError) -> TokenFiles {
        if let files { return files }
        do throws(SystemError) {
            let made = try TokenFiles(trail: parts.trail)
            files = made
            return made
        } catch {
            throw BrokerError(.internal, "no token files can be written: \(error)")
        }
    }

    private func noteFailure(_ file: TokenFile, _ error: BrokerError, _ settings: BrokerSettings) {
        var state = fileStates[file.path] ?? FileState(file: file)
        if state.file != file { state = FileState(file: file) }
        state.error = error
        // A look that came in between counts as no attempt.
        if state.next.map({ $0 <= time.now }) ?? true {
            let pause = state.backoff.pause(after: error, chance: parts.random.chance)
            state.next = pause.map { time.now.adding(seconds: $0) }
        }
        fileStates[file.path] = state
        guard !isStopping,
            reminders.isDue(.failure, file.matter, at: time.now, settings)
        else { return }
        parts.alarm(error.message)
        var event = BrokerEvent(.failure, file.profile)
        event.message = error.message
        event.code = error.code
        report(event)
    }
}

extension TokenFile {
    /// What reminders of it are counted by; no profile has a blank in its name.
    fileprivate var matter: String { "file \(name)" }
}
