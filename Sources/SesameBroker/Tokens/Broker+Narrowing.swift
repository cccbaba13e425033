import SesameOAuth
import SesameSecrets
import SesameStore
import SesameSystem

/// A profile and the only scope that a token of it may have.
struct Narrowing: Hashable, Sendable {
    let profile: String
    /// Its words, in any order.
    let scope: Set<Substring>

    init(_ profile: String, _ scope: String) {
        self.profile = profile
        self.scope = Set(scope.split(separator: " "))
    }

    /// The words as they are asked for.
    var words: String { scope.sorted().joined(separator: " ") }
}

/// A token with less scope, and the login that it was made from: it ends with that.
struct NarrowedToken: Sendable {
    let token: AccessToken
    let loggedInAt: Timestamp?
    let client: [String?]
}

/// Tokens for callers that may have less than the login was granted.
///
/// They come from a refresh that asks for less (RFC 6749, section 6), or from a token exchange (RFC 8693) where the
/// profile says `narrow = exchange`. What the server gives is believed only if it is no more than was asked for.
extension Broker {
    func narrowedToken(
        _ query: TokenQuery, to scope: String, of profile: Profile
    ) async throws(BrokerError) -> AccessToken {
        let narrowing = Narrowing(profile.name, scope)
        try requireWithin(narrowing, query)
        // Also finds out whether the store is open, and the login still there.
        let held = try await look(profile)
        if let granted = held.credential?.scope, narrowing.covers(granted) {
            var plain = query
            plain.narrowedScope = nil
            return try await accessToken(plain, of: profile)
        }
        if let token = narrowedToken(narrowing, query, held.credential) {
            return try token.granting(query.scope, profile: profile.name)
        }
        if let running = narrowings[narrowing] {
            return try await running.value.get().granting(query.scope, profile: profile.name)
        }
        try requireOpen()
        let task = Task<Result<AccessToken, BrokerError>, Never> {
            defer { self.narrowings[narrowing] = nil }
            do throws(BrokerError) {
                return .success(try await self.narrow(narrowing, query, profile))
            } catch {
                return .failure(error)
            }
        }
        narrowings[narrowing] = task
        return try await task.value.get().granting(query.scope, profile: profile.name)
    }

    /// What the caller asks for beyond its own limit is refused before anything is sent.
    private func requireWithin(
        _ narrowing: Narrowing, _ query: TokenQuery
    ) throws(BrokerError) {
        guard let wanted = query.scope, !narrowing.covers(wanted) else { return }
        throw BrokerError(
            .callerRefused,
            "this caller may have scope \(narrowing.words.sanitised(limit: 200)) of profile"
                + " \(narrowing.profile) only",
            hints: ["the broker's owner decides, in the configuration"])
    }

    private func narrowedToken(
        _ narrowing: Narrowing, _ query: TokenQuery, _ held: Credential?
    ) -> AccessToken? {
        guard let known = narrowed[narrowing], known.belongs(to: held), !query.forcesRenewal,
            known.token.isValid(at: time.now, for: query.minimumValidity),
            query.rejected.map({ !$0.equals(known.token.value) }) ?? true
        else { return nil }
        return known.token
    }

    private func narrow(
        _ narrowing: Narrowing, _ query: TokenQuery, _ profile: Profile
    ) async throws(BrokerError) -> AccessToken {
        let token: AccessToken
        if profile.settings["narrow"] == "exchange" {
            token = try await exchangedToken(narrowing, query, profile)
        } else if profile.grant == .clientCredentials {
            token = try await send(
                try await renewalRequest(profile, nil, scope: narrowing.words), profile
            ).accessToken
        } else {
            token = try await alone(profile.name) {
                await self.refreshedToken(narrowing, profile)
            }.get()
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
        let held = try await read(profile).credential
        let limited = AccessToken(
            token.value, type: token.type, receivedAt: token.receivedAt,
            expiresAt: token.expiresAt, scope: token.scope ?? narrowing.words)
        if narrowed.count >= Self.mostNarrowedTokens { narrowed = [:] }
        narrowed[narrowing] = NarrowedToken(
            token: limited, loggedInAt: held?.loggedInAt, client: NarrowedToken.client(of: held))
        return limited
    }

    /// The refresh token may be spent by this, so it goes the way of a renewal: ticket first, saved before seen.
    private func refreshedToken(
        _ narrowing: Narrowing, _ profile: Profile
    ) async -> Result<AccessToken, BrokerError> {
        var patience = Patience(time)
        do throws(BrokerError) {
            while true {
                try await saveAgain(profile.name)
                let held = try await read(profile)
                let request = try await renewalRequest(
                    profile, held.credential, scope: narrowing.words)
                let lastAnswerWasLost = await lastAnswerWasLost(profile)
                let (start, store) = try await begin(profile, held.revision)
                guard case .yours(let ticket, let holderIsGone) = start else {
                    try await patience.wait(profile.name)
                    continue
                }
                let flight = Flight(
                    profile: profile, ticket: ticket, store: store, held: held.credential,
                    seen: held.revision, answerMayBeLost: holderIsGone || lastAnswerWasLost)
                return .success(
                    try await noting(profile) { () throws(BrokerError) in
                        try await redeemNarrowed(request, flight)
                    })
            }
        } catch {
            return .failure(error)
        }
    }

    /// The login's own access token is given for one that may do less; the refresh token is left alone.
    private func exchangedToken(
        _ narrowing: Narrowing, _ query: TokenQuery, _ profile: Profile
    ) async throws(BrokerError) -> AccessToken {
        var plain = TokenQuery(profile: profile.name)
        plain.minimumValidity = query.minimumValidity
        let subject = try await accessToken(plain, of: profile)
        let client = try await client(of: profile)
        let grant = TokenExchangeGrant(
            subjectToken: subject.value, scope: narrowing.words,
            resource: profile.settings.values["resource"] ?? [])
        let response = try await send(
            RenewalRequest(client: client, kind: .exchange(grant)), profile)
        guard response.issuedTokenType == TokenExchangeGrant.accessTokenType else {
            throw BrokerError(
                .serverRefused,
                "the server exchanged the token for something that is no access token")
        }
        return response.accessToken
    }

    private func send(
        _ request: RenewalRequest, _ profile: Profile
    ) async throws(BrokerError) -> TokenResponse {
        do throws(OAuthError) { return try await request.send(at: time.now) } catch {
            throw BrokerError(error, profile: profile.name)
        }
    }

    private static let mostNarrowedTokens = 4096
}

extension Narrowing {
    func covers(_ scope: String) -> Bool {
        scope.split(separator: " ").allSatisfy { self.scope.contains($0) }
    }
}

extension NarrowedToken {
    static func client(of held: Credential?) -> [String?] {
        [held?.clientID, held?.tokenEndpoint, held?.issuer]
    }

    /// Nobody has logged out, or in again, since.
    func belongs(to held: Credential?) -> Bool {
        loggedInAt == held?.loggedInAt && client == Self.client(of: held) && held?.ended == nil
    }
}
