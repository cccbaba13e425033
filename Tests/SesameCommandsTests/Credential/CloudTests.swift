import SesameCommands
import SesameSecrets
import Testing

@Suite struct `sesame credential google` {
    /// The header `{"alg":"RS256"}`, and the claims `{"sub":"ada"}`.
    static let webToken = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl"

    private func stage(_ token: String, expiry: String = #""2027-01-15T08:00:00Z""#) -> Stage {
        Stage([
            (
                200,
                #"{"profile":"g","access_token":"\#(token)","token_type":"Bearer","expires_at":\#(expiry)}"#
            )
        ])
    }

    @Test(arguments: [nil, "jwt", "id_token"])
    func `answers with a token that is a JWT`(type: String?) {
        var stage = stage(Self.webToken)
        stage.environment["GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE"] = type.map {
            "urn:ietf:params:oauth:token-type:\($0)"
        }
        #expect(stage.run("credential", "google", "g") == 0)
        #expect(
            stage.output
                == #"{"version":1,"success":true,"token_type":"urn:ietf:params:oauth:token-type:\#(type ?? "jwt")","#
                + #""id_token":"\#(Self.webToken)","expiration_time":1800000000}"# + "\n")
    }

    @Test func `leaves the end out where none is known`() {
        let stage = stage(Self.webToken, expiry: "null")
        #expect(stage.run("credential", "google", "g") == 0)
        #expect(!stage.output.contains("expiration_time"))
    }

    @Test(arguments: [
        "opaque", "a.b", "a.b.c", "..", "eyJhbGciOiJSUzI1NiJ9..c2ln", "e30.e30.c2ln",
        "eyJhbGciOiJSUzI1NiJ9.W10.c2ln", "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEifQ.",
        "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2ln.x",
        "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2l=",
    ])
    func `says in Google's shape that a token is none`(token: String) {
        let stage = stage(token)
        #expect(stage.run("credential", "google", "g") == 7)
        #expect(
            stage.output
                == #"{"version":1,"success":false,"code":"server_refused","#
                + #""message":"the access token of profile g is no JSON Web Token"}"# + "\n")
        #expect(stage.errors.hasPrefix("sesame: the access token of profile g"))
    }

