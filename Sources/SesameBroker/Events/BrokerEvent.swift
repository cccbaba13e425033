import SesameSystem

/// Something that its owner should hear of, at the pace that the configuration allows.
///
/// No secret is in it.
package struct BrokerEvent: Sendable {
    /// What a hook can be about.
    package enum Kind: String, Sendable, CaseIterable {
        /// Only a person can help.
        case loginRequired = "login_required"
        /// The login will end, and nothing that Sesame does can prevent it.
        case loginExpiring = "login_expiring"
        /// A token was renewed.
        case renewed
        /// A renewal failed, and will be tried again.
        case failure

        /// The key of the configuration that names its hook.
        var setting: String { "on_\(rawValue)" }
    }

    package let kind: Kind
    package let profile: String
    /// Words for a person.
    package var message = ""
    /// The code of the problem; `nil` for a renewal that went well.
    package var code: BrokerError.Code?
    /// When the login ends, as far as that is known, and how.
    package var forecast: LoginForecast?

    package init(_ kind: Kind, _ profile: String) {
        self.kind = kind
        self.profile = profile
    }
}

/// Something that has happened to a login, for whoever keeps watch.
package enum BrokerNotice: Sendable {
    /// Somebody asked for a token, after nobody had for long.
    case used(String)
    case loggedIn(String)
    case loggedOut(String)
    /// A token was renewed, and how long the request and the saving took.
    case renewed(String, Duration)
    case renewalFailed(String, BrokerError)
    /// The store can be read again, or holds other logins than before.
    case storeChanged
}
