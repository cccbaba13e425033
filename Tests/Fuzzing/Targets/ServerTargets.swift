import SesameHTTP
import SesameJSON
import SesameSecrets
import SesameSystem

@testable import SesameOAuth

extension FuzzTarget {
    /// An answer of a token endpoint, whose first byte chooses status and type, gives no token that cannot be used.
    static let tokenResponse = FuzzTarget(
        "token-response",
        seeds: [
            #"\#0{"access_token":"abc","token_type":"Bearer","expires_in":3600,"refresh_token":"def","scope":"a b"}"#,
            "\u{5}access_token=abc&token_type=bearer&expires_in=10&refresh_expires_in=0",
            #"\#u{1}{"error":"invalid_grant","error_description":"over"}"#,
        ]
    ) { bytes throws(Violation) in
        guard bytes.count > 0 else { return }
        let choice = Int(bytes[0])
        var response = HTTPResponse(
            status: statuses[choice % statuses.count],
            body: Secret(copying: bytes.extracting(1..<bytes.count)))
        response.fields.set("Content-Type", types[choice / statuses.count % types.count])
        let now = Timestamp(seconds: 1_800_000_000)
        guard let answer = try? TokenResponse.parse(response, receivedAt: now) else { return }
        try require((200..<300).contains(response.status), "a token at status \(response.status)")
        try require(isToken68(answer.accessToken.value), "a token that fits no field")
        try require(answer.refreshToken?.isEmpty != true, "an empty refresh token")
        let tenYears: Int64 = 10 * 365 * 86_400
        try require(
            answer.accessToken.expiresAt.map {
                (now...now.adding(seconds: tenYears)).contains($0)
            } ?? true, "an end that lies too far away")
        try require(
            (0...tenYears).contains(answer.refreshTokenExpiresIn ?? 0), "an endless refresh token")
    }

    /// Metadata that are believed have safe endpoints and the issuer that was asked.
    static let metadata = FuzzTarget(
        "metadata",
        seeds: [
            #"{"issuer":"https://id.example","authorization_endpoint":"https://id.example/a","token_endpoint":"https://id.example/t","jwks_uri":"https://id.example/k","token_endpoint_auth_methods_supported":["none"],"code_challenge_methods_supported":["S256"]}"#,
            #"{"issuer":"https://id.example","token_endpoint":"http://other.example/t","require_pushed_authorization_requests":true}"#,
        ]
    ) { bytes throws(Violation) in
        guard let json = try? JSON(parsing: Secret(copying: bytes)),
            let server = try? AuthorizationServer(
                metadata: json, expectedIssuer: "https://id.example")
        else { return }
        try require(server.issuer == "https://id.example", "another issuer")
        let endpoints = [
            server.authorizationEndpoint, server.tokenEndpoint, server.revocationEndpoint,
            server.deviceAuthorizationEndpoint, server.introspectionEndpoint,
            server.pushedAuthorizationRequestEndpoint, server.registrationEndpoint, server.jwksURI,
        ]
        for endpoint in endpoints.compactMap(\.self) {
            try require(endpoint.isSecure && endpoint.fragment == nil, "\(endpoint) is not safe")
        }
    }

    private static let statuses = [200, 400, 401, 500, 201]
    private static let types = [
        "application/json", "application/x-www-form-urlencoded", "text/html",
    ]
}
