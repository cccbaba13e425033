import SesameSecrets
package import SesameSystem

// What was read before and is still so needs neither SQLite nor its thread.
extension SQLiteStore {
    /// The credential of a profile, if it was read before and nobody has changed the store since.
    package nonisolated func rememberedCredential(of profile: String) -> Stored<Credential>? {
        memo.known(of: profile, \.credential)?.value
    }

    package nonisolated func credential(
        of profile: String
    ) async throws(StoreError) -> Stored<Credential>? {
        if let known = memo.known(of: profile, \.credential) { return known.value }
        return try await readCredential(profile)
    }

    package nonisolated func secrets(of profile: String) async throws(StoreError) -> ClientSecrets?
    {
        if let known = memo.known(of: profile, \.secrets) { return known.value }
        return try await readSecrets(profile)
    }

    package nonisolated func outcome(of profile: String) async throws(StoreError) -> Outcome? {
        if let known = memo.known(of: profile, \.outcome) { return known.value }
        return try await readOutcome(profile)
    }

    package nonisolated func renewal(of profile: String) async throws(StoreError) -> Timestamp? {
        if let known = memo.known(of: profile, \.deadline) { return known.value }
        return try await readDeadline(profile)
    }

    private func readCredential(_ profile: String) throws(StoreError) -> Stored<Credential>? {
        try read { () throws(StoreError) in
            try tables.read(Credential.self, of: profile)
        } remember: { value, since in
            memo.note(profile, since: since) { $0.credential = Memo.Known(value: value) }
        }
    }

    /// Who asks for these logs a profile in or shows it, and asks for the rest next: all of it is read at
    /// once.
    private func readSecrets(_ profile: String) throws(StoreError) -> ClientSecrets? {
        let entry = try read { () throws(StoreError) in
            try tables.entry(of: profile)
        } remember: { entry, since in
            memo.note(profile, since: since) { $0 = entry }
        }
        if let known = entry.secrets { return known.value }
        // They are damaged: this says so.
        return try tables.read(ClientSecrets.self, of: profile)?.value
    }

    private func readOutcome(_ profile: String) throws(StoreError) -> Outcome? {
        try read { () throws(StoreError) in
            try tables.read(Outcome.self, of: profile)?.value
        } remember: { value, since in
            memo.note(profile, since: since) { $0.outcome = Memo.Known(value: value) }
        }
    }

    private func readDeadline(_ profile: String) throws(StoreError) -> Timestamp? {
        try read { () throws(StoreError) in
            try tables.profile(profile)?.ticket?.deadline
        } remember: { value, since in
            memo.note(profile, since: since) { $0.deadline = Memo.Known(value: value) }
        }
    }

    /// What is damaged throws, and is not remembered.
    private func read<Value>(
        _ body: () throws(StoreError) -> Value, remember: (Value, LogIndex.State?) -> Void
    ) throws(StoreError) -> Value {
        let state = memo.state
        // Nobody has written since the first process came. An empty log that is emptied once more is as
        // empty as before, and has a sign of its own.
        if state?.isBlank == true, !hasMarkedLog {
            hasMarkedLog = true
            tables.settle()
        }
        let since = memo.state
        let value = try body()
        remember(value, since)
        return value
    }
}
