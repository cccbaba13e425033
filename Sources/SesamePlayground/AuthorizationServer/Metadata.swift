import SesameHTTP
import SesameHTTPServer
import SesameJSON

extension Issuer {
    /// The metadata document (RFC 8414, section 2), the same in both forms.
    func metadata(_ exchange: Exchange) -> ServerResponse {
        let issuer = exchange.issuer
        var members: [(String, JSONValue)] = [
            ("issuer", .string(issuer)),
            ("authorization_endpoint", .string(issuer + "/authorize")),
            ("token_endpoint", .string(issuer + "/token")),
            ("revocation_endpoint", .string(issuer + "/revoke")),
            ("response_types_supported", .strings(["code"])),
            ("response_modes_supported", .strings(["query"])),
            (
                "grant_types_supported",
                .strings(
                    [
                        "authorization_code", "refresh_token", "client_credentials",
                        Self.exchangeGrant, Self.jwtBearerGrant,
                    ]
                        + (scenario.offersDeviceCodes ? [Self.deviceGrant] : []))
            ),
            (
                "token_endpoint_auth_methods_supported",
                .strings([
                    "none", "client_secret_basic", "client_secret_post", "client_secret_jwt",
                    "private_key_jwt",
                ])
            ),
            (
                "token_endpoint_auth_signing_alg_values_supported",
                .strings(scenario.signingAlgorithms)
            ),
            ("request_parameter_supported", .bool(true)),
            (
                "request_object_signing_alg_values_supported", .strings(requestObjectAlgorithms)
            ),
            ("code_challenge_methods_supported", .strings(["S256"])),
            ("scopes_supported", .strings(scenario.scopes)),
        ]
        if scenario.takesPushedRequestsOnly {
            members.append(("pushed_authorization_request_endpoint", .string(issuer + "/par")))
            members.append(("require_pushed_authorization_requests", .bool(true)))
        }
        if scenario.takesSignedRequestsOnly {
            members.append(("require_signed_request_object", .bool(true)))
        }
        if let rule = scenario.proofs {
            members.append(("dpop_signing_alg_values_supported", .strings(rule.algorithms)))
        }
        if scenario.offersDeviceCodes {
            members.append(
                ("device_authorization_endpoint", .string(issuer + "/device_authorization")))
        }
        if scenario.registersClients {
            members.append(("registration_endpoint", .string(issuer + "/register")))
        }
        if scenario.sendsIssuer {
            members.append(("authorization_response_iss_parameter_supported", .bool(true)))
        }
        var response = ServerResponse.json(200, .object(members))
        response.fields.set("Cache-Control", "no-cache")
        return response
    }
}

extension Scenario {
    /// Whether metadata is served at a path below the issuer, or (`isInFront`) in front of it.
    func servesMetadata(_ document: String, isInFront: Bool) -> Bool {
        switch (document, isInFront) {
        case ("oauth-authorization-server", true): discovery == .oauth || discovery == .both
        case ("openid-configuration", false): discovery == .openID || discovery == .both
        default: false
        }
    }
}

extension JSONValue {
    /// An array of texts.
    static func strings(_ texts: [String]) -> JSONValue { .array(texts.map(JSONValue.string)) }
}
