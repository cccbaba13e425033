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
            try hide(profile, from: caller, decision)
            throw refusal(decision, caller, access, profile)
        }
        // Only its owner is told which profiles there are; who manages them may make one.
        if let profile, decision.rule != nil, caller.uid != owner, access < .manage, !knows(profile)
        {
            throw Self.absent(profile)
        }
        guard let rule = decision.rule, rule.rate != nil || rule.confirmation != nil,
            access >= .request
        else { return decision.permit }
        try await count(caller, by: rule)
        try await confirm(caller, by: rule, access, profile)
        // Somebody may have taken time to say yes, and the configuration another word meanwhile.
        let now = try decide(about: caller, profile)
        guard now.permit == decision.permit, now.rule?.confirmation == rule.confirmation else {
            throw BrokerError(
                .callerRefused, "the rules have changed meanwhile", hints: ["ask again"])
        }
        return decision.permit
    }

    /// A profile that is hidden from a caller looks as one that there is not.
    private nonisolated func hide(
        _ profile: String?, from caller: Caller, _ decision: Decision
    ) throws(BrokerError) {
        guard let profile, let rule = decision.rule, rule.access == .nothing,
            !rule.profiles.isEmpty, try decide(about: caller, nil).permit.access >= .status
        else { return }
        throw Self.absent(profile)
    }

    private static func absent(_ profile: String) -> BrokerError {
        BrokerError(.unknownProfile, "there is no profile \(profile.sanitised(limit: 64))")
    }

    /// Lets in a caller who may see anything at all.
    package nonisolated func admitAnywhere(_ caller: Caller) throws(BrokerError) -> Permit {
        let rules = try contents(for: caller).callers
        let process = Self.process(of: caller, for: rules)
        for rule in rules {
            switch rule.who.fit(caller, process) {
            case .no: continue
            case .unknown: throw Self.unknown(rule, caller)
            case .yes where rule.access >= .status:
                return Permit(rule: rule.name, access: .status, scope: rule.scope)
            // The first section for all profiles decides, and so does what stands before it.
            case .yes where rule.profiles.isEmpty: throw refusal(.none, caller, .status, nil)
            case .yes: continue
            }
        }
        guard caller.uid == owner else { throw refusal(.none, caller, .status, nil) }
        return .owner
    }

    /// Of which profiles a caller may have this much, before rates and confirmation: rules and process are
    /// looked at once for all of them.
    package nonisolated func reach(
        of caller: Caller, _ access: Access
    ) throws(BrokerError) -> @Sendable (_ profile: String?) -> Bool {
        let rules = try contents(for: caller).callers
        let process = Self.process(of: caller, for: rules)
        let fitting = rules.filter { $0.who.fit(caller, process) != .no }
        let isOwner = caller.uid == owner
        return { profile in
            guard let rule = fitting.first(where: { $0.concerns(profile) }) else { return isOwner }
            return rule.who.fit(caller, process) == .yes && rule.access >= access
        }
    }

    /// Whether there is such a profile.
    package nonisolated func knows(_ profile: String) -> Bool {
        (try? configuration.contents().profiles.contains(profile)) ?? false
    }

    private struct Decision {
        let permit: Permit
        var rule: CallerRule?

        static let none = Decision(permit: .none)
    }

    private nonisolated func decide(
        about caller: Caller, _ profile: String?
    ) throws(BrokerError) -> Decision {
        let rules = try contents(for: caller).callers
        let process = Self.process(of: caller, for: rules)
        for rule in rules where rule.concerns(profile) {
            switch rule.who.fit(caller, process) {
            case .no: continue
            // Going on would set free whom this section may be there to bind.
            case .unknown: throw Self.unknown(rule, caller)
            case .yes:
                return Decision(
                    permit: Permit(rule: rule.name, access: rule.access, scope: rule.scope),
                    rule: rule)
            }
        }
        return caller.uid == owner ? Decision(permit: .owner) : .none
    }

    /// A mistake in it is its owner's to read.
    private nonisolated func contents(
        for caller: Caller
    ) throws(BrokerError) -> ConfigurationFile.Contents {
        do throws(BrokerError) { return try configuration.contents() } catch {
            guard caller.uid != owner else { throw error }
            throw BrokerError(
                .configuration, "there is a mistake in the broker's configuration",
                hints: ["its owner sees it by: sesame status"])
        }
    }

    private static func process(of caller: Caller, for rules: [CallerRule]) -> PeerProcess? {
        rules.contains(where: \.who.needsProcess) ? caller.process : nil
    }

    private static func unknown(_ rule: CallerRule, _ caller: Caller) -> BrokerError {
        BrokerError(
            .callerRefused,
            "nothing can be found out of the calling process, about which there are rules",
            hints: ["the process that connects must be the one that asks, and be there still"])
    }

    private nonisolated func refusal(
        _ decision: Decision, _ caller: Caller, _ access: Access, _ profile: String?
    ) -> BrokerError {
        guard let rule = decision.rule, rule.access > .nothing else {
            return BrokerError(
                .callerRefused, "this broker serves another user",
                hints: [
                    "its owner can let user \(caller.uid) in by a section [caller NAME] of the configuration"
                ])
        }
        let subject = profile.map { " of profile \($0.sanitised(limit: 64))" } ?? ""
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
            rule: rule.name, words: words, uid: caller.uid, access: access, profile: profile)
        let program = ConfiguredProgram(words: words)
        let process = caller.process
        let answer = await confirmations.answer(question, holdsFor: rule.confirmationLifetime) {
            await program.run(
                question.variables(caller, process), within: Confirmations.timeLimit)
        }
        switch answer {
        case .yes: return
        case .no:
            throw BrokerError(
                .callerRefused, "[caller \(rule.name)] was not confirmed",
                hints: ["the program that `confirm` names said no, or gave no answer"])
        case .later:
            throw BrokerError(
                .rateLimited, "another question about [caller \(rule.name)] is still open",
                hints: ["try again once it is answered"], retryAfter: 5)
        }
    }
}
