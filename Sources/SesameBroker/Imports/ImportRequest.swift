package import SesameImport
package import SesameSecrets
import SesameStore
package import SesameSystem

/// Which login of which program becomes which profile.
package struct ImportRequest: Sendable {
    package let peer: PeerProgram
    /// What the program keeps, as it stands in its file.
    package let file: Secret
    /// The profile to make.
    package let profile: String
    /// Which of the accounts in the file; `nil` where there is only one.
    package var account: String?
    /// What the account's secrets are sealed with, where they are.
    package var password: Secret?
    /// What the person says of the profile; it counts more than what the file says.
    package var settings: [String: [String]] = [:]
    /// The client secret, where the person gives it.
    package var clientSecret: Secret?
    /// Whether the server is asked at once.
    package var checks = true

    package init(peer: PeerProgram, file: Secret, profile: String) {
        self.peer = peer
        self.file = file
        self.profile = profile
    }
}

/// What was taken over.
package struct ImportReport: Sendable {
    package let account: String
    package let profile: Profile
    /// Whether the server has renewed the login.
    package let isChecked: Bool
    /// Whether it gave another refresh token then, so that the other program's is spent; `nil` where nobody asked.
    package let isRotated: Bool?
    package let scope: String?
    package let expiresAt: Timestamp?
    /// What looks wrong; the profile is kept all the same.
    package let warnings: [String]
}

/// An import with all that can be known before anything is written.
struct PlannedImport: Sendable {
    let request: ImportRequest
    let account: ForeignAccount
    let settings: [String: [String]]
    let profile: Profile
    /// Where the refresh token belongs.
    let tokenEndpoint: String
}

/// An import whose secrets are out of their seal.
struct OpenedImport: Sendable {
    let plan: PlannedImport
    let secrets: ClientSecrets?
    let credential: Credential

    var name: String { plan.request.profile }

    init(_ plan: PlannedImport, _ login: ForeignLogin, at now: Timestamp) {
        self.plan = plan
        let profile = plan.profile
        if let secret = plan.request.clientSecret ?? login.clientSecret {
            var secrets = ClientSecrets(clientSecret: secret)
            secrets.clientSecretFor = profile.clientSecretOwner
            self.secrets = secrets
        } else {
            secrets = nil
        }
        // When the person logged in to the other program is not known; from here on it is our login.
        credential = Credential(
            scope: profile.scope, accessReceivedAt: now, refreshToken: login.refreshToken,
            loggedInAt: now, tokenEndpoint: plan.tokenEndpoint, clientID: profile.clientID,
            issuer: profile.issuer)
    }

    func report(
        _ credential: Credential, isChecked: Bool, warnings: [String] = []
    ) -> ImportReport {
        let spent = self.credential.refreshToken.flatMap { ours in
            credential.refreshToken.map { !$0.equals(ours) }
        }
        return ImportReport(
            account: plan.account.name, profile: plan.profile, isChecked: isChecked,
            isRotated: isChecked || spent == true ? spent : nil, scope: credential.scope,
            expiresAt: credential.accessExpiresAt, warnings: warnings)
    }
}
