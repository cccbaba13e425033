import SesameAudit
import SesameHTTP
import SesameJSON
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@Suite struct `Keys of another service for a token` {
    private static let answer = """
        <AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
          <AssumeRoleWithWebIdentityResult>
            <SubjectFromWebIdentityToken>ada</SubjectFromWebIdentityToken>
            <Audience>cloud</Audience>
            <AssumedRoleUser>
              <Arn>arn:aws:sts::123456789012:assumed-role/deploy/sesame</Arn>
              <AssumedRoleId>AROA1:sesame</AssumedRoleId>
            </AssumedRoleUser>
            <Credentials>
              <SessionToken>session+token/==</SessionToken>
              <SecretAccessKey>secret&amp;key</SecretAccessKey>
              <Expiration>2027-01-15T08:00:00Z</Expiration>
              <AccessKeyId>ASIAPRACTICE</AccessKeyId>
            </Credentials>
            <Provider>https://id.example</Provider>
          </AssumeRoleWithWebIdentityResult>
          <ResponseMetadata><RequestId>ad4156e9</RequestId></ResponseMetadata>
        </AssumeRoleWithWebIdentityResponse>
        """

    private func service(_ status: String, _ body: String) throws -> ScriptedServer {
        try ScriptedServer(
            answer: "HTTP/1.1 \(status)\r\nContent-Type: text/xml\r\nContent-Length: "
                + "\(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)")
    }

    private func rig(allowing service: ScriptedServer) async throws -> Rig {
        let rig = try Rig(
            .unixSocket,
            "[profile cloud]\nissuer = @/rfc\nclient_id = practice-service\n"
                + "grant = client_credentials\nallow = \(try service.url())\n")
        try await rig.give("practice-secret", to: "cloud")
        return rig
    }

    private func ask(_ rig: Rig, at url: String, _ more: String = "") async throws -> RawAnswer {
        try await rig.call(
            "POST", "/profiles/cloud/web-identity",
            #"{"endpoint":"\#(url)","role_arn":"arn:aws:iam::1:role/deploy","session_name":"s"\#(more)}"#
        )
    }

    @Test func `are what the service gives, to whom it is the profile's to ask`() async throws {
        let service = try service("200 OK", Self.answer)
        let rig = try await rig(allowing: service)
        let url = try service.url().description
        let keys = try await ask(rig, at: url, #","duration":900"#)
        #expect(
            keys.text
                == #"{"profile":"cloud","access_key_id":"ASIAPRACTICE","#
                + #""secret_access_key":"secret&key","session_token":"session+token/==","#
                + #""expires_at":"2027-01-15T08:00:00Z"}"#)
        let token = try #require(try await rig.token("cloud").json["access_token"]?.string)
        let request = try #require(service.requests.first)
        #expect(request.line == "POST / HTTP/1.1")
        #expect(request.field("Authorization") == nil)
        #expect(
            String(decoding: request.body, as: UTF8.self)
                == "Action=AssumeRoleWithWebIdentity&Version=2011-06-15"
                + "&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fdeploy&RoleSessionName=s"
                + "&DurationSeconds=900&WebIdentityToken=\(token)")
        let record = try await rig.trail.records(AuditQuery(limit: 100)).map(\.json)
            .first { $0["action"]?.string == "exchange" }
        #expect(record?["destination"]?.string == "http://127.0.0.1:\(service.port)/")
        #expect(
            record?["fingerprint"]?.string == rig.trail.fingerprint(of: Secret(utf8: token)))
    }

    @Test func `are asked for nowhere else`() async throws {
        let service = try service("200 OK", Self.answer)
        let rig = try await rig(allowing: service)
        for url in ["https://sts.amazonaws.com/", "http://127.0.0.1:1/", "nonsense"] {
            #expect(try await ask(rig, at: url).problem == "destination_refused")
        }
        #expect(try await ask(rig, at: "https://a/", #","duration":1"#).problem == "usage")
        #expect(service.requests.isEmpty)
    }

    @Test(arguments: [
        ("400 Bad Request", "InvalidIdentityToken", "server_refused"),
        ("403 Forbidden", "AccessDenied", "server_refused"),
        ("400 Bad Request", "IDPCommunicationError", "temporary"),
        ("503 Service Unavailable", "ServiceUnavailable", "temporary"),
    ])
    func `are not had where it refuses, and its reason is told`(
        status: String, code: String, problem: String
    ) async throws {
        let service = try service(
            status,
            "<ErrorResponse xmlns=\"x\"><Error><Type>Sender</Type><Code>\(code)</Code>"
                + "<Message>not \u{1B}[31mthis</Message></Error><RequestId>1</RequestId></ErrorResponse>"
        )
        let answer = try await ask(rig(allowing: service), at: service.url().description)
        #expect(answer.problem == problem, "\(answer.text)")
        #expect(answer.detail.contains(code) && answer.detail.contains("not \\u{1b}[31mthis"))
    }

    @Test func `are not had where it repeats the token, and that is not shown`() async throws {
        let service = try ScriptedServer { connection in
            guard let request = connection.request() else { return }
            let form = String(decoding: request.body, as: UTF8.self)
            let token = form.split(separator: "WebIdentityToken=").last ?? ""
            let body =
                "<ErrorResponse><Error><Code>No</Code><Message>bad token \(token)</Message></Error></ErrorResponse>"
            connection.write(
                "HTTP/1.1 400 No\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
        }
        let rig = try await rig(allowing: service)
        let answer = try await ask(rig, at: service.url().description)
        let token = try #require(try await rig.token("cloud").json["access_token"]?.string)
        #expect(answer.problem == "server_refused" && !answer.text.contains(token))
    }

    @Test(arguments: [
        "", "<html>", "<a/>", #"{"Credentials":{}}"#,
        answer.split(separator: "ASIAPRACTICE").joined(),
        answer.split(separator: "2027-01-15T08:00:00Z").joined(separator: "soon"),
        answer.split(separator: "<Audience>").joined(separator: "<!-- --><Audience>"),
    ])
    func `are not had where the answer is none`(body: String) async throws {
        let service = try service("200 OK", body)
        let answer = try await ask(rig(allowing: service), at: service.url().description)
        #expect(answer.problem == "temporary", "\(answer.text)")
    }
}
