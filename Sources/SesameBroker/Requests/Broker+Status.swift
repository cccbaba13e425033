import SesameStore
package import SesameSystem

/// What `status` tells of a profile.
///
/// No secret is in it.
package struct StatusReport: Sendable {
    package enum State: String, Sendable {
        case ready
        case loginRequired = "login_required"
        case renewing
        case notSetUp = "not_set_up"
    }

    package let profile: Profile
    package var state: State
    package var accessExpiresAt: Timestamp?
    package var loginExpiresAt: Timestamp?
    /// How that is known; `nil` where it is not, or the login is over.
    package var loginExpirySource: LoginForecast.Source?
    package var lastRenewedAt: Timestamp?
    package var lastError: String?
    /// What will go wrong if nobody does anything.
    package var warnings: [String] = []
    /// What the login was granted in detail, as JSON.
    package var authorizationDetails: String?
}

extension Broker {
    /// All profiles, in the order of the configuration.
    ///
    /// Damage to some does not keep the others from being shown; it is their last error.
    ///
    /// They come one by one, so that many are not held at once.
    package nonisolated func statuses() -> StatusReports { StatusReports(broker: self) }

    fileprivate nonisolated func profiles() throws(BrokerError) -> AnyIterator<Profile> {
        try parts.configuration.contents().profiles.makeIterator()
    }

    /// What the configuration alone knows of its profiles.
    package func profileNames() throws(BrokerError) -> [String] {
        try parts.configuration.contents().profiles.map(\.name)
    }

    package func status(_ name: String) async throws(BrokerError) -> StatusReport {
        try await report(try parts.configuration.profile(name))
    }

    fileprivate func report(_ profile: Profile) async throws(BrokerError) -> StatusReport {
        var report = StatusReport(profile: profile, state: .notSetUp)
        if let defect = profile.defect {
            report.lastError = defect.message
            return report
        }
        let secrets = try await fromStore { store throws(StoreError) in
            try await store.secrets(of: profile.name)
        }
        if profile.grant == .basic {
            let isUsable = (try? profile.login(in: secrets)) ?? nil
            report.state = isUsable == nil ? .notSetUp : .ready
            return report
        }
        let held = try await look(profile).credential
        let outcome = try await fromStore { store throws(StoreError) in
            try await store.outcome(of: profile.name)
        }
        report.accessExpiresAt = held?.accessExpiresAt
        report.loginExpiresAt = held?.forecast?.endsAt ?? held?.loginExpiresAt
        report.loginExpirySource = held?.forecast?.source
        report.lastRenewedAt = held?.renewedAt
        report.authorizationDetails = held?.authorizationDetails
        let keyObjection = profile.clientKeyObjection(at: time.now)?.message
        report.lastError =
            keyObjection ?? held?.ended?.reason ?? held?.parked(profile.name)?.message
            ?? unsaved[profile.name]?.outcome?.message ?? outcome?.message
            ?? profile.endedRegistration(in: secrets, at: time.now)
        report.state = state(profile, held, secrets, keyObjection)
        report.warnings = profile.foreseenTrouble(secrets, at: time.now)
        if try await isRenewing(profile) { report.state = .renewing }
        return report
    }

    private func state(
        _ profile: Profile, _ held: Credential?, _ secrets: ClientSecrets?, _ keyObjection: String?
    ) -> StatusReport.State {
        if profile.grant == .jwtBearer || profile.grant == .tokenExchange {
            return keyObjection == nil ? .ready : .notSetUp
        }
        if profile.grant == .clientCredentials {
            if profile.usesClientKey || profile.authenticatesByTLS {
                return keyObjection == nil ? .ready : .notSetUp
            }
            let isUsable = (try? profile.clientSecret(in: secrets)) ?? nil
            return isUsable == nil ? .notSetUp : .ready
        }
        guard let held, held.ended == nil, held.restoredFrom == nil else { return .loginRequired }
        if held.usable(at: time.now, for: 0) != nil { return .ready }
        guard held.refreshToken != nil else { return .loginRequired }
        if let deadline = held.loginExpiresAt, deadline <= time.now { return .loginRequired }
        return .ready
    }

    private func isRenewing(_ profile: Profile) async throws(BrokerError) -> Bool {
        if renewals[profile.name] != nil { return true }
        let deadline = try await fromStore { store throws(StoreError) in
            try await store.renewal(of: profile.name)
        }
        return deadline.map { $0 > time.now } ?? false
    }
}

/// The status of each profile, in the order of the configuration.
///
/// Damage to some does not keep the others from being shown; it is their last error. Where nothing can be read it
/// is the store that is damaged, which is thrown at the end.
package struct StatusReports: AsyncSequence, Sendable {
    fileprivate let broker: Broker

    package func makeAsyncIterator() -> Iterator { Iterator(broker: broker) }

    package struct Iterator: AsyncIteratorProtocol {
        fileprivate let broker: Broker
        private var profiles: AnyIterator<Profile>?
        private var damage: BrokerError?
        private var isAnyWhole = false

        fileprivate init(broker: Broker) { self.broker = broker }

        package mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(BrokerError) -> StatusReport? {
            if profiles == nil { profiles = try broker.profiles() }
            guard let profile = profiles?.next() else {
                if let damage, !isAnyWhole { throw damage }
                return nil
            }
            do throws(BrokerError) {
                let report = try await broker.report(profile)
                isAnyWhole = true
                return report
            } catch {
                guard error.code == .storeDamaged else { throw error }
                if damage == nil { damage = error }
                var report = StatusReport(profile: profile, state: .notSetUp)
                report.lastError = error.message
                return report
            }
        }
    }
}
