import SesameOAuth
import SesameSecrets
import SesameStore
import SesameSystem

/// One expiry, one request: the renewal of a profile's token.
extension Broker {
    /// Seconds after which another process may take over a renewal whose owner cannot be seen.
    private static let ticketLifetime: Int64 = 60

    /// Whose renewal a caller got.
    enum Renewal: Sendable {
        /// The one that it opened.
        case own(Held)
        /// One that was under way, opened for another question.
        case joined(Held)
        /// None: a login or a logout was under way, and is over now.
        case other
    }

    /// Joins the renewal of the profile, or opens it.
    ///
    /// It runs in a task of its own, so that a caller who goes away never aborts a rotation that the
    /// server may have committed.
    func renewal(
        of profile: Profile, seen: Revision?, _ query: TokenQuery
    ) async throws(BrokerError) -> Renewal {
        let name = profile.name
        while !Self.isWithinErrand, let exclusive { await exclusive.value }
        if let running = renewals[name] { return .joined(try await running.value.get()) }
        if let errand = errands[name] {
            await errand.value
            return .other
        }
        try requireOpen()
        if !query.forcesRenewal, let error = failures[name]?.answer(at: time.uptime) { throw error }
        let task = errand { (broker: isolated Broker) async -> Result<Held, BrokerError> in
            // Taken out in the very step in which it ends: whoever comes later opens a new one, and
            // nobody can join one that is over.
            defer {
                broker.renewals[name] = nil
                broker.errands[name] = nil
            }
            do throws(BrokerError) {
                let held = try await broker.renew(profile, seen: seen, query)
                broker.failures[name] = nil
                return .success(held)
            } catch {
                broker.remember(error, of: name)
                return .failure(error)
            }
        }
        renewals[name] = task
        errands[name] = Task { _ = await task.value }
        return .own(try await task.value.get())
    }

    private func remember(_ error: BrokerError, of name: String) {
        guard RepeatedFailure.isCounted(error) else { return failures[name] = nil }
        failures[name] = RepeatedFailure(error, after: failures[name], at: time.uptime)
    }

    /// Runs `body` when nothing else is under way for the profile's login, and keeps everything
    /// else out until it has ended.
    ///
    /// A caller who goes away does not end it. What must not begin once the broker is about to end asks for that
    /// itself, as the first thing in `body`: it may have waited for long.
    func alone<Value: Sendable>(
        _ name: String, _ body: @escaping @Sendable () async -> Value
    ) async -> Value {
        while let before = (Self.isWithinErrand ? nil : exclusive) ?? errands[name] {
            await before.value
        }
        let task = errand { (broker: isolated Broker) async -> Value in
            defer { broker.errands[name] = nil }
            return await body()
        }
        errands[name] = Task { _ = await task.value }
        return await task.value
    }

    /// Whether this is part of an errand, such as the exchange of another profile's token.
    ///
    /// Whatever wants the store for itself waits for that errand, so what it needs must not wait in turn.
    @TaskLocal private static var isWithinErrand = false

    private func errand<Value: Sendable>(
        _ body: @escaping @Sendable (isolated Broker) async -> Value
    ) -> Task<Value, Never> {
        Self.$isWithinErrand.withValue(true) { Task { await body(self) } }
    }

    /// Tells how a renewal went.
    func noting<Value: Sendable>(
        _ profile: Profile, _ body: () async throws(BrokerError) -> Value
    ) async throws(BrokerError) -> Value {
        let began = time.uptime
        do throws(BrokerError) {
            let value = try await body()
            parts.notify(.renewed(profile.name, time.uptime - began))
            return value
        } catch {
            parts.notify(.renewalFailed(profile.name, error))
            throw error
        }
    }

    func requireOpen() throws(BrokerError) {
        if isClosing { throw BrokerError(.temporary, "the broker is about to end") }
    }

    private func renew(
        _ profile: Profile, seen: Revision?, _ query: TokenQuery
    ) async throws(BrokerError) -> Held {
        try await withTicket(profile) { held in
            query.isSatisfied(by: held, seen: seen, at: time.now) ? held : nil
        } redeem: { request, flight throws(BrokerError) in
            try await redeem(request, flight)
        }
    }

    /// Read again, ticket, token request, save: in this order, each durable before the next.
    /// - Parameters:
    ///   - scope: less than the login was granted; `nil` for the same.
    ///   - enough: what is held already, where that will do.
    func withTicket<Value: Sendable>(
        _ profile: Profile, scope: String? = nil, unless enough: (Held) -> Value?,
        redeem: (RenewalRequest, Flight) async throws(BrokerError) -> Value
    ) async throws(BrokerError) -> Value {
        var patience = Patience(time)
        while true {
            // What is in memory only is never renewed from: it is stored first, or nothing starts.
            try await saveAgain(profile.name)
            // Another caller, thread or process may have renewed since the caller looked.
            let held = try await read(profile)
            if let enough = enough(held) { return enough }
            let request = try await renewalRequest(profile, held.credential, scope: scope)
            let lastAnswerWasLost = await lastAnswerWasLost(profile)
            let (start, store) = try await begin(profile, held.revision)
            switch start {
            case .yours(let ticket, let holderIsGone):
                let flight = Flight(
                    profile: profile, ticket: ticket, store: store, held: held.credential,
                    seen: held.revision, answerMayBeLost: holderIsGone || lastAnswerWasLost)
                return try await redeem(request, flight)
            case .changed, .busy: try await patience.wait(profile.name)
            }
        }
    }

    private func begin(
        _ profile: Profile, _ seen: Revision?
    ) async throws(BrokerError) -> (RenewalStart, any CredentialStore) {
        let now = time.now
        return try await fromStore { store throws(StoreError) in
            let start = try await store.beginRenewal(
                of: profile.name, seen: seen, now: now,
                deadline: now.adding(seconds: Self.ticketLifetime))
            return (start, store)
        }
    }

    /// What the last failure says.
    ///
    /// It only chooses words: one that cannot be read says nothing.
    private func lastAnswerWasLost(_ profile: Profile) async -> Bool {
        let outcome = try? await fromStore { store throws(StoreError) in
            try await store.outcome(of: profile.name)
        }
        return outcome?.code == Flight.answerLost
    }
}

extension Broker.TokenQuery {
    /// Whether what is held will do.
    /// - Parameter seen: the revision that made the caller ask for a renewal. Anything else is newer,
    ///   and good as long as it has not expired: otherwise a token that lives for less than was asked
    ///   would be renewed once for every caller.
    func isSatisfied(by held: Held, seen: Revision?, at now: Timestamp) -> Bool {
        guard let credential = held.credential, let token = credential.accessToken(at: now) else {
            return false
        }
        if let rejected, token.value.equals(rejected) { return false }
        if held.revision != seen { return true }
        return !forcesRenewal && credential.usable(at: now, for: minimumValidity) != nil
    }

    /// The token of what is held, if it was granted the scope.
    func token(
        of held: Held, _ profile: Profile, at now: Timestamp
    ) throws(BrokerError) -> AccessToken {
        guard let token = held.credential?.accessToken(at: now) else {
            throw BrokerError(
                .serverRefused, "the server gave a token that has expired already",
                hints: ["compare this machine's clock with the server's"])
        }
        return try token.granting(scope, profile: profile.name)
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
