import SesameSecrets
package import SesameSystem

/// Says who may have what: by the configuration's `[caller …]` sections, and by what is remembered of each caller.
///
/// The first section that fits the caller and the profile decides. Where none does, the broker's own user may do
/// everything, and everybody else, root too, nothing.
package actor Gate {
    private let configuration: ConfigurationFile
    private let owner: UInt32
    private let time: any TimeSource
    private var rates = RateLimit()
    private var confirmations: Confirmations

    /// - Parameters:
    ///   - owner: the user whose broker this is.
    ///   - alarm: told, in words without a secret, what a person should know at once.
    package init(
        configuration: ConfigurationFile, owner: UInt32, time: any TimeSource = SystemTime(),
        alarm: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.owner = owner
        self.time = time
        confirmations = Confirmations(time: time, alarm: alarm)
    }

    /// Lets a caller in, or throws.
    ///
    /// It counts against the caller's rate, and asks whoever is to confirm it.
    /// - Parameters:
    ///   - access: what is asked for.
    ///   - profile: what it is about; `nil` for what concerns no profile.
    package nonisolated func admit(
        _ caller: Caller, to access: Access, of profile: String?
    ) async throws(BrokerError) -> Permit {
        let decision = try decide(about: caller, profile)
        guard decision.permit.access >= access else {
            throw refusal(decision, caller, access, profile)
        }
        guard let rule = decision.rule, rule.rate != nil || rule.confirmation != nil,
            access >= .request
        else { return decision.permit }
        try await count(caller, by: rule)
        try await confirm(caller, by: rule, access, profile)
        return decision.permit
    }

    /// Lets in a caller who may see anything at all.
    package nonisolated func admitAnywhere(_ caller: Caller) throws(BrokerError) -> Permit {
        let decision = try decide(about: caller, nil)
        guard decision.permit.access < .status else { return decision.permit }
        let process = caller.process
        let callers = try configuration.contents().callers
        guard
            let rule = callers.first(where: {
                $0.access >= .status && $0.who.includes(caller, process)
            })
        else { throw refusal(decision, caller, .status, nil) }
        return Permit(rule: rule.name, access: .status, scope: rule.scope)
    }

    /// What a caller may do, without asking or counting.
    package nonisolated func permit(
        for caller: Caller, _ profile: String?
    ) throws(BrokerError) -> Permit {
        try decide(about: caller, profile).permit
    }

    private struct Decision {
        let permit: Permit
        var rule: CallerRule?
    }

    private nonisolated func decide(
        about caller: Caller, _ profile: String?
    ) throws(BrokerError) -> Decision {
        let rules = try configuration.contents().callers
        let process = rules.contains(where: \.who.needsProcess) ? caller.process : nil
        if let rule = rules.first(where: { $0.applies(to: caller, process, profile: profile) }) {
            return Decision(
                permit: Permit(rule: rule.name, access: rule.access, scope: rule.scope), rule: rule)
        }
        let isOwner = caller.uid == owner
        return Decision(
            permit: isOwner ? .owner : .none)
    }

    private nonisolated func refusal(
        _ decision: Decision, _ caller: Caller, _ access: Access, _ profile: String?
    ) -> BrokerError {
        let subject = profile.map { " of profile \($0.sanitised(limit: 64))" } ?? ""
        guard let rule = decision.rule else {
            return BrokerError(
                .callerRefused, "this broker serves another user",
                hints: [
                    "its owner can let user \(caller.uid) in by a section [caller NAME] of the configuration"
                ])
        }
        return BrokerError(
            .callerRefused,
            "[caller \(rule.name)] lets user \(caller.uid) have \(rule.access.word)\(subject),"
                + " and this needs \(access.word)",
            hints: ["the broker's owner decides, in the configuration"])
    }

    private func count(_ caller: Caller, by rule: CallerRule) throws(BrokerError) {
        guard let rate = rule.rate else { return }
        let key = RateLimit.Key(rule: rule.name, uid: caller.uid)
        guard let seconds = rates.take(key, rate, at: time.uptime) else { return }
        throw BrokerError(
            .rateLimited,
            "[caller \(rule.name)] has had \(rate.count) requests in \(rate.seconds) seconds",
            hints: ["try again in \(seconds) s; a token that is held can be used until it expires"],
            retryAfter: seconds)
    }

    private func confirm(
        _ caller: Caller, by rule: CallerRule, _ access: Access, _ profile: String?
    ) async throws(BrokerError) {
        guard let words = rule.confirmation else { return }
        let question = Confirmations.Question(
            rule: rule.name, uid: caller.uid, access: access, profile: profile)
        let program = ConfiguredProgram(words: words)
        let process = caller.process
        let answer = await confirmations.answer(question, holdsFor: rule.confirmationLifetime) {
            await program.run(
                question.variables(caller, process), within: Confirmations.timeLimit)
        }
        guard answer else {
            throw BrokerError(
                .callerRefused, "[caller \(rule.name)] was not confirmed",
                hints: ["the program that `confirm` names said no, or gave no answer"])
        }
    }
}
