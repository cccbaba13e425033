extension SuiteModule {
    /// Modules that are not played here, each with the reason.
    package static let leftOut: [(names: [String], reason: String)] = [
        (
            [
                "oidcc-client-test-userinfo-invalid-sub",
                "oidcc-client-test-userinfo-bearer-header",
                "oidcc-client-test-userinfo-bearer-body", "oidcc-client-test-userinfo-signed",
                "oidcc-client-test-scope-userinfo-claims", "oidcc-client-test-aggregated-claims",
                "oidcc-client-test-distributed-claims",
            ], "Sesame asks no UserInfo endpoint"
        ),
        (
            [
                "oidcc-client-test-request-uri-signed-none",
                "oidcc-client-test-request-uri-signed-rs256",
            ],
            "Sesame pushes and signs requests (RFC 9126, RFC 9101), and never points to one of its own"
        ),
        (["oidcc-client-test-3rd-party-init-login"], "nobody can start a login from outside"),
        (
            [
                "oidcc-client-test-discovery-webfinger-acct",
                "oidcc-client-test-discovery-webfinger-url",
            ], "the issuer is written down, not looked up"
        ),
        (
            [
                "oidcc-client-test-dynamic-registration", "oidcc-client-test-mtls-endpoint-aliases",
                "fapi2-security-profile-final-client-test-happy-path",
                "fapi2-security-profile-final-client-test-rs-dpop-auth-scheme-case-insensitivity",
            ], "these servers know neither registration nor bound tokens"
        ),
        (
            ["fapi2-security-profile-final-client-test-invalid-openbanking-intent-id"],
            "for the profile of the United Kingdom only"
        ),
    ]
}
