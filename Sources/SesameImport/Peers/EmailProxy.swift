import SesameSecrets

/// The configuration of email-oauth2-proxy, in which it keeps its tokens (seen with 2026.7.3).
///
/// Each account is a section with an `@` in its name. Its secrets are sealed with the password that the mail
/// program gives to the proxy.
enum EmailProxy {
    static func accounts(in file: Secret) throws(ImportError) -> [ForeignAccount] {
        let sections = try PythonINI.sections(of: file)
        let accounts = sections.filter { $0.name.contains("@") && !$0.name.hasPrefix("@") }
        guard !accounts.isEmpty else {
            throw ImportError(
                .malformed, "there is no account of email-oauth2-proxy in it: no section with an @")
        }
        return try accounts.map { section throws(ImportError) in
            try account(OptionLookup(sections: [section] + fallbacks(of: section, in: sections)))
        }
    }

    /// The sections `[@example.org]` and `[@]`, where the proxy was told to use them.
    private static func fallbacks(
        of account: PythonINI.Section, in sections: [PythonINI.Section]
    ) -> [PythonINI.Section] {
        let own = OptionLookup(sections: sections.filter { $0.name == "emailproxy" })
        let wish = own["allow_catch_all_accounts"]?.lowercased() ?? ""
        guard ["1", "yes", "true", "on"].contains(wish) else { return [] }
        let domain = account.name.drop { $0 != "@" }
        return [domain, "@"].compactMap { name in sections.first { $0.name == name } }
    }

    private static func account(_ options: OptionLookup) throws(ImportError) -> ForeignAccount {
        try ForeignAccount(
            name: options.sections[0].name,
            settings: [
                ("authorization_endpoint", options["permission_url"]),
                ("token_endpoint", options["token_url"]), ("client_id", options["client_id"]),
                ("client_auth", options.hasClientSecret ? "client_secret_post" : nil),
                ("redirect_uri", RedirectURI.usable(options["redirect_uri"])),
                ("scope", options["oauth2_scope"]),
            ],
            vault: EmailProxyVault(
                refreshToken: options["refresh_token"], salt: options["token_salt"],
                iterations: options["token_iterations"],
                clientSecret: options.secret("client_secret"),
                sealedClientSecret: options["client_secret_encrypted"],
                obstacle: obstacle(options)))
    }

    private static func obstacle(_ options: OptionLookup) -> ImportError? {
        if options["refresh_token"] == nil { return .noRefreshToken }
        if options["jwt_certificate_path"] != nil, !options.hasClientSecret {
            return ImportError(
                .unsupported, "its client shows who it is by a certificate",
                hints: ["this version has no such client authentication"])
        }
        return nil
    }
}

/// The options of one section, and of those that stand in for it.
private struct OptionLookup {
    let sections: [PythonINI.Section]

    var hasClientSecret: Bool {
        secret("client_secret") != nil || secret("client_secret_encrypted") != nil
    }

    /// A value that is no secret, or is sealed.
    subscript(key: String) -> String? { secret(key)?.dangerouslyRevealedText() }

    func secret(_ key: String) -> Secret? {
        sections.lazy.compactMap { $0[key] }.first { !$0.isEmpty }
    }
}

/// Secrets of email-oauth2-proxy: Fernet, under a key from the password by PBKDF2.
private struct EmailProxyVault: ForeignVault {
    let refreshToken: String?
    let salt: String?
    let iterations: String?
    let clientSecret: Secret?
    let sealedClientSecret: String?
    let obstacle: ImportError?

    var needsPassword: Bool { true }

    func open(_ password: Secret?) throws(ImportError) -> ForeignLogin {
        if let obstacle { throw obstacle }
        guard let password else {
            throw ImportError(
                .wrongPassword, "its tokens are sealed with the password of the mail account")
        }
        guard let salt, let salt = Fernet.salt(salt),
            let iterations = Int64(iterations ?? Self.iterationsOfOldFiles)
        else {
            throw ImportError(.malformed, "its token_salt or token_iterations is not to be read")
        }
        let fernet = try Fernet(password: password, salt: salt, iterations: iterations)
        // As the proxy does it: what stands there readable counts, since a person may have written it.
        var secret = clientSecret
        if secret == nil, let sealedClientSecret { secret = try fernet.open(sealedClientSecret) }
        return try ForeignLogin(
            refreshToken: try fernet.open(refreshToken ?? ""), clientSecret: secret)
    }

    /// Files of before October 2023 do not say it.
    private static let iterationsOfOldFiles = "100000"
}
