import SesameStore

/// A renewed credential that the store would not take, and the right to store it.
struct UnsavedRenewal: Sendable {
    let credential: Credential
    let ticket: RenewalTicket
}

extension Broker {
    /// Offers the store once more what it would not take: the server has spent the refresh token that
    /// is stored, so the one in memory must get there before this process ends.
    func offerUnsaved(_ profile: String) async {
        // A renewal under way saves for itself.
        guard renewals[profile] == nil, let offered = unsaved[profile] else { return }
        let isSettled = try? await fromStore { store throws(StoreError) in
            do throws(StoreError) {
                _ = try await store.finishRenewal(offered.ticket, with: offered.credential)
            } catch {
                // A login or another process has put something newer there.
                guard error.code == .superseded else { throw error }
            }
            return true
        }
        if isSettled == true, unsaved[profile]?.ticket == offered.ticket { unsaved[profile] = nil }
    }
}
