/// All that a store holds of one profile, for a backup.
package struct StoredProfile: Sendable {
    package let name: String
    package var credential: Credential?
    package var secrets: ClientSecrets?
    package var outcome: Outcome?

    package init(
        name: String, credential: Credential? = nil, secrets: ClientSecrets? = nil,
        outcome: Outcome? = nil
    ) {
        self.name = name
        self.credential = credential
        self.secrets = secrets
        self.outcome = outcome
    }
}
