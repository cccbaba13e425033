import SesameHTTP
import SesameOAuth
import SesameStore
import SesameSystem

/// What a logout did.
package struct LogoutReport: Sendable {
    package let wasRevoked: Bool
    package let wasForgotten: Bool
    /// What is left to do, or why the server was not told.
    package let note: String?
}

extension Broker {
    /// Revokes at the server where it can, then forgets, and says which of the two happened.
    ///
    /// It forgets even when the server cannot be reached.
    package func logout(_ name: String) async throws(BrokerError) -> LogoutReport {
        let profile = try parts.configuration.profile(name)
        if profile.grant == .basic { return try await forgetPassword(profile) }
        try requireOpen()
        // Who logs out does not mean to be logged in by what is still under way.
        await cancelLogins(of: name)
        // Alone, so that nobody renews what is being revoked.
        defer { noteLogin(of: name, .loggedOut(name)) }
        return try await alone(name) { await self.endLogin(of: profile) }.get()
    }

    private func endLogin(of profile: Profile) async -> Result<LogoutReport, BrokerError> {
        do throws(BrokerError) {
            let (newest, isDamaged) = try await newestLogin(of: profile.name)
            guard let newest, newest.refreshToken != nil || newest.accessToken != nil else {
                try await forget(profile.name)
                return .success(
                    LogoutReport(
                        wasRevoked: false, wasForgotten: isDamaged || newest != nil,
                        note: isDamaged
                            ? "the stored login was damaged; the server was not told"
                            : "nobody was logged in"))
            }
            let note = await revoke(newest, profile)
            try await forget(profile.name)
            return .success(
                LogoutReport(wasRevoked: note == nil, wasForgotten: true, note: note))
        } catch {
            return .failure(error)
        }
    }

    /// What is to be revoked; where the stored login is damaged, it may still be in memory.
    private func newestLogin(
        of name: String
    ) async throws(BrokerError) -> (Credential?, isDamaged: Bool) {
        do throws(BrokerError) {
            try await saveAgain(name)
            let stored = try await fromStore { store throws(StoreError) in
                try await store.credential(of: name)
            }
            return (stored?.value, false)
        } catch {
            guard error.code == .storeDamaged else { throw error }
            return (unsaved[name]?.credential, true)
        }
    }

    /// Revokes the refresh token, which takes its access tokens with it (RFC 7009, section 2.1);
    /// returns why it could not, or `nil`.
    func revoke(_ credential: Credential, _ profile: Profile) async -> String? {
        if let origin = credential.restoredFrom {
            return
                "the server was not told: this login came with the \(origin), where it may be in use"
        }
        do throws(BrokerError) {
            let client = try await client(of: profile)
            guard client.server.revocationEndpoint != nil else {
                return profile.provider.afterLogout
                    ?? "the server has no revocation endpoint: tokens live until they expire"
            }
            guard credential.isGiven(to: profile),
                client.server.tokenEndpoint.description == credential.tokenEndpoint
            else {
                return "the tokens belong to another client or server, which was not told"
            }
            do throws(OAuthError) {
                if let token = credential.refreshToken {
                    try await client.revoke(token, hint: "refresh_token", at: time.now)
                } else if let token = credential.accessToken {
                    try await client.revoke(token, hint: "access_token", at: time.now)
                }
                return nil
            } catch {
                return "the server did not revoke: \(error.message)"
            }
        } catch {
            return "the server was not told: \(error.message)"
        }
    }

    func forget(_ name: String) async throws(BrokerError) {
        try await fromStore { store throws(StoreError) in try await store.forget(name) }
        unsaved[name] = nil
    }

    private func forgetPassword(_ profile: Profile) async throws(BrokerError) -> LogoutReport {
        let wasStored = try await fromStore { store throws(StoreError) -> Bool in
            guard let secrets = try await store.secrets(of: profile.name),
                secrets.username != nil || secrets.password != nil
            else { return false }
            try await store.changeSecrets(of: profile.name) { stored in
                var rest = stored ?? ClientSecrets()
                (rest.username, rest.password, rest.passwordFor) = (nil, nil, nil)
                return rest
            }
            return true
        }
        guard wasStored else {
            return LogoutReport(
                wasRevoked: false, wasForgotten: false, note: "there was no user name and password")
        }
        return LogoutReport(
            wasRevoked: false, wasForgotten: true,
            note: "user name and password are forgotten here; they stay valid at the server")
    }
}