    @Test func `says in Google's shape what else is wrong`() {
        let ended = Stage([(409, #"{"code":"login_required","detail":"it has ended"}"#)])
        #expect(ended.run("credential", "google", "g") == 3)
        #expect(
            ended.output
                == #"{"version":1,"success":false,"code":"login_required","message":"it has ended"}"#
                + "\n")
        var saml = stage(Self.webToken)
        saml.environment["GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE"] =
            "urn:ietf:params:oauth:token-type:saml2"
        #expect(saml.run("credential", "google", "g") == 2)
        #expect(saml.output.contains(#""success":false"#) && saml.broker.requests.isEmpty)
    }

    @Test func `is not stopped by dots without end`() {
        let dots = String(repeating: ".", count: 1_000_000)
        #expect(stage(dots).run("credential", "google", "g") == 7)
    }
}

@Suite struct `sesame credential sasl` {
    private func stage() -> Stage {
        Stage([(200, #"{"profile":"m","access_token":"vF9dft4qmTc2","token_type":"Bearer"}"#)])
    }

    private func decoded(_ text: String) -> String {
        let bare = text.prefix { $0 != "=" && $0 != "\n" }
        let bytes = Array(bare.utf8)
        return Base64.decodeUnpadded(bytes.span)?.dangerouslyRevealedText() ?? "no base64"
    }

    @Test(arguments: ["XOAUTH2", "xoauth2"])
    func `prints Google's and Microsoft's response`(mechanism: String) {
        let stage = stage()
        let code = stage.run(
            "credential", "sasl", "m", "--mechanism", mechanism, "--user", "ada@example.org")
        #expect(code == 0)
        #expect(
            decoded(stage.output)
                == "user=ada@example.org\u{1}auth=Bearer vF9dft4qmTc2\u{1}\u{1}")
        #expect(stage.output.hasSuffix("\n") && stage.errors == "")
    }

    /// RFC 7628, section 4.1 has this example.
    @Test func `prints the response of RFC 7628`() {
        let stage = stage()
        let code = stage.run(
            "credential", "sasl", "m", "--mechanism", "OAUTHBEARER", "--user", "user@example.com",
            "--host", "server.example.com", "--port", "143")
        #expect(code == 0)
        #expect(
            decoded(stage.output)
                == "n,a=user@example.com,\u{1}host=server.example.com\u{1}port=143\u{1}"
                + "auth=Bearer vF9dft4qmTc2\u{1}\u{1}")
    }

    @Test func `escapes what would divide a name`() {
        let stage = stage()
        let code = stage.run(
            "credential", "sasl", "m", "--mechanism", "OAUTHBEARER", "--user", "a=b,c")
        #expect(code == 0)
        #expect(decoded(stage.output).hasPrefix("n,a=a=3Db=2Cc,\u{1}auth=Bearer "))
    }

    @Test(arguments: [
        [], ["--user", "a"], ["--mechanism", "PLAIN", "--user", "a"], ["--mechanism", "XOAUTH2"],
        ["--mechanism", "XOAUTH2", "--user", ""], ["--mechanism", "XOAUTH2", "--user", "a\u{1}b"],
        ["--mechanism", "OAUTHBEARER", "--user", "a", "--host", "h\u{1}auth=x"],
        ["--mechanism", "OAUTHBEARER", "--user", "a", "--port", "0"],
        ["--mechanism", "XOAUTH2", "--user", "a", "--host", "h"],
    ])
    func `refuses what makes no response`(options: [String]) {
        let stage = stage()
        #expect(stage.run(["credential", "sasl", "m"] + options) == 2)
        #expect(stage.output == "" && stage.broker.requests.isEmpty)
    }

    @Test func `sends no token with a control character`() {
        let stage = Stage([
            (200, #"{"profile":"m","access_token":"a\u0001b","token_type":"Bearer"}"#)
        ])
        let code = stage.run("credential", "sasl", "m", "--mechanism", "XOAUTH2", "--user", "a")
        #expect(code == 7 && stage.output == "")
    }
}

@Suite struct `sesame credential aws` {
    private static let keys =
        #"{"profile":"c","access_key_id":"ASIA1","secret_access_key":"key","session_token":"session","#
        + #""expires_at":"2027-01-15T08:00:00Z"}"#
    private static let role = "arn:aws:iam::123456789012:role/deploy"

    @Test func `answers as a credential process`() {
        let stage = Stage([(200, Self.keys)])
        #expect(stage.run("credential", "aws", "c", "--role-arn", Self.role) == 0)
        #expect(
            stage.output
                == #"{"Version":1,"AccessKeyId":"ASIA1","SecretAccessKey":"key","#
                + #""SessionToken":"session","Expiration":"2027-01-15T08:00:00Z"}"# + "\n")
        #expect(
            stage.broker.requests == [
                #"POST /v1/profiles/c/web-identity {"endpoint":"https://sts.amazonaws.com/","#
                    + #""role_arn":"\#(Self.role)","session_name":"sesame","duration":null}"#
            ])
    }

    @Test func `hands its options over`() {
        let stage = Stage([(200, Self.keys)])
        let code = stage.run(
            "credential", "aws", "c", "--role-arn", Self.role, "--endpoint", "https://sts.example/",
            "--session-name", "ci", "--duration", "900")
        #expect(code == 0)
        #expect(stage.broker.requests[0].contains(#""endpoint":"https://sts.example/""#))
        #expect(stage.broker.requests[0].hasSuffix(#""session_name":"ci","duration":900}"#))
    }

    @Test(arguments: [
        [], ["--role-arn", "deploy"], ["--role-arn", "arn:a b"],
        ["--role-arn", role, "--session-name", "x"], ["--role-arn", role, "--duration", "899"],
    ])
    func `refuses what is no wish for a role`(options: [String]) {
        let stage = Stage([(200, Self.keys)])
        #expect(stage.run(["credential", "aws", "c"] + options) == 2)
        #expect(stage.output == "" && stage.broker.requests.isEmpty)
    }

    /// Failures may be logged by AWS's tools.
    @Test func `says why there are no keys on standard error only`() {
        let stage = Stage([(502, #"{"code":"server_refused","detail":"AccessDenied"}"#)])
        #expect(stage.run("credential", "aws", "c", "--role-arn", Self.role) == 7)
        #expect(stage.output == "" && stage.errors.contains("AccessDenied"))
    }
}
