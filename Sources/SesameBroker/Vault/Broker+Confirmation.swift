import SesameSecrets
import SesameStore

/// What became of the logins that waited for a person.
package struct ConfirmationReport: Sendable, Equatable {
    /// Profiles whose login is used from now on.
    package var confirmed: [String]
    /// Profiles that are damaged: nobody knows whether they wait.
    package var damaged: [String]
}

/// Logins that came with a backup, and are not used before a person has spoken.
extension Broker {
    /// Notes that no other host uses these logins any more; `nil` stands for all that wait for it.
    ///
    /// A damaged profile does not keep the others from it.
    package func confirm(_ profiles: [String]?) async throws(BrokerError) -> ConfirmationReport {
        try requireOpen()
        let parked = try await parkedProfiles(profiles)
        if let unknown = profiles?.first(where: { !parked.names.contains($0) }) {
            if let damage = parked.damage[unknown] { throw damage }
            throw BrokerError(
                .usage, "profile \(unknown.sanitised(limit: 64)) has no login that waits for this",
                hints: ["sesame status shows which do"])
        }
        var report = ConfirmationReport(confirmed: [], damaged: parked.damage.keys.sorted())
        for name in parked.names {
            let result = await alone(name) { await self.confirmAlone(name) }
            guard try result.get() else { continue }
            report.confirmed.append(name)
            parts.notify(.loggedIn(name))
        }
        return report
    }

    private func parkedProfiles(
        _ profiles: [String]?
    ) async throws(BrokerError) -> (names: [String], damage: [String: BrokerError]) {
        try await fromStore { store throws(StoreError) in
            var names: [String] = []
            var damage: [String: BrokerError] = [:]
            var candidates = profiles ?? []
            if profiles == nil { candidates = try await store.profiles() }
            for name in candidates {
                do throws(StoreError) {
                    if try await store.credential(of: name)?.value.restoredFrom != nil {
                        names.append(name)
                    }
                } catch {
                    guard error.code == .damaged else { throw error }
                    damage[name] = BrokerError(error)
                }
            }
            return (names, damage)
        }
    }

    /// Whether there was something to confirm: another process may have been faster.
    private func confirmAlone(_ name: String) async -> Result<Bool, BrokerError> {
        do throws(BrokerError) {
            return .success(
                try await fromStore { store throws(StoreError) in
                    while let stored = try await store.credential(of: name),
                        stored.value.restoredFrom != nil
                    {
                        var credential = stored.value
                        credential.restoredFrom = nil
                        do throws(StoreError) {
                            _ = try await store.put(
                                credential, for: name, ifStill: stored.revision)
                            return true
                        } catch  where error.code == .superseded {
                            continue
                        }
                    }
                    return false
                })
        } catch {
            return .failure(error)
        }
    }
}
