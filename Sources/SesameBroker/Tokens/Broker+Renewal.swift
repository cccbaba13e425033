import SesameOAuth
import SesameSecrets
import SesameStore
import SesameSystem

/// One expiry, one request: the renewal of a profile's token.
extension Broker {
    /// Seconds after which another process may take over a renewal whose owner cannot be seen.
    private static let ticketLifetime: Int64 = 60

    /// Joins the renewal of the profile, or opens it.
    ///
    /// It runs in a task of its own, so that a caller who goes away never aborts a rotation that the
    /// server may have committed.
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
            let stored = try await stored(for: profile)
            let held = stored?.value.belonging(to: profile)
            if let held, held.usable(at: time.now, for: query.minimumValidity) != nil,
                !query.forcesRenewal || stored?.revision != seen
            {
                return held
            }
            let request = try await renewalRequest(profile, held)
            let lastAnswerWasLost = try await lastAnswerWasLost(profile)
            switch try await begin(profile, stored?.revision) {
            case .yours(let ticket, let holderIsGone):
                let flight = Flight(
                    profile: profile, ticket: ticket, held: held,
                    answerMayBeLost: holderIsGone || lastAnswerWasLost)
                return try await redeem(request, flight)
            case .changed: continue
            case .busy: try await patience.wait(profile.name)
            }
        }
    }

    private func begin(
        _ profile: Profile, _ seen: Revision?
    ) async throws(BrokerError) -> RenewalStart {
        let now = time.now
        return try await fromStore { store throws(StoreError) in
            try await store.beginRenewal(
                of: profile.name, seen: seen, now: now,
                deadline: now.adding(seconds: Self.ticketLifetime))
        }
    }

    private func lastAnswerWasLost(_ profile: Profile) async throws(BrokerError) -> Bool {
        let outcome = try await fromStore { store throws(StoreError) in
            try await store.outcome(of: profile.name)
        }
        return outcome?.code == Flight.answerLost
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
