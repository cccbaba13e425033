import SesameOAuth
import SesameStore
import SesameSystem

/// One expiry, one request: the renewal of a profile's token.
extension Broker {
    /// Seconds after which another process may take over a renewal whose owner cannot be seen.
    private static let ticketLifetime: Int64 = 60

    /// Joins the renewal of the profile, or opens it.
    ///
    /// It runs in a task of its own, so that a caller who goes away never aborts a rotation that
    /// the server may have committed.
    func renewal(
        of profile: Profile, seen: Revision?, _ query: TokenQuery
    ) async -> Result<Credential, BrokerError> {
        if let running = renewals[profile.name] { return await running.value }
        let task = Task<Result<Credential, BrokerError>, Never> {
            // Taken out by the flight itself, in the step in which it ends: whoever comes later opens a
            // new one, and nobody can wait for one that is over.
            defer { self.renewals[profile.name] = nil }
            do throws(BrokerError) {
                return .success(try await self.renew(profile, seen: seen, query))
            } catch {
                return .failure(error)
            }
        }
        renewals[profile.name] = task
        return await task.value
    }

    /// Read again, ticket, token request, save: in this order, each durable before the next.
    private func renew(
        _ profile: Profile, seen: Revision?, _ query: TokenQuery
    ) async throws(BrokerError) -> Credential {
        var patience = Patience(time)
        while true {
            // Another caller, thread or process may have renewed since the caller looked.
            let held = try await held(by: profile)
            if let held, held.value.usable(at: time.now, for: query.minimumValidity) != nil,
                !query.forcesRenewal || held.revision != seen
            {
                return held.value
            }
            let request = try await renewalRequest(profile, held?.value)
            switch try await begin(profile, held?.revision) {
            case .yours(let ticket, let holderIsGone):
                let isLost = try await lastAnswerWasLost(profile)
                return try await redeem(request, ticket, held, profile, holderIsGone || isLost)
            case .changed: continue
            case .busy: try await patience.wait(profile.name)
            }
        }
    }

    private func begin(_ profile: Profile, _ seen: Revision?) async throws(BrokerError)
        -> RenewalStart
    {
        let now = time.now
        return try await fromStore { store throws(StoreError) in
            try await store.beginRenewal(
                of: profile.name, seen: seen, now: now,
                deadline: now.adding(seconds: Self.ticketLifetime))
        }
    }

    private func redeem(
        _ request: RenewalRequest, _ ticket: RenewalTicket, _ held: Stored<Credential>?,
        _ profile: Profile,
        _ answerMayBeLost: Bool
    ) async throws(BrokerError) -> Credential {
        let response: TokenResponse
        do throws(OAuthError) {
            response = try await request.send(at: time.now)
        } catch {
            try await settle(error, ticket, held, profile, answerMayBeLost)
            throw refusal(error, profile, answerMayBeLost)
        }
        let now = time.now
        let renewed =
            held.map { $0.value.renewed(with: response, profile: profile, at: now) }
            ?? Credential(
                response, from: request.client.server.tokenEndpoint, profile: profile, at: now)
        try await save(renewed, ticket, profile)
        return renewed
    }

    /// Writes what a renewal gave.
    ///
    /// A store that will not take it is tried for a while; then the tokens are served from memory,
    /// since throwing them away would lose the login.
    private func save(_ credential: Credential, _ ticket: RenewalTicket, _ profile: Profile)
        async throws(BrokerError)
    {
        for attempt in 0..<5 {
            do throws(BrokerError) {
                _ = try await fromStore { store throws(StoreError) in
                    try await store.finishRenewal(ticket, with: credential)
                }
                unsaved[profile.name] = nil
                return
            } catch {
                guard error.code == .storeUnwritable || error.code == .temporary else {
                    throw error
                }
                unsaved[profile.name] = UnsavedRenewal(
                    credential: credential, ticket: ticket)
                try? await time.sleep(for: .milliseconds(100 << attempt))
            }
        }
    }

    /// The outcome that tells the next attempt that the server may have rotated already.
    private static let answerLost = "answer_lost"

    private func lastAnswerWasLost(_ profile: Profile) async throws(BrokerError) -> Bool {
        let outcome = try await fromStore { store throws(StoreError) in
            try await store.outcome(of: profile.name)
        }
        return outcome?.code == Self.answerLost
    }

    /// What the ticket and the stored login become after a refused or failed token request.
    private func settle(
        _ error: OAuthError, _ ticket: RenewalTicket, _ held: Stored<Credential>?,
        _ profile: Profile,
        _ answerMayBeLost: Bool
    ) async throws(BrokerError) {
        let now = time.now
        if error.code == .grantEnded, let held {
            let ended = held.value.ended(
                endingReason(error, answerMayBeLost), serverCode: error.serverCode, at: now)
            _ = try await fromStore { store throws(StoreError) in
                try await store.finishRenewal(ticket, with: ended)
            }
            return
        }
        // A request that may have been acted on, without an answer that says so: the next attempt must
        // know. A gateway's 5xx is such an answer; a 4xx is the server's own refusal.
        let isLost =
            answerMayBeLost || error.mayHaveBeenSent && !(400..<500).contains(error.status ?? 0)
        let outcome = Outcome(
            at: now, code: isLost ? Self.answerLost : error.code.name,
            message: BrokerError(error, profile: profile.name).message)
        try await fromStore { store throws(StoreError) in
            try await store.abandonRenewal(ticket, outcome: outcome)
        }
    }

    private func refusal(_ error: OAuthError, _ profile: Profile, _ answerMayBeLost: Bool)
        -> BrokerError
    {
        guard error.code == .grantEnded else { return BrokerError(error, profile: profile.name) }
        return BrokerError(
            .loginRequired, endingReason(error, answerMayBeLost),
            hints: ["log in again: sesame login \(profile.name)"])
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

/// Waiting for another process that holds the ticket.
private struct Patience {
    private let time: any TimeSource
    private let began: Duration
    private var pause = Duration.milliseconds(10)

    init(_ time: any TimeSource) {
        self.time = time
        began = time.uptime
    }

    mutating func wait(_ profile: String) async throws(BrokerError) {
        guard time.uptime - began < .seconds(90) else {
            throw BrokerError(
                .temporary, "another process has been renewing profile \(profile) for too long")
        }
        try? await time.sleep(for: pause)
        pause = min(pause * 2, .milliseconds(200))
    }
}
