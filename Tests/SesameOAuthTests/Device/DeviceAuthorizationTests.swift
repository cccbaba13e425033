import SesameHTTP
import SesameOAuth
import SesameSecrets
import TestSupport
import Testing

@Suite struct `A device authorization request` {
    @Test func `names the client and the scope (RFC 8628, section 3.1)`() throws {
        let request = try deviceClient().deviceAuthorizationRequest(
            scope: "example_scope", resource: ["https://api.test/"],
            extraParameters: [("audience", "a")], at: now)
        #expect(request.method == "POST")
        #expect("\(request.url)" == "https://as.test/device_authorization")
        let form = try #require(request.form)
        #expect(form.names == ["scope", "resource", "audience", "client_id"])
        #expect(form["client_id"] == "cli")
        #expect(form["scope"] == "example_scope")
        #expect(form["resource"] == "https://api.test/")
        #expect(request.connection == .fresh)
    }

    @Test func `shows who the client is as at the token endpoint`() throws {
        let client = try deviceClient(ClientSecretBasic(secret: Secret(utf8: "s")))
        let request = try client.deviceAuthorizationRequest(
            scope: nil, resource: [], extraParameters: [], at: now)
        #expect(request.revealed("Authorization") == "Basic Y2xpOnM=")
    }

    @Test func `is not made for a server without that endpoint`() throws {
        let client = try SesameOAuthTests.client(ScriptedTransport([]))
        #expect(
            code {
                () throws(OAuthError) in
                _ = try client.deviceAuthorizationRequest(
                    scope: nil, resource: [], extraParameters: [], at: now)
            } == .invalidMetadata)
    }

    @Test(arguments: ["client_id", "device_code", "scope", "grant_type"])
    func `takes no extra parameter that is the protocol's`(name: String) throws {
        let client = try deviceClient()
        #expect(
            code { () throws(OAuthError) in
                _ = try client.deviceAuthorizationRequest(
                    scope: "read", resource: [], extraParameters: [(name, "x")], at: now)
            } == .badParameter)
    }
}

