import SesameJSON
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@Suite struct `The doctor` {
    private struct Answer: Sendable, CustomStringConvertible {
        let status: Int
        let type: String
        let body: String
        var fields = "{}"
        var description: String { "\(status) \(body.prefix(40))" }

        var fault: String {
            let quoted = JSONText.quoted(body)
            return
                #""answer":{"status":\#(status),"content_type":"\#(type)","body":\#(quoted),"fields":\#(fields)}"#
        }
    }

    @Test func `finds a sound profile sound`() async throws {
        let practice = try await PracticeContacts()
        defer { practice.broker.kill() }
        let told = try await practice.sesame.run("doctor", "aivie")
        let lines = told.split(separator: "\n")
        #expect(lines.allSatisfy { $0.hasPrefix("ok       ") }, "\(told)")
        #expect(lines.count == 10)
        #expect(told.contains("credential: it knows you as Ada Admin, with the role Administrator"))
        #expect(told.contains("version: it is Mautic 7.0.0"))
        #expect(try await practice.count("contacts") == 0, "nothing was made")
    }

    @Test(arguments: [
        (
            Answer(
                status: 301, type: "text/html", body: "",
                fields: #"{"Location":"https://acme.example/mautic/api/users/self"}"#),
            "base_url: the server redirects instead of answering (HTTP 301)",
            "set base_url to https://acme.example/mautic"
        ),
        (
            Answer(status: 200, type: "text/html", body: "<title>Log in</title>"),
            "base_url: what answers there is no Mautic's API", "check base_url"
        ),
        (
            Answer(
                status: 403, type: "application/json",
                body: #"{"errors":[{"message":"API disabled.","code":403,"type":"api_disabled"}]}"#),
            "api: the API is switched off in this Mautic", "set “API enabled?” to Yes"
        ),
        (
            Answer(
                status: 401, type: "application/json",
                body:
                    #"{"errors":[{"message":"API authorization denied.","code":401,"type":"access_denied"}]}"#
            ),
            "credential: the server saw no valid credential", "may remove the Authorization header"
        ),
        (
            Answer(
                status: 403, type: "application/json",
                body:
                    #"{"errors":[{"message":"Basic Auth disabled.","code":403,"type":"access_denied"}]}"#
            ),
            "api: HTTP Basic is switched off in this Mautic", "set “Enable HTTP basic auth?” to Yes"
        ),
        (
            Answer(
                status: 404, type: "application/json",
                body:
                    #"{"errors":[{"message":"Requested URL not found: \/api\/users\/self","code":404,"type":null}]}"#
            ),
            "base_url: nothing found at this address", "check base_url"
        ),
    ])
    private func `names what is broken, and what to do`(
        _ answer: Answer, _ message: String, _ hint: String
    ) async throws {
        let practice = try await PracticeContacts()
        defer { practice.broker.kill() }
        try await practice.disturb(answer.fault)
        let told = try await practice.sesame.attempt(["doctor", "aivie"])
        // A page where an answer should be may be a portal's, which goes away.
        #expect(told.status == (answer.status == 200 ? 5 : 7))
        #expect(told.output.contains("failed   aivie \(message)"), "\(told.output)")
        #expect(told.output.contains(hint), "\(told.output)")
    }

    @Test func `sees a right that the role has not`() async throws {
        let practice = try await PracticeContacts()
        defer { practice.broker.kill() }
        let refusal = Answer(
            status: 403, type: "application/json",
            body: #"{"errors":[{"code":403,"message":"You do not have access.","details":[]}]}"#)
        try await practice.disturb(#""skip":1,"# + refusal.fault)
        let told = try await practice.sesame.attempt(["doctor", "aivie", "--json"])
        #expect(told.status == 7)
        let checks = try told.output.split(separator: "\n").map { try JSON(printed: String($0)) }
        let create = try #require(checks.first { $0["check"]?.string == "create" })
        #expect(create["state"]?.string == "failed")
        #expect(
            create["hints"]?.elements?.first?.string
                == "in Mautic: Settings, Roles: the role needs “Contacts: Create”")
        #expect(checks.last?["check"]?.string == "fields")
    }

    @Test func `says where no token can be had`() async throws {
        let practice = try await PracticeContacts()
        defer { practice.broker.kill() }
        try practice.change(["client_id": "9_nobody"])
        let told = try await practice.sesame.attempt(["doctor"])
        #expect(told.status != 0)
        #expect(told.output.contains("failed   aivie login: "), "\(told.output)")
        #expect(!told.output.contains("base_url"), "the server's API is not asked without a token")
    }

    @Test func `says what the broker says, where it is the login that fails`() async throws {
        let practice = try await PracticeContacts()
        defer { practice.broker.kill() }
        try await practice.sesame.run("token", "aivie")
        // The token is refused, and no other one is given, since the API is off meanwhile.
        let expired = Answer(
            status: 401, type: "application/json",
            body:
                #"{"errors":[{"message":"The access token provided is invalid.","code":401,"type":"invalid_grant"}]}"#
        )
        let off = Answer(
            status: 403, type: "application/json",
            body: #"{"errors":[{"message":"API disabled.","code":403,"type":"api_disabled"}]}"#)
        try await practice.disturb(expired.fault)
        _ = try await practice.playground.control(
            "POST", "faults", #"{"issuer":"mautic","endpoint":"token","count":9,\#(off.fault)}"#)
        let told = try await practice.sesame.attempt(["doctor", "aivie"])
        #expect(told.status == 7, "\(told.output)")
        #expect(told.output.contains("failed   aivie login: "), "\(told.output)")
        #expect(told.output.contains("set “API enabled?” to Yes"), "\(told.output)")
        #expect(!told.output.contains("the server may have done it"))
    }

    @Test func `looks at the other profiles where one is not as it should be`() async throws {
        let practice = try await PracticeContacts()
        defer { practice.broker.kill() }
        let path = practice.sesame.folder.file("config")
        let before = try PrivateFile.read(path, limit: 4096).dangerouslyRevealedText()
        try PrivateFile.replace(
            path,
            Secret(
                utf8: "[profile aaa]\nissuer = https://as.example\nca_file = gone.pem\n\n" + before)
        )
        let told = try await practice.sesame.attempt(["doctor"])
        #expect(told.status == 2, "\(told.output) \(told.errors)")
        #expect(told.output.contains("failed   aaa configuration: "), "\(told.output)")
        #expect(told.output.contains("ok       aivie fields: "), "\(told.output)")
    }

    @Test func `says where the server leads to that is asked for a token`() async throws {
        let practice = try await PracticeContacts()
        defer { practice.broker.kill() }
        let elsewhere = Answer(
            status: 301, type: "text/html", body: "<title>Moved</title>",
            fields: #"{"Location":"https://www.acme.example/oauth/v2/token?x=1"}"#)
        _ = try await practice.playground.control(
            "POST", "faults",
            #"{"issuer":"mautic","endpoint":"token","count":9,\#(elsewhere.fault)}"#)
        let told = try await practice.sesame.attempt(["doctor", "aivie"])
        #expect(told.status == 7)
        #expect(
            told.output.contains(
                "the server redirects to https://www.acme.example/oauth/v2/token instead of answering"
            ),
            "\(told.output)")
        #expect(told.output.contains("check base_url"), "\(told.output)")
    }

    @Test func `says that the profile may not send its tokens there`() async throws {
        let practice = try await PracticeContacts()
        defer { practice.broker.kill() }
        try practice.change(["allow": "https://elsewhere.example/"])
        let told = try await practice.sesame.attempt(["doctor", "aivie"])
        #expect(told.status == 6)
        #expect(told.output.contains("failed   aivie base_url: "), "\(told.output)")
        #expect(told.output.contains("its tokens go to: https://elsewhere.example"))
    }

    @Test func `says how to give a password that is missing`() async throws {
        let practice = try await PracticeContacts()
        defer { practice.broker.kill() }
        try practice.change(["grant": "basic"])
        let told = try await practice.sesame.attempt(["doctor", "aivie"])
        #expect(told.status == 3)
        #expect(told.output.contains("sesame setup aivie --username U --password-stdin"))
        #expect(!told.output.contains("sesame login"))
    }

    @Test func `sees a server whose clock is wrong`() async throws {
        let practice = try await PracticeContacts()
        defer { practice.broker.kill() }
        let user =
            #"{"username":"ada","firstName":"Ada","lastName":"Admin","role":{"name":"Administrator"}}"#
        let answer = Answer(
            status: 200, type: "application/json", body: user,
            fields: #"{"Date":"Sun, 06 Nov 1994 08:49:37 GMT","Mautic-Version":"4.4.13"}"#)
        try await practice.disturb(answer.fault)
        let told = try await practice.sesame.attempt(["doctor", "aivie"])
        #expect(told.status == 0)
        #expect(told.output.contains("warning  aivie clock: its clock is "), "\(told.output)")
        #expect(told.output.contains("s behind this machine's"))
        #expect(
            told.output.contains(
                "warning  aivie version: it is Mautic 4.4.13, which gets no more updates"))
    }
}

/// A text as JSON.
private enum JSONText {
    static func quoted(_ text: String) -> String {
        "\"" + text.map { "\"\\".contains($0) ? "\\\($0)" : String($0) }.joined() + "\""
    }
}
