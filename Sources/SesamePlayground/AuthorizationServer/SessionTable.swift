/// Browsers that a Mautic knows by their cookie.
struct SessionTable: Sendable {
    struct Session: Sendable {
        var user: PracticeUser?
        /// The query of the authorization request that waits for a login.
        var query: String
    }

    private struct Consent: Hashable {
        let user: Int64
        let client: String
    }

    private var sessions: [String: Session] = [:]
    private var consents: Set<Consent> = []

    subscript(id: String) -> Session? {
        get { sessions[id] }
        set {
            if sessions.count > 1000 { sessions = [:] }
            sessions[id] = newValue
        }
    }

    func hasConsented(_ user: PracticeUser, to client: String) -> Bool {
        consents.contains(Consent(user: user.id, client: client))
    }

    /// Remembered for good: the next authorization asks nothing.
    mutating func consent(_ user: PracticeUser, to client: String) {
        consents.insert(Consent(user: user.id, client: client))
    }
}