@Suite struct `A device authorization response` {
    @Test func `is read as RFC 8628, section 3.2 has it`() throws {
        let response = try deviceAuthorization(
            """
            {"device_code":"GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS","user_code":"WDJB-MJHT",
            "verification_uri":"https://example.com/device",
            "verification_uri_complete":"https://example.com/device?user_code=WDJB-MJHT",
            "expires_in":1800,"interval":5}
            """)
        #expect(response.userCode == "WDJB-MJHT")
        #expect("\(response.verificationURI)" == "https://example.com/device")
        #expect(
            response.verificationURIComplete?.description
                == "https://example.com/device?user_code=WDJB-MJHT")
        #expect(response.expiresIn == 1800)
        #expect(response.interval == 5)
    }

    @Test(arguments: ["device_code", "user_code", "verification_uri", "expires_in"])
    func `D-1: needs each of its required members`(name: String) throws {
        for value in [nil, "null", "7.5", "[]", #""""#] {
            #expect(refusal(changing: name, to: value) == .badResponse, "\(value ?? "missing")")
        }
    }

    @Test func `D-1: has an interval of five seconds where it names none`() throws {
        for value in [nil, "null", "0", "-1", #""-7""#, #""5""#, "5.0"] {
            #expect(try deviceAuthorization(changed("interval", value)).interval == 5)
        }
        #expect(try deviceAuthorization(changed("interval", "1")).interval == 1)
    }

    @Test(arguments: [
        "1000000000", "9223372036854775807", "1800", "1e400", "{}", #""soon""#, "true",
    ])
    func `D-1: is refused with an interval that nobody could keep`(interval: String) {
        #expect(refusal(changing: "interval", to: interval) == .badResponse)
    }

    @Test(arguments: ["0", "-1", "-9223372036854775808", #""never""#])
    func `is refused when its codes have ended already`(lifetime: String) {
        #expect(refusal(changing: "expires_in", to: lifetime) == .badResponse)
    }

    @Test(arguments: [
        #""\u001b[2J\u001b[31mFAKE""#, #""A\nB""#, #""A\u0000""#, #""\u202eTHJM""#, #""ВДЖБ""#,
        #"" AB""#, #""AB ""#, "12345678", #"["A"]"#,
    ])
    func `D-7: is refused with a user_code that cannot be shown and typed`(code: String) {
        #expect(refusal(changing: "user_code", to: code) == .badResponse)
    }

    @Test func `D-7: is refused with a user_code of ten kilobytes`() throws {
        let code = String(repeating: "A", count: 10_240)
        #expect(refusal(changing: "user_code", to: "\"\(code)\"") == .badResponse)
        let longest = String(code.prefix(64))
        #expect(
            try deviceAuthorization(changed("user_code", "\"\(longest)\"")).userCode == longest)
    }

    @Test(arguments: [
        "javascript:alert(1)", "http://as.test/device", "file:///etc/passwd", "data:text/html,x",
        "//as.test/device", "https://a b/", "https://user@as.test/", #"https:\\/\\/as.test"#,
        "https://as.test/\\u001b[31m", "http://127.0.0.1:9/device", "http://localhost/device",
    ])
    func `D-7: is refused with a verification_uri that is no plain https`(uri: String) {
        #expect(refusal(changing: "verification_uri", to: "\"\(uri)\"") == .badResponse)
    }

    @Test(arguments: [
        "javascript:alert(1)", "https://evil.test/device?user_code=A", "http://example.com/device",
    ])
    func `D-8: drops a verification_uri_complete that leads elsewhere`(uri: String) throws {
        let response = try deviceAuthorization(changed("verification_uri_complete", "\"\(uri)\""))
        #expect(response.verificationURIComplete == nil)
    }

    /// Its endpoint is older than the RFC.
    @Test func `may say verification_url, as Google's does`() throws {
        let text =
            changed("verification_uri", nil).dropLast()
            + #","verification_url":"https://g.test/device"}"#
        #expect(
            "\(try deviceAuthorization(String(text)).verificationURI)" == "https://g.test/device")
    }

    @Test func `is an error when it says one, at any status`() throws {
        for status in [200, 400, 401] {
            let response = HTTPResponse.json(#"{"error":"unauthorized_client"}"#, status: status)
            #expect(
                code { () throws(OAuthError) in _ = try parseDevice(response) } == .clientRejected)
        }
        let page = HTTPResponse.content("<p>log in", type: "text/html")
        #expect(code { () throws(OAuthError) in _ = try parseDevice(page) } == .temporary)
    }

    @Test func `D-9: shows its device code nowhere`() throws {
        let response = try deviceAuthorization(changed("user_code", #""UC""#))
        #expect(!"\(response)".contains("DC-secret"))
        #expect(!String(reflecting: response).contains("DC-secret"))
        var shown = ""
        dump(response, to: &shown)
        #expect(!shown.contains("DC-secret"))
    }

    /// Every member in its place, then with damage of all kinds: an error or an answer, never a trap.
    @Test func `survives ten thousand mutations`() throws {
        var numbers = SeededNumbers(state: 8628)
        for _ in 0..<10_000 {
            let bytes = numbers.mutated(Array(whole.utf8))
            var fields = HTTPFields()
            fields.set("Content-Type", "application/json")
            let response = HTTPResponse(status: 200, fields: fields, body: Secret(copying: bytes))
            guard let read = try? parseDevice(response) else { continue }
            #expect(read.interval > 0 && read.interval < read.expiresIn)
            #expect(read.userCode.utf8.allSatisfy { (0x20...0x7E).contains($0) })
            #expect(read.verificationURI.isSecure)
        }
    }

    private func refusal(changing name: String, to value: String?) -> OAuthError.Code? {
        code { () throws(OAuthError) in
            _ = try parseDevice(.json(changed(name, value)))
        }
    }
}

private let members = [
    ("device_code", #""DC-secret""#), ("user_code", #""WDJB-MJHT""#),
    ("verification_uri", #""https://example.com/device""#),
    ("verification_uri_complete", #""https://example.com/device?user_code=WDJB-MJHT""#),
    ("expires_in", "1800"), ("interval", "5"),
]

private let whole = changed("none", nil)

/// The usual answer with one member changed, or, with `nil`, without it.
private func changed(_ name: String, _ value: String?) -> String {
    let texts = members.compactMap { member, usual in
        member != name ? "\"\(member)\":\(usual)" : value.map { "\"\(member)\":\($0)" }
    }
    return "{" + texts.joined(separator: ",") + "}"
}

func parseDevice(_ response: HTTPResponse) throws(OAuthError) -> DeviceAuthorizationResponse {
    guard let endpoint = HTTPURL("https://as.test/token") else {
        throw OAuthError(.unsafeEndpoint, "no URL")
    }
    return try DeviceAuthorizationResponse.parse(response, for: endpoint)
}

func deviceAuthorization(_ text: String) throws(OAuthError) -> DeviceAuthorizationResponse {
    try parseDevice(.json(text))
}

/// A client of a server that has device codes.
func deviceClient(
    _ authentication: any ClientAuthentication = NoClientAuthentication(),
    over transport: any HTTPTransport = ScriptedTransport([]),
    token: String = "https://as.test/token"
) throws -> OAuthClient {
    var server = try server(token: token)
    server.deviceAuthorizationEndpoint = try url("https://as.test/device_authorization")
    return OAuthClient(
        server: server, clientID: "cli", authentication: authentication, transport: transport)
}
