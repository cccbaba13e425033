import SesameOAuth
import SesameSecrets
import SesameStore
import SesameSystem

/// A renewal that holds its ticket.
struct Flight: Sendable {
    let profile: Profile
    let ticket: RenewalTicket
    /// The store that gave the ticket.
    let store: any CredentialStore
    /// What is being renewed; `nil` for a first token by client credentials.
    let held: Credential?
    /// The revision that was stored when the ticket was taken.
    let seen: Revision?
    /// Whether the server may have rotated already, for somebody whose answer never arrived.
    let answerMayBeLost: Bool

    /// The outcome that tells the next attempt so.
    static let answerLost = "answer_lost"
}

/// From the ticket to the stored answer.
extension Broker {
    func redeem(_ request: RenewalRequest, _ flight: Flight) async throws(BrokerError) -> Held {
        try await concluding(flight) { () throws(BrokerError) in
            let held = try await exchange(request, flight)
            return (held, held)
        }
    }

    /// The same for a token with less scope: the login keeps its own access token, and gets the refresh token
    /// that came.
    func redeemNarrowed(
        _ request: RenewalRequest, _ flight: Flight
    ) async throws(BrokerError) -> AccessToken {
        try await concluding(flight) { () throws(BrokerError) in
            try await exchangeNarrowed(request, flight)
        }
    }

    /// Records how it went, and tells.
    private func concluding<Value: Sendable>(
        _ flight: Flight, _ body: () async throws(BrokerError) -> (Value, Held)
    ) async throws(BrokerError) -> Value {
        try await noting(flight.profile) { () throws(BrokerError) in
            do throws(BrokerError) {
                let (value, held) = try await body()
                await recordRenewal(of: flight.profile, held.credential)
                return value
            } catch {
                await recordRenewal(of: flight.profile, nil, refusal: error)
                throw error
            }
        }
    }

    private func exchange(
        _ request: RenewalRequest, _ flight: Flight
    ) async throws(BrokerError) -> Held {
        let response: TokenResponse
        let identity: Credential.Identity?
        do throws(OAuthError) {
            response = try await request.send(at: time.now)
            identity = try await self.identity(in: response, by: request, flight)
        } catch {
            // What needs no person goes on without the refresh token.
            guard error.code == .grantEnded, request.kind.isRefresh,
                flight.profile.grant.needsNoPerson
            else { return try await settle(error, flight) }
            return try await beginAgain(flight)
        }
        let (profile, now) = (flight.profile, time.now)
        var renewed =
            flight.held?.renewed(with: response, profile: profile, at: now)
            ?? Credential(
                response, from: request.client.server.tokenEndpoint, profile: profile, at: now)
        renewed.identity = renewed.identity ?? identity
        return try await keep(Unsaved(renewed, of: flight))
    }

    /// Repeats the grant in the place of a refresh token that is no good any more.
    private func beginAgain(_ flight: Flight) async throws(BrokerError) -> Held {
        let profile = flight.profile
        let (request, response): (RenewalRequest, TokenResponse)
        do throws(BrokerError) { request = try await repeatedGrant(profile, flight.held) } catch {
            await abandon(flight, after: OAuthError(.temporary, error.message), at: time.now)
            throw error
        }
        do throws(OAuthError) { response = try await request.send(at: time.now) } catch {
            await abandon(flight, after: error, at: time.now)
            throw BrokerError(error, profile: profile)
        }
        let begun = Credential(
            response, from: request.client.server.tokenEndpoint, profile: profile, at: time.now)
        return try await keep(Unsaved(begun, of: flight))
    }

    private func exchangeNarrowed(
        _ request: RenewalRequest, _ flight: Flight
    ) async throws(BrokerError) -> (AccessToken, Held) {
        guard let held = flight.held else {
            throw BrokerError(.internal, "there is no login to narrow")
        }
        let response: TokenResponse
        let identity: Credential.Identity?
        do throws(OAuthError) {
            response = try await request.send(at: time.now)
            identity = try await self.identity(in: response, by: request, flight)
        } catch {
            _ = try await settle(error, flight)
            throw BrokerError(
                .temporary, "the login of profile \(flight.profile.name) has just changed",
                hints: ["try again"])
        }
        var kept = held.keepingAccess(with: response, profile: flight.profile, at: time.now)
        kept.identity = kept.identity ?? identity
        return (response.tokenWithKey, try await keep(Unsaved(kept, of: flight)))
    }

    /// What the ticket and the stored login become after a refused or failed token request.
    /// - Returns: a credential that somebody else stored meanwhile.
    private func settle(
        _ error: OAuthError, _ flight: Flight
    ) async throws(BrokerError) -> Held {
        let now = time.now
        if let rotated = error.rotatedRefreshToken, var held = flight.held {
            // The answer is unusable, but the refresh token in it is the only one left.
            held.refreshToken = rotated
            if held.dpopKey == nil, let key = error.boundKey {
                // The server has only now insisted on a key: the earlier access token is not bound to it.
                held.dpopKey = key.encoded
                held.accessToken = nil
            }
            let refusal = BrokerError(error, profile: flight.profile)
            var unsaved = Unsaved(held, of: flight)
            unsaved.outcome = Outcome(at: now, code: error.code.name, message: refusal.message)
            _ = try await keep(unsaved)
            throw refusal
        }
        guard error.code == .grantEnded, let held = flight.held else {
            await abandon(flight, after: error, at: now)
            throw BrokerError(error, profile: flight.profile)
        }
        let reason = endingReason(error, flight.answerMayBeLost)
        let ended = held.ended(
            reason, serverCode: error.serverCode, at: now, answerWasLost: flight.answerMayBeLost)
        do throws(BrokerError) {
            // Only what was presented is ended: a login that came in between stays.
            if case .overtaken(let winner?) = try await finish(flight, with: ended),
                winner.revision != flight.seen, winner.value.ended == nil,
                winner.value.belongs(to: flight.profile)
            {
                return Held(credential: winner.value, revision: winner.revision)
            }
        } catch {
            // The server's word counts for the caller, whatever the store says.
            parts.alarm("the end of a login could not be noted: \(error.message)")
        }
        throw BrokerError(
            .loginRequired, reason, hints: ["log in again: sesame login \(flight.profile.name)"])
    }

    private func abandon(_ flight: Flight, after error: OAuthError, at now: Timestamp) async {
        reconsiderServer(of: flight.profile, after: error)
        // A request that may have been acted on, without an answer that says so: the next attempt must
        // know. A gateway's 5xx is such an answer; a 4xx is the server's own refusal.
        let isLost =
            flight.answerMayBeLost
            || error.mayHaveBeenSent && !(400..<500).contains(error.status ?? 0)
        let outcome = Outcome(
            at: now, code: isLost ? Flight.answerLost : error.code.name,
            message: BrokerError(error, profile: flight.profile).message)
        do throws(BrokerError) {
            try await fromStore(flight.store) { store throws(StoreError) in
                try await store.abandonRenewal(flight.ticket, outcome: outcome)
            }
        } catch {
            parts.alarm("a failed renewal could not be noted: \(error.message)")
        }
    }

    private func endingReason(_ error: OAuthError, _ answerMayBeLost: Bool) -> String {
        let words = error.serverDescription.map { " (the server says: \($0))" } ?? ""
        if answerMayBeLost {
            return
                "the login ended: the answer to the last renewal was lost after the server had made new"
                + " tokens, and the old refresh token is spent" + words
        }
        return
            "the login ended: the server refuses the refresh token, which has expired, was revoked,"
            + " or was used elsewhere (another machine, a copied store)" + words
    }
}
