import SesameJSON

extension SuiteModule {
    /// The plan `oidcc-client-basic-certification-test-plan`.
    static let basic: [SuiteModule] = [
        SuiteModule("oidcc-client-test", .basic, "everything by the book"),
        SuiteModule(
            "oidcc-client-test-invalid-iss", .basic, "the ID token names another issuer",
            .reject, .tokenAnswer, [.claim("iss", .value("https://evil.test"))]),
        SuiteModule(
            "oidcc-client-test-missing-sub", .basic, "the ID token has no `sub`",
            .reject, .tokenAnswer, [.claim("sub", .missing)]),
        SuiteModule(
            "oidcc-client-test-invalid-aud", .basic, "the ID token is for another client",
            .reject, .tokenAnswer, [.claim("aud", .value("another-client"))]),
        SuiteModule(
            "oidcc-client-test-missing-iat", .basic, "the ID token has no `iat`",
            .reject, .tokenAnswer, [.claim("iat", .missing)]),
        SuiteModule(
            "oidcc-client-test-kid-absent-single-jwks", .basic,
            "the ID token names no key, and there is one", .accept, .tokens, [.namesNoKey]),
        SuiteModule(
            "oidcc-client-test-kid-absent-multiple-jwks", .basic,
            "the ID token names no key, and several fit", .either, .tokens,
            [.namesNoKey, .keys(.several)]),
        SuiteModule(
            "oidcc-client-test-idtoken-sig-rs256", .basic, "the ID token is signed by RS256"),
        SuiteModule(
            "oidcc-client-test-idtoken-sig-none", .basic,
            "the ID token is not signed (`alg` is `none`)", .either, .tokenAnswer,
            [.signature(.none)]),
        SuiteModule(
            "oidcc-client-test-invalid-sig-rs256", .basic,
            "the signature of the ID token is wrong", .reject, .tokenAnswer,
            [.signature(.wrong)]),
        SuiteModule(
            "oidcc-client-test-nonce-invalid", .basic, "the ID token has another `nonce`",
            .reject, .tokenAnswer, [.claim("nonce", .value("another-nonce"))]),
        SuiteModule(
            "oidcc-client-test-client-secret-basic", .basic,
            "the client has to authenticate by HTTP Basic"),
    ]

    /// Modules of the suite that no certification plan for a code flow names.
    static let beyond: [SuiteModule] = [
        SuiteModule(
            "oidcc-client-test-missing-aud", .more, "the ID token has no `aud`",
            .reject, .tokenAnswer, [.claim("aud", .missing)]),
        SuiteModule(
            "oidcc-client-test-invalid-sig-es256", .more,
            "the signature of the ID token by ES256 is wrong", .reject, .tokenAnswer,
            [.signature(.wrongES256)]),
        SuiteModule(
            "oidcc-client-test-invalid-sig-hs256", .more,
            "the ID token has a wrong code by HMAC", .reject, .tokenAnswer,
            [.signature(.wrongHS256)]),
        SuiteModule(
            "oidcc-client-test-invalid-athash", .more,
            "`at_hash` belongs to another access token", .reject, .tokenAnswer,
            [.claim("at_hash", .value("77QmUPtjPfzWtF2AnpK9RQ"))]),
        SuiteModule(
            "oidcc-client-test-missing-athash", .more,
            "there is no `at_hash`, which a code flow need not have", .accept, .tokens,
            [.claim("at_hash", .missing)]),
        SuiteModule(
            "oidcc-client-test-invalid-chash", .more, "`c_hash` belongs to another code",
            .reject, .tokenAnswer, [.claim("c_hash", .value("LDktKdoQak3Pk0cnXxCltA"))]),
        SuiteModule(
            "oidcc-client-test-missing-chash", .more,
            "there is no `c_hash`, which a code flow need not have", .accept, .tokens,
            [.claim("c_hash", .missing)]),
        SuiteModule(
            "oidcc-client-test-nonce-unless-code-flow", .more,
            "a `nonce` is demanded, which a code flow need not have"),
    ]

    /// The plan `oidcc-client-config-certification-test-plan`.
    static let configuration: [SuiteModule] = [
        SuiteModule(
            "oidcc-client-test-discovery-openid-config", .configuration,
            "the endpoints are found in the metadata alone"),
        SuiteModule(
            "oidcc-client-test-discovery-jwks-uri-keys", .configuration,
            "the keys are at an address that only the metadata name, among others",
            .accept, .tokens, [.keys(.decoys)]),
        SuiteModule(
            "oidcc-client-test-discovery-issuer-mismatch", .configuration,
            "the metadata name another issuer", .reject, .discovery, [.issuerSuffix("/another")]),
        SuiteModule(
            "oidcc-client-test-signing-key-rotation-just-before-signing", .configuration,
            "the key changes after its set was read", .accept, .tokens,
            [.newKey(.justBeforeSigning)]),
        SuiteModule(
            "oidcc-client-test-signing-key-rotation", .configuration,
            "the key changes between two logins", .accept, .tokens, [.newKey(.betweenLogins)]),
    ]

    /// The plan `oidcc-client-formpost-basic-certification-test-plan`, whose modules are those of Basic RP with
    /// answers that the browser posts; here with the end that tells them apart.
    static let formPost: [SuiteModule] = [
        SuiteModule(
            "oidcc-client-formpost-test", .formPost, "the callback is a form that is posted"),
        SuiteModule(
            "oidcc-client-formpost-test-invalid-iss", .formPost,
            "the same, and the ID token names another issuer", .reject, .tokenAnswer,
            [.claim("iss", .value("https://evil.test"))]),
        SuiteModule(
            "oidcc-client-formpost-test-nonce-invalid", .formPost,
            "the same, and the ID token has another `nonce`", .reject, .tokenAnswer,
            [.claim("nonce", .value("another-nonce"))]),
        SuiteModule(
            "oidcc-client-test-form-post-error", .formPost,
            "an error is posted, which has to be shown", .reject, .callback,
            [.error("login_required")]),
    ]

    /// The plan `oidcc-client-refreshtoken-test-plan`.
    static let refresh: [SuiteModule] = [
        SuiteModule(
            "oidcc-client-test-refresh-token", .refresh,
            "a renewal brings an ID token of the same person"),
        SuiteModule(
            "oidcc-client-test-refresh-token-invalid-issuer", .refresh,
            "the ID token of a renewal names another issuer", .reject, .renewal,
            [.renewedClaim("iss", .value("https://evil.test"))]),
        SuiteModule(
            "oidcc-client-test-refresh-token-invalid-sub", .refresh,
            "the ID token of a renewal names another person", .reject, .renewal,
            [.renewedClaim("sub", .value("another-person"))]),
    ]
}
