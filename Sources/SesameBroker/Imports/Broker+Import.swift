import SesameHTTP
package import SesameImport
import SesameOAuth
package import SesameSecrets
import SesameStore
import SesameSystem

/// Moving in: a login of another program becomes a profile with a login of its own.
extension Broker {
    /// The accounts in a file of another program; nothing is stored.
    package nonisolated func accounts(
        of peer: PeerProgram, in file: Secret, named name: String?
    ) throws(BrokerError) -> [ForeignAccount] {
        do throws(ImportError) {
            return try peer.accounts(in: file, named: name)
        } catch {
            throw BrokerError(error, peer)
        }
    }

    /// Makes a profile of an account and takes its refresh token into the store: both, or neither.
    ///
    /// All that can fail without the server fails before anything is written. Then come the profile, the client
    /// secret and the refresh token, each durable before the next; and last a renewal like any other, with
    /// its ticket. What that refuses is taken back.
    package func takeOver(_ request: ImportRequest) async throws(BrokerError) -> ImportReport {
        try requireOpen()
        let plan = try await plan(request)
        let opened = OpenedImport(plan, try await open(plan), at: time.now)
        // In a task of its own: a caller who goes away leaves nothing half done.
        let task = Task<Result<ImportReport, BrokerError>, Never> {
            do throws(BrokerError) {
                return .success(try await self.moveIn(opened))
            } catch {
                return .failure(error)
            }
        }
        return try await task.value.get()
    }

    private func moveIn(_ opened: OpenedImport) async throws(BrokerError) -> ImportReport {
        try await alone(opened.name) { await self.write(opened) }.get()
        noteLogin(of: opened.name, .loggedIn(opened.name))
        guard opened.plan.request.checks else {
            return opened.report(opened.credential, isChecked: false)
        }
        var query = TokenQuery(profile: opened.name)
        query.forcesRenewal = true
        do throws(BrokerError) {
            _ = try await accessToken(query, of: opened.plan.profile)
        } catch {
            let result = await alone(opened.name) { await self.settle(opened, error) }
            if case .failure = result { noteLogin(of: opened.name, .loggedOut(opened.name)) }
            return try result.get()
        }
        let held = try await read(opened.plan.profile).credential ?? opened.credential
        return opened.report(held, isChecked: true)
    }

    /// Within the profile's errand.
    private func write(_ opened: OpenedImport) async -> Result<Void, BrokerError> {
        let name = opened.name
        do throws(BrokerError) {
            try requireOpen()
            try parts.configuration.add(opened.plan.settings, as: name)
        } catch {
            return .failure(error)
        }
        do throws(BrokerError) {
            try await fromStore { store throws(StoreError) in
                if let secrets = opened.secrets {
                    try await store.changeSecrets(of: name) { _ in secrets }
                }
                _ = try await store.put(opened.credential, for: name, ifStill: nil)
            }
            return .success(())
        } catch {
            return .failure(await takenBack(opened, after: error))
        }
    }

    /// What a renewal that failed leaves of an import; within the profile's errand.
    private func settle(
        _ opened: OpenedImport, _ error: BrokerError
    ) async -> Result<ImportReport, BrokerError> {
        let held = try? await read(opened.plan.profile).credential
        if let held {
            // A person has logged in meanwhile, and wins.
            guard held.loggedInAt == opened.credential.loggedInAt else { return .failure(error) }
            // Another caller had it renewed after all.
            if held.accessToken != nil { return .success(opened.report(held, isChecked: true)) }
            // The answer was of no use but for the refresh token in it, which is the only one left.
            if let token = held.refreshToken, opened.credential.refreshToken?.equals(token) == false
            {
                return .success(
                    opened.report(held, isChecked: false, warnings: [error.message]))
            }
        }
        return .failure(await takenBack(opened, after: error.ofImport(opened.plan.request.peer)))
    }

    /// Takes back what was written.
    /// - Returns: the error, with what could not be taken back.
    private func takenBack(_ opened: OpenedImport, after error: BrokerError) async -> BrokerError {
        let name = opened.name
        do throws(BrokerError) {
            // The profile last: what stands in the store without one is seen by nobody.
            try await forget(name)
            if opened.secrets != nil {
                try await fromStore { store throws(StoreError) in
                    try await store.changeSecrets(of: name) { _ in ClientSecrets() }
                }
            }
            try parts.configuration.remove(profile: name)
            return error
        } catch let second {
            return BrokerError(
                error.code,
                "\(error.message); profile \(name) could not be taken back: \(second.message)",
                hints: error.hints + ["sesame logout \(name) forgets what there is of it"])
        }
    }
}

