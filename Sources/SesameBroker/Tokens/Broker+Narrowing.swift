import SesameOAuth
import SesameSecrets
import SesameStore
import SesameSystem

/// Tokens for callers that may have less than the login was granted.
///
/// They come from a refresh that asks for less (RFC 6749, section 6), or from a token exchange (RFC 8693) where the
/// profile says `narrow = exchange`. What the server gives is believed only if it is no more than was asked for.
extension Broker {
    func narrowedToken(
        _ query: TokenQuery, to scope: String, of profile: Profile
    ) async throws(BrokerError) -> AccessToken {
        let narrowing = Narrowing(profile, scope)
        try requireWithin(narrowing, query, profile)
        // Also finds out whether the store is open, and the login still there.
        let held = try await look(profile).credential
        if narrowing.covers(granted: held?.scope) {
            var plain = query
            plain.narrowedScope = nil
            let token = try await accessToken(plain, of: profile)
            // A renewal may have brought more than there was.
            if narrowing.covers(granted: token.scope) { return token }
        }
        if let token = narrowedToken(narrowing, query, held) {
            return try token.granting(query.scope, profile: profile.name)
        }
        return try await join(narrowing, query, profile)
            .granting(query.scope, profile: profile.name)
    }

    /// Notes that a login has begun or ended, and tells.
    func noteLogin(of name: String, _ notice: BrokerNotice) {
        loginNumbers[name, default: 0] += 1
        failures[name] = nil
        proofKeys.forget(name)
        narrowed = narrowed.filter { $0.key.profile != name }
        parts.notify(notice)
    }

    /// What the caller asks for beyond its own limit is refused before anything is sent.
    private func requireWithin(
        _ narrowing: Narrowing, _ query: TokenQuery, _ profile: Profile
    ) throws(BrokerError) {
        let owner = ["the broker's owner decides, in the configuration"]
        guard !profile.provider.refusesScope, !narrowing.scope.isEmpty else {
            throw BrokerError(
                .callerRefused,
                "this caller may have a narrower scope only, and profile \(profile.name) has no such",
                hints: owner)
        }
        guard let wanted = query.scope, !narrowing.covers(wanted) else { return }
        throw BrokerError(
            .callerRefused,
            "this caller may have scope \(narrowing.words.sanitised(limit: 200)) of profile"
                + " \(narrowing.profile) only", hints: owner)
    }

    private func narrowedToken(
        _ narrowing: Narrowing, _ query: TokenQuery, _ held: Credential?
    ) -> AccessToken? {
        guard let known = narrowed[narrowing], known.login == identity(narrowing.profile, held),
            held?.ended == nil, !query.forcesRenewal,
            known.token.isValid(at: time.now, for: query.minimumValidity),
            query.rejected.map({ !$0.equals(known.token.value) }) ?? true
        else { return nil }
        return known.token
    }

    private func identity(_ name: String, _ held: Credential?) -> LoginIdentity {
        LoginIdentity(number: loginNumbers[name] ?? 0, held)
    }

    /// Joins the narrowing that is under way, or begins it; a caller who goes away does not end it.
    private func join(
        _ narrowing: Narrowing, _ query: TokenQuery, _ profile: Profile
    ) async throws(BrokerError) -> AccessToken {
        if let running = narrowings[narrowing] { return try await running.value.get() }
        if let refusal = narrowingRefusals[narrowing], time.uptime < refusal.until {
            throw refusal.error
        }
        try requireOpen()
        let task = Task<Result<AccessToken, BrokerError>, Never> {
            defer { self.narrowings[narrowing] = nil }
            do throws(BrokerError) {
                return .success(try await self.narrow(narrowing, query, profile))
            } catch {
                self.note(error, of: narrowing)
                return .failure(error)
            }
        }
        narrowings[narrowing] = task
        return try await task.value.get()
    }

    /// What a server refuses it will refuse again: who has least must not keep it busy, or spend refresh tokens.
    private func note(_ error: BrokerError, of narrowing: Narrowing) {
        guard error.code == .serverRefused else { return }
        narrowingRefusals = narrowingRefusals.filter { time.uptime < $0.value.until }
        narrowingRefusals[narrowing] = (error, time.uptime + Self.refusalLifetime)
    }

    private func narrow(
        _ narrowing: Narrowing, _ query: TokenQuery, _ profile: Profile
    ) async throws(BrokerError) -> AccessToken {
        let before = identity(profile.name, try await look(profile).credential)
        let token = try await freshToken(narrowing, query, profile)
        let after = identity(profile.name, try await read(profile).credential)
        // For a client's own credentials there may be a first token by now; that is no other login.
        let isSame = before == after || profile.grant.needsNoPerson
        guard isSame, before.number == after.number else {
            throw BrokerError(
                .temporary, "the login of profile \(profile.name) has just changed",
                hints: ["try again"])
        }
        // No scope in the answer means: as asked (RFC 6749, section 5.1).
        guard narrowing.covers(token.scope ?? narrowing.words) else {
            throw BrokerError(
                .serverRefused,
                "the server gave more than scope \(narrowing.words.sanitised(limit: 200)), which is"
                    + " all that this caller may have",
                hints: [
                    "this server narrows no tokens by refresh; try `narrow = exchange` in the profile,"
                        + " or let the caller `may = request` without `scope`"
                ])
        }
        var limited = AccessToken(
            token.value, type: token.type, receivedAt: token.receivedAt,
            expiresAt: token.expiresAt
                ?? token.receivedAt.adding(seconds: Credential.unstatedLifetime),
            scope: token.scope ?? narrowing.words)
        limited.sealedKey = token.sealedKey
        if narrowed.count >= Self.mostNarrowedTokens { narrowed = [:] }
        narrowed[narrowing] = NarrowedToken(token: limited, login: after)
        return limited
    }

    private func freshToken(
        _ narrowing: Narrowing, _ query: TokenQuery, _ profile: Profile
    ) async throws(BrokerError) -> AccessToken {
        if profile.settings["narrow"] == "exchange" {
            return try await exchangedToken(narrowing, query, profile)
        }
        let held = try await look(profile).credential
        guard profile.grant.needsNoPerson, profile.refreshToken(of: held) == nil else {
            return try await alone(profile.name) {
                await self.refreshedToken(narrowing, profile)
            }.get()
        }
        return try await send(
            try await repeatedGrant(profile, held, scope: narrowing.words), profile
        ).tokenWithKey
    }

    /// The refresh token may be spent by this, so it goes the way of a renewal: ticket first, saved before seen.
    private func refreshedToken(
        _ narrowing: Narrowing, _ profile: Profile
    ) async -> Result<AccessToken, BrokerError> {
        do throws(BrokerError) {
            // It may have waited for another errand, and the broker may be about to end by now.
            try requireOpen()
            return .success(
                try await withTicket(profile, scope: narrowing.words) { _ in
                    nil
                } redeem: { request, flight throws(BrokerError) in
                    try await redeemNarrowed(request, flight)
                })
        } catch {
            return .failure(error)
        }
    }

    private func send(
        _ request: RenewalRequest, _ profile: Profile
    ) async throws(BrokerError) -> TokenResponse {
        do throws(OAuthError) { return try await request.send(at: time.now) } catch {
            throw BrokerError(error, profile: profile)
        }
    }

    private static let mostNarrowedTokens = 4096
    private static let refusalLifetime = Duration.seconds(10)
}
