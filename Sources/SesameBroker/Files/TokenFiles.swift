import SesameAudit
import SesameCrypto
import SesameOAuth
import SesameSecrets
import SesameSystem

/// Writes and removes token files, on a thread of its own: a disk may keep it waiting.
actor TokenFiles {
    private struct Written {
        let file: TokenFile
        /// Of the contents: whether they still are those that were written.
        let digest: Secret
    }

    private let executor: ThreadExecutor
    private let trail: AuditTrail?
    /// What this broker has written and not removed, by path.
    private var written: [String: Written] = [:]

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe executor.asUnownedSerialExecutor()
    }

    init(trail: AuditTrail?) throws(SystemError) {
        executor = try ThreadExecutor(name: "token-files")
        self.trail = trail
    }

    /// Puts a token in a file, unless it is there already, with the right mode and owner.
    func put(_ token: AccessToken, in file: TokenFile) async throws(BrokerError) {
        let contents = file.contents(for: token)
        if file.file.holds({ $0.equals(contents) }) {
            written[file.path] = Written(file: file, digest: Self.digest(contents))
            return
        }
        // All that can fail comes before the record, and the record before anybody can read the token.
        let draft = try Self.failing(file) { () throws(PrivateFile.Failure) in
            try file.file.draft(contents)
        }
        do throws(BrokerError) { try await record(token, in: file) } catch {
            draft.discard()
            throw error
        }
        try Self.failing(file) { () throws(PrivateFile.Failure) in try draft.replace() }
        written[file.path] = Written(file: file, digest: Self.digest(contents))
    }

    /// Removes what was written and is not wanted any more, as long as nobody has put something else there.
    /// - Returns: why some could not be removed; that is tried once.
    func remove(where isSurplus: @Sendable (TokenFile) -> Bool) -> [BrokerError] {
        var failures: [BrokerError] = []
        for (path, entry) in written where isSurplus(entry.file) {
            written[path] = nil
            do throws(SystemError) {
                try entry.file.file.remove { Self.digest($0).equals(entry.digest) }
            } catch {
                failures.append(BrokerError(.system(error), of: entry.file))
            }
        }
        return failures
    }

    /// Throws where it must be recorded and cannot be.
    private func record(_ token: AccessToken, in file: TokenFile) async throws(BrokerError) {
        guard let trail else { return }
        var event = AuditEvent(.file)
        event.profile = file.profile
        event.destination = file.path
        event.scope = token.scope
        event.fingerprint = trail.fingerprint(of: token.value)
        do throws(AuditError) { try await trail.record(event) } catch {
            throw BrokerError(
                .auditUnwritable,
                "the token file \(file.name) cannot be written: nothing is handed out that cannot be"
                    + " recorded: \(error.description.sanitised())")
        }
    }

    private static func failing<Value: ~Copyable>(
        _ file: TokenFile, _ body: () throws(PrivateFile.Failure) -> Value
    ) throws(BrokerError) -> Value {
        do throws(PrivateFile.Failure) { return try body() } catch {
            throw BrokerError(error, of: file)
        }
    }

    private static func digest(_ contents: Secret) -> Secret {
        contents.withBytes { SHA256.digest($0) }
    }
}

extension BrokerError {
    /// Why a token file could not be written or removed: a person has to mend the folder, or the disk may have room again.
    fileprivate init(_ failure: PrivateFile.Failure, of file: TokenFile) {
        let code: Code = if case .refused = failure { .configuration } else { .temporary }
        self.init(code, "the token file \(file.name) cannot be kept: \(failure)")
    }
}
