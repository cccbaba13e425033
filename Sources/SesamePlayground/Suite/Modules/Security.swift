import SesameJSON

extension SuiteModule {
    /// The plan `fapi2-security-profile-final-client-test-plan`, without what tokens are bound to.
    static let security: [SuiteModule] = [
        fapi("happy-path-no-dpop-nonce", "everything by the book"),
        fapi(
            "discovery-issuer-mismatch", "the metadata name another issuer",
            .reject, .discovery, [.issuerSuffix("/another")]),
        fapi(
            "invalid-iss", "the ID token names another issuer", .reject, .tokenAnswer,
            [.claim("iss", .value("https://evil.test"))]),
        fapi(
            "invalid-aud", "the ID token is for another client", .reject, .tokenAnswer,
            [.claim("aud", .value("another-client"))]),
        fapi(
            "invalid-secondary-aud", "the ID token is for another client, too", .reject,
            .tokenAnswer, [.claim("aud", .value(.strings([SuiteIssuer.clientID, "another"])))]),
        fapi(
            "valid-aud-as-array", "`aud` is a list with one entry", .accept, .tokens,
            [.claim("aud", .value(.strings([SuiteIssuer.clientID])))]),
        fapi(
            "invalid-null-alg", "the ID token is not signed (`alg` is `none`)", .reject,
            .tokenAnswer, [.signature(.none)]),
        fapi(
            "invalid-alternate-alg", "the signature is right, by an algorithm not announced",
            .reject, .tokenAnswer, [.signature(.byAnother)]),
        fapi(
            "invalid-expired-exp", "the ID token expired six minutes ago", .reject, .tokenAnswer,
            [.claim("exp", .seconds(-360))]),
        fapi(
            "invalid-missing-exp", "the ID token has no `exp`", .reject, .tokenAnswer,
            [.claim("exp", .missing)]),
        fapi(
            "invalid-missing-aud", "the ID token has no `aud`", .reject, .tokenAnswer,
            [.claim("aud", .missing)]),
        fapi(
            "invalid-missing-iss", "the ID token has no `iss`", .reject, .tokenAnswer,
            [.claim("iss", .missing)]),
        fapi(
            "invalid-nonce", "the ID token has another `nonce`", .reject, .tokenAnswer,
            [.claim("nonce", .value("another-nonce"))]),
        fapi(
            "invalid-missing-nonce", "the ID token has no `nonce`", .reject, .tokenAnswer,
            [.claim("nonce", .missing)]),
        fapi(
            "invalid-authorization-response-iss", "the callback names another issuer", .reject,
            .callback, [.callback("iss", .value("https://evil.test"))]),
        fapi(
            "remove-authorization-response-iss", "the callback has no `iss`, which was announced",
            .reject, .callback, [.callback("iss", .missing)]),
        fapi(
            "ensure-authorization-response-with-invalid-state-fails",
            "the callback has another `state`", .reject, .forgedCallback,
            [.callback("state", .value("another-state"))]),
        fapi(
            "ensure-authorization-response-with-invalid-missing-state-fails",
            "the callback has no `state`", .reject, .forgedCallback,
            [.callback("state", .missing)]),
        fapi(
            "token-endpoint-response-without-expires_in", "the answer does not say how long",
            .accept, .tokens, [.answer("expires_in", nil)]),
        fapi(
            "token-type-case-insensitivity", "the token type is `bEARER`", .accept, .tokens,
            [.answer("token_type", "bEARER")]),
        fapi(
            "client-refresh-token-test",
            "the first renewal gives another refresh token, which the second needs"),
    ]

    /// What the plan `fapi2-message-signing-final-client-test-plan` adds for signed responses.
    static let signed: [SuiteModule] = [
        jarm("happy-path", "the callback is one signed text"),
        jarm(
            "ensure-jarm-without-iss-fails", "it does not say whose it is", .reject, .callback,
            [.responseClaim("iss", .missing)]),
        jarm(
            "ensure-jarm-with-invalid-iss-fails", "it names another issuer", .reject, .callback,
            [.responseClaim("iss", .value("https://evil.test"))]),
        jarm(
            "ensure-jarm-without-aud-fails", "it does not say for whom it is", .reject, .callback,
            [.responseClaim("aud", .missing)]),
        jarm(
            "ensure-jarm-with-invalid-aud-fails", "it is for another client", .reject, .callback,
            [.responseClaim("aud", .value("another-client"))]),
        jarm(
            "ensure-jarm-without-exp-fails", "it does not say when it ends", .reject, .callback,
            [.responseClaim("exp", .missing)]),
        jarm(
            "ensure-jarm-with-expired-exp-fails", "it has expired", .reject, .callback,
            [.responseClaim("exp", .seconds(-360))]),
        jarm(
            "ensure-jarm-with-invalid-sig-fails", "its signature is wrong", .reject, .callback,
            [.signature(.wrong)]),
        jarm(
            "ensure-jarm-signature-is-not-none", "it is not signed (`alg` is `none`)", .reject,
            .callback, [.signature(.none)]),
    ]

    private static func fapi(
        _ name: String, _ does: String, _ demand: Demand = .accept, _ end: End = .tokens,
        _ tricks: [Trick] = []
    ) -> SuiteModule {
        SuiteModule(
            "fapi2-security-profile-final-client-test-" + name, .security, does, demand, end,
            tricks)
    }

    private static func jarm(
        _ name: String, _ does: String, _ demand: Demand = .accept, _ end: End = .tokens,
        _ tricks: [Trick] = []
    ) -> SuiteModule {
        SuiteModule(
            "fapi2-message-signing-final-client-test-" + name, .messageSigning, does, demand, end,
            tricks)
    }
}
