import SesameBroker
import SesameBrokerAPI
import SesameHTTP
import SesameOAuth

/// The broker's reports as the API's messages.
extension StatusMessage {
    init(_ report: StatusReport) {
        self.init(
            profile: report.profile.name, grant: report.profile.grant.rawValue,
            state: State(rawValue: report.state.rawValue) ?? .notSetUp)
        accessExpiresAt = report.accessExpiresAt
        loginExpiresAt = report.loginExpiresAt
        loginExpirySource = report.loginExpirySource.flatMap {
            LoginExpirySource(rawValue: $0.rawValue)
        }
        lastRenewedAt = report.lastRenewedAt
        lastError = report.lastError
        warnings = report.warnings
        authorizationDetails = report.authorizationDetails
    }
}

extension FileStatus {
    init(_ report: TokenFileReport) {
        self.init(
            name: report.name, path: report.path, written: report.isWritten, error: report.error)
    }
}

extension ProfileMessage {
    init(_ report: SetupReport) {
        self.init(
            profile: report.profile.name, created: report.wasCreated,
            grant: report.profile.grant.rawValue,
            settings: Settings(report.profile), ready: report.isReady)
        redirectURI = report.redirectURI
        warnings = report.warnings
        instructions = report.instructions
    }
}

extension LoginMode {
    init(_ mode: LoginStartMessage.Mode) {
        self =
            switch mode {
            case .browser: .browser
            case .paste: .paste
            case .device: .device
            case .elsewhere: .elsewhere
            }
    }
}

extension LoginMessage {
    init(_ start: LoginStart) {
        self.init(start.report)
        if case .pending = start.report.state { expiresAt = start.expiresAt }
        switch start.way {
        case .browser(let url, let redirectURI):
            authorizationURL = url.description
            self.redirectURI = redirectURI.description
        case .device(let device):
            userCode = device.userCode
            verificationURI = device.verificationURI.description
            verificationURIComplete = device.verificationURIComplete?.description
        case nil: break
        }
    }

    init(_ report: LoginReport) {
        switch report.state {
        case .pending:
            self.init(id: report.id, profile: report.profile, state: .pending)
        case .done(let scope, let expiresAt):
            self.init(id: report.id, profile: report.profile, state: .done)
            self.scope = scope
            self.expiresAt = expiresAt
            note = report.note
        case .failed(let error):
            self.init(id: report.id, profile: report.profile, state: .failed)
            self.error = Problem(error)
        }
    }
}

extension Settings {
    init(_ profile: Profile) {
        self.init(
            profile.settings.values.sorted { $0.key < $1.key }.map { Entry($0.key, $0.value) })
    }
}
