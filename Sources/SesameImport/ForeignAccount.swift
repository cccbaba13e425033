package import SesameSecrets

/// An account of another program, as that program's file tells it.
package struct ForeignAccount: Sendable {
    /// What the other program calls it.
    package let name: String
    /// What a profile for it would say: keys of the configuration with their values.
    package let settings: [String: [String]]
    /// Where its secrets are, and how they come out.
    package let vault: any ForeignVault

    /// - Throws: ``ImportError`` for a name that nobody could tell from another on a terminal.
    init(
        name: String, settings: [(key: String, value: String?)], vault: any ForeignVault
    ) throws(ImportError) {
        guard !name.isEmpty, name.utf8.count <= 256, name.sanitised(limit: 256) == name else {
            throw ImportError(
                .malformed,
                "an account has a name that cannot be shown: \(name.sanitised(limit: 80))")
        }
        self.name = name
        self.vault = vault
        var given: [String: [String]] = [:]
        for (key, value) in settings {
            if let value, !value.isEmpty { given[key] = [value] }
        }
        self.settings = given
    }
}

/// The secrets of a foreign account, as long as they are in its file.
package protocol ForeignVault: Sendable {
    /// Whether they come out only with a password.
    var needsPassword: Bool { get }
    /// Why they cannot be taken over, whatever the password; `nil` where they can.
    var obstacle: ImportError? { get }
    /// Takes them out; it may take a second and blocks the thread meanwhile.
    func open(_ password: Secret?) throws(ImportError) -> ForeignLogin
}

/// What makes a login of another program ours.
package struct ForeignLogin: Sendable {
    package let refreshToken: Secret
    package let clientSecret: Secret?

    /// Secrets as they were found; an empty client secret counts as none.
    /// - Throws: ``ImportError`` where there is no refresh token, or something that cannot be one.
    init(refreshToken: Secret?, clientSecret: Secret?) throws(ImportError) {
        guard let refreshToken, !refreshToken.isEmpty else { throw .noRefreshToken }
        for secret in [refreshToken, clientSecret].compactMap(\.self) {
            // Both are printable ASCII or, at the least, text (RFC 6749, appendix A).
            let isText = secret.withBytes { bytes in
                bytes.indices.allSatisfy { bytes[$0] >= 0x20 && bytes[$0] != 0x7F }
            }
            guard isText, secret.count <= 16_384 else {
                throw ImportError(.malformed, "a token or a client secret in it is none")
            }
        }
        self.refreshToken = refreshToken
        self.clientSecret = clientSecret?.isEmpty == false ? clientSecret : nil
    }
}

/// Secrets that were readable as they stood.
struct PlainVault: ForeignVault {
    let refreshToken: Secret?
    let clientSecret: Secret?
    var obstacle: ImportError?

    var needsPassword: Bool { false }

    init(refreshToken: Secret?, clientSecret: Secret?, obstacle: ImportError? = nil) {
        self.refreshToken = refreshToken
        self.clientSecret = clientSecret
        self.obstacle = obstacle ?? (refreshToken?.isEmpty != false ? .noRefreshToken : nil)
    }

    func open(_ password: Secret?) throws(ImportError) -> ForeignLogin {
        if let obstacle { throw obstacle }
        return try ForeignLogin(refreshToken: refreshToken, clientSecret: clientSecret)
    }
}
