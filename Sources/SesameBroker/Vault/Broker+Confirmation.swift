import SesameSecrets
import SesameStore

/// Logins that came with a backup, and are not used before a person has spoken.
extension Broker {
    /// Notes that no other host uses these logins any more; `nil` stands for all that wait for it.
    /// - Returns: the profiles whose login is used from now on.
    package func confirm(_ profiles: [String]?) async throws(BrokerError) -> [String] {
        try requireOpen()
        let parked = try await parkedProfiles()
        if let unknown = profiles?.first(where: { !parked.contains($0) }) {
            throw BrokerError(
                .usage, "profile \(unknown.sanitised(limit: 64)) has no login that waits for this",
                hints: parked.isEmpty ? [] : ["these have: \(parked.joined(separator: ", "))"])
        }
        var confirmed: [String] = []
        for name in parked where profiles?.contains(name) ?? true {
            let result = await alone(name) { await self.confirmAlone(name) }
            if try result.get() { confirmed.append(name) }
        }
        return confirmed
    }

    private func parkedProfiles() async throws(BrokerError) -> [String] {
        try await fromStore { store throws(StoreError) in
            var parked: [String] = []
            for name in try await store.profiles() {
                if try await store.credential(of: name)?.value.restoredFrom != nil {
                    parked.append(name)
                }
            }
            return parked
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
