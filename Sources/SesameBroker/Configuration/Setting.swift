import SesameHTTP
import SesameOAuth
import SesameSecrets

/// A key of a profile: how often it may occur and what it may hold.
struct Setting: Sendable {
    enum Content: Sendable {
        case text
        /// `https`, or `http` to this machine.
        case url
        /// A loopback `http` URL, or any `https` one.
        case redirect
        /// A user name that can stand before a password (RFC 7617): without `:`.
        case userName
        /// One of these words.
        case word([String])
    }

    let key: String
    let content: Content
    var isRepeatable = false

    /// Keys that begin so go on as somebody likes: they name parameters of requests.
    static let freePrefixes = ["authorize.", "token."]

    static func named(_ key: String) -> Setting? {
        if let setting = all.first(where: { $0.key == key }) { return setting }
        for prefix in freePrefixes
        where key.hasPrefix(prefix) && key.count > prefix.count {
            return Setting(key: key, content: .text)
        }
        return nil
    }

    func check(_ key: String, _ value: String) throws(SettingRefusal) {
        guard value.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }) else {
            throw SettingRefusal(reason: "`\(key)` has a control character")
        }
        switch content {
        case .text: break
        case .url: try checkURL(key, value)
        case .redirect: try checkRedirect(value)
        case .userName:
            guard !value.contains(":") else {
                throw SettingRefusal(
                    reason: "`\(key)` has a `:`, which ends a user name (RFC 7617)")
            }
        case .word(let known):
            if known.contains(value) { break }
            throw SettingRefusal(
                reason:
                    "`\(key)` is one of: \(known.joined(separator: ", ")); found `\(value.sanitised(limit: 40))`"
            )
        }
    }

    private func checkURL(_ key: String, _ value: String) throws(SettingRefusal) {
        guard let url = HTTPURL(value), url.fragment == nil else {
            throw SettingRefusal(
                reason: "`\(key)` is not an absolute https URL: `\(value.sanitised(limit: 80))`")
        }
        guard url.isSecure else {
            throw SettingRefusal(
                reason: "`\(key)` must be https: plain http is for this machine only")
        }
        guard key != "base_url" || url.query == nil else {
            throw SettingRefusal(reason: "`base_url` has a query; leave out the part from `?` on")
        }
    }

    private func checkRedirect(_ value: String) throws(SettingRefusal) {
        guard let url = HTTPURL(value), url.fragment == nil, url.scheme == .https || url.isLoopback
        else {
            throw SettingRefusal(
                reason: "`redirect_uri` is a loopback URL such as http://127.0.0.1:8400/callback")
        }
    }

    static let all: [Setting] = [
        Setting(key: "provider", content: .word(Provider.all.flatMap(\.names))),
        Setting(key: "base_url", content: .url),
        Setting(key: "issuer", content: .url),
        Setting(
            key: "grant",
            content: .word(
                [
                    "authorization_code", "client_credentials", "device_code", "jwt_bearer",
                    "token_exchange", "basic",
                ])),
        Setting(key: "client_id", content: .text),
        Setting(
            key: "client_auth",
            content: .word(
                [
                    "none", "client_secret_basic", "client_secret_post", "client_secret_jwt",
                    "private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth",
                ])),
        Setting(key: "client_key_file", content: .text),
        Setting(key: "client_key_id", content: .text),
        Setting(key: "client_certificate_file", content: .text),
        Setting(key: "client_certificate_key_file", content: .text),
        Setting(key: "assertion_file", content: .text),
        Setting(key: "assertion_issuer", content: .text),
        Setting(key: "subject", content: .text),
        Setting(key: "subject_token_file", content: .text),
        Setting(key: "subject_profile", content: .text),
        Setting(key: "subject_token_type", content: .text),
        Setting(key: "actor_token_file", content: .text),
        Setting(key: "actor_token_type", content: .text),
        Setting(key: "requested_token_type", content: .text),
        Setting(key: "audience", content: .text, isRepeatable: true),
        Setting(key: "basic_encoding", content: .word(["rfc", "raw"])),
        Setting(
            key: "assertion_audience",
            content: .word(
                [
                    ClientAssertionForm.Audience.issuer, ClientAssertionForm.Audience.endpoint,
                ].map(\.rawValue))),
        Setting(
            key: "assertion_type", content: .word([ClientAssertionForm.ownType, "JWT"])),
        Setting(key: "redirect_uri", content: .redirect),
        Setting(key: "scope", content: .text),
        Setting(key: "resource", content: .url, isRepeatable: true),
        Setting(key: "trusted_audience", content: .text, isRepeatable: true),
        Setting(key: "authorization_details", content: .text),
        Setting(key: "allow", content: .url, isRepeatable: true),
        Setting(key: "credential_username", content: .userName),
        Setting(key: "dpop", content: .word(["auto", "required", "off"])),
        Setting(key: "response_mode", content: .word(ResponseMode.allCases.map(\.rawValue))),
        Setting(key: "par", content: .word(["auto", "required", "off"])),
        Setting(key: "jar", content: .word(["auto", "required", "off"])),
        Setting(key: "ca_file", content: .text),
        Setting(key: "renew", content: .word(Outlook.Wish.allCases.map(\.rawValue))),
        Setting(key: "narrow", content: .word(["refresh", "exchange"])),
        Setting(key: "authorization_endpoint", content: .url),
        Setting(key: "token_endpoint", content: .url),
        Setting(key: "revocation_endpoint", content: .url),
        Setting(key: "introspection_endpoint", content: .url),
        Setting(key: "device_authorization_endpoint", content: .url),
        Setting(key: "pushed_authorization_request_endpoint", content: .url),
        Setting(key: "registration_endpoint", content: .url),
        Setting(key: "jwks_uri", content: .url),
    ]
}