// What comes before anything is written.
extension Broker {
    private func plan(_ request: ImportRequest) async throws(BrokerError) -> PlannedImport {
        let account = try request.account(
            in: accounts(of: request.peer, in: request.file, named: request.account))
        if let obstacle = account.vault.obstacle { throw BrokerError(obstacle, request.peer) }
        try parts.configuration.requireFree(request.profile)
        try await requireNothingStored(request.profile)
        var failure: BrokerError?
        for settings in request.settings(of: account) {
            let profile = try parts.configuration.preview(settings, of: request.profile)
            if let key = profile.missingKey { throw request.lacks(key) }
            try profile.checkCertificateAuthorityFile()
            do throws(BrokerError) {
                let endpoint = try await server(of: profile).tokenEndpoint.description
                return PlannedImport(
                    request: request, account: account, settings: settings, profile: profile,
                    tokenEndpoint: endpoint)
            } catch {
                failure = failure ?? error
            }
        }
        throw failure ?? BrokerError(.internal, "there is nothing to import")
    }

    /// A name without a profile may have secrets all the same, of one that was taken out by hand.
    private func requireNothingStored(_ name: String) async throws(BrokerError) {
        let isFree = try await fromStore { store throws(StoreError) in
            let secrets = try await store.secrets(of: name)
            let isEmpty =
                secrets?.clientSecret == nil && secrets?.username == nil && secrets?.password == nil
            return try await store.credential(of: name) == nil && isEmpty
        }
        guard !isFree else { return }
        throw BrokerError(
            .usage,
            "the store holds secrets of a profile \(name) that the configuration does not have",
            hints: ["take another name: --as NAME"])
    }

    /// On a thread of its own: a password takes a second.
    private func open(_ plan: PlannedImport) async throws(BrokerError) -> ForeignLogin {
        let (vault, password) = (plan.account.vault, plan.request.password)
        let result: Result<ForeignLogin, ImportError> = await withCheckedContinuation { done in
            do throws(SystemError) {
                try startThread(name: "sesame-import") {
                    do throws(ImportError) {
                        done.resume(returning: .success(try vault.open(password)))
                    } catch {
                        done.resume(returning: .failure(error))
                    }
                }
            } catch {
                done.resume(returning: .failure(ImportError(.busy, "\(error)")))
            }
        }
        do throws(ImportError) { return try result.get() } catch {
            throw BrokerError(error, plan.request.peer)
        }
    }
}

extension ImportRequest {
    /// The account that is meant.
    fileprivate func account(
        in accounts: [ForeignAccount]
    ) throws(BrokerError) -> ForeignAccount {
        if let account {
            if let found = accounts.first(where: { $0.name == account }) { return found }
            // A file of one account may be called anything by who keeps it.
            throw BrokerError(
                .usage, "there is no account \(account.sanitised(limit: 80)) in it",
                hints: ["there is: " + accounts.prefix(20).map(\.name).joined(separator: ", ")])
        }
        guard accounts.count == 1 else {
            throw BrokerError(
                .usage, "which account? there are \(accounts.count)",
                hints: ["there is: " + accounts.prefix(20).map(\.name).joined(separator: ", ")])
        }
        return accounts[0]
    }

    /// What the profile will say, in the order in which it is tried.
    ///
    /// oidc-agent puts a slash behind every issuer, also where the server has none.
    fileprivate func settings(of account: ForeignAccount) -> [[String: [String]]] {
        var own = account.settings
        if settings["issuer"] != nil || settings["provider"] != nil {
            // Who names the server names it whole.
            for key in Self.places { own[key] = nil }
        }
        let given = own.merging(settings) { $1 }.filter { !$0.value.isEmpty }
        guard settings["issuer"] == nil, let issuer = own["issuer"]?.first, issuer.hasSuffix("/")
        else { return [given] }
        return [given, given.merging(["issuer": [String(issuer.dropLast())]]) { $1 }]
    }

    fileprivate func lacks(_ key: String) -> BrokerError {
        let option = key == "authorization_endpoint" ? "issuer" : key.replacing("_", with: "-")
        return BrokerError(
            .usage, "\(peer.rawValue) does not say what `\(key)` of the profile should be",
            hints: ["give it: --\(option) …"])
    }

    private static let places = [
        "issuer", "authorization_endpoint", "token_endpoint", "revocation_endpoint",
    ]
}

extension BrokerError {
    fileprivate init(_ error: ImportError, _ peer: PeerProgram) {
        let code: Code =
            switch error.code {
            case .malformed, .unsupported: .usage
            case .wrongPassword: .keyWrong
            case .busy: .temporary
            }
        self.init(code, "\(peer.rawValue): \(error.message)", hints: error.hints)
    }

    /// What a renewal said, in the words of an import that was taken back.
    fileprivate func ofImport(_ peer: PeerProgram) -> BrokerError {
        let message = "\(message); nothing was imported"
        switch code {
        case .loginRequired:
            return BrokerError(
                code, message,
                hints: [
                    "\(peer.rawValue) may have been given a newer one: let it save that, and import again"
                ])
        case .temporary:
            return BrokerError(
                code, message,
                hints: [
                    "try again later; --no-check imports without asking the server",
                    "a server that got the request may have spent the refresh token, which then works for neither",
                ])
        case .serverRefused:
            return BrokerError(
                code, message,
                hints: [
                    "if the client is not the right one: --client-id, --client-secret-file, or --client-auth, which"
                        + " says how the secret is sent"
                ])
        default: return BrokerError(code, message, hints: hints)
        }
    }
}
