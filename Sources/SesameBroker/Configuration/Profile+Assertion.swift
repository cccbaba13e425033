import SesameCrypto
import SesameOAuth
import SesameSecrets
import SesameStore

// What is given for a token by the grants that need no person: a statement, or another token.
extension Profile {
    /// The key that signs the assertions of the grant; `nil` where they come from a file, or there are none.
    var assertionKeyFile: ClientKeyFile? {
        guard grant == .jwtBearer, settings["assertion_file"] == nil,
            let path = settings["client_key_file"]
        else { return nil }
        return ClientKeyFile(path: resolve(path), keyID: settings["client_key_id"])
    }

    /// All files whose contents are given to the server.
    var tokenFiles: [TokenInputFile] {
        let keys: [String] =
            switch grant {
            case .jwtBearer: ["assertion_file"]
            case .tokenExchange: ["subject_token_file", "actor_token_file"]
            default: []
            }
        return keys.compactMap { tokenFile($0) }
    }

    func tokenFile(_ key: String) -> TokenInputFile? {
        settings[key].map { TokenInputFile(path: resolve($0)) }
    }

    /// The first key without which the grant has nothing to give.
    var missingInput: String? {
        switch grant {
        case .jwtBearer:
            let hasOne = settings["assertion_file"] != nil || settings["client_key_file"] != nil
            return hasOne ? nil : "client_key_file"
        case .tokenExchange:
            let hasOne =
                settings["subject_token_file"] != nil || settings["subject_profile"] != nil
            return hasOne ? nil : "subject_token_file"
        default: return nil
        }
    }

    /// What the profile says twice, or half; `nil` where it says it once.
    var contradiction: BrokerError? {
        guard grant == .tokenExchange else { return nil }
        if settings["subject_token_file"] != nil, settings["subject_profile"] != nil {
            return BrokerError(
                .configuration,
                "profile \(name) has both `subject_token_file` and `subject_profile`",
                hints: ["take one of the two lines out"])
        }
        // RFC 8693, section 2.1.
        if settings["actor_token_type"] != nil, settings["actor_token_file"] == nil {
            return BrokerError(
                .configuration, "profile \(name) has `actor_token_type` without `actor_token_file`",
                hints: ["name the file, or take that line out"])
        }
        return nil
    }

    /// A token type by its URI, or by the last word of those of RFC 8693, section 3.
    func tokenType(_ key: String) -> String? {
        settings[key].map { $0.contains(":") ? $0 : "urn:ietf:params:oauth:token-type:\($0)" }
    }

    /// What the assertion of the grant says.
    func grantAssertion(scope: String?, random: any RandomSource) -> GrantAssertion {
        var assertion = GrantAssertion(
            issuer: settings["assertion_issuer"] ?? clientID, subject: settings["subject"])
        assertion.scope = scope
        assertion.random = random
        if let audience = settings["assertion_audience"] {
            assertion.audience = ClientAssertionForm.Audience(rawValue: audience) ?? .endpoint
        }
        return assertion
    }

    /// For whom a grant without a person is; `nil` for the others, whose logins say so themselves.
    ///
    /// What was given for one is no token of another.
    var grantIdentity: String? {
        guard grant == .jwtBearer || grant == .tokenExchange else { return nil }
        let keys = [
            "subject", "assertion_issuer", "assertion_file", "subject_token_file",
            "subject_profile",
            "subject_token_type", "actor_token_file", "requested_token_type", "audience",
        ]
        return
            ([grant.rawValue]
            + keys.flatMap { key in
                (settings.values[key] ?? []).map { "\(key)=\($0)" }
            }).joined(separator: " ")
    }

    /// What renews a login without a grant; `nil` where the grant is repeated.
    ///
    /// A client's own credentials are as good as a refresh token (RFC 6749, section 4.4.3).
    func refreshToken(of held: Credential?) -> Secret? {
        guard grant != .clientCredentials, let held, held.ended == nil, held.restoredFrom == nil
        else { return nil }
        return held.refreshToken
    }
}
