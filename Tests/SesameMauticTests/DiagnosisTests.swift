import SesameHTTP
import SesameMautic
import SesameSystem
import Testing

@Suite struct `A refusal of Mautic` {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let status: Int
        let body: String
        var fields: [String: String] = [:]
        let code: String
        let words: String
        let hint: String
        var testDescription: String { name }
    }

    static let cases = [
        Case(
            name: "bad email", status: 400, body: Captures.badEmail, code: "validation",
            words: "email: not-an-email is invalid.", hint: ""),
        Case(
            name: "shared email", status: 422, body: Captures.notUnique, code: "validation",
            words: "email: This field must be unique.", hint: "merge"),
        Case(
            name: "role", status: 403, body: Captures.forbidden, code: "notPermitted",
            words: "You do not have access to the requested area/action.", hint: "Contacts: Create"),
        Case(
            name: "item", status: 404, body: Captures.noSuchItem, code: "notFound",
            words: "Item was not found.", hint: ""),
        Case(
            name: "route", status: 404, body: Captures.noSuchRoute, code: "notFound",
            words: "Requested URL not found: /api/contacts/new/", hint: "base_url"),
        Case(
            name: "malformed", status: 400, body: Captures.crash, code: "refused",
            words: "HTTP 400", hint: ""),
        Case(
            name: "header stripped", status: 401, body: Captures.denied,
            code: "unauthorised(SesameMautic.MauticError.Doubt.credentialMissing)",
            words: "API authorization denied.", hint: "Authorization header"),
        Case(
            name: "expired", status: 401, body: Captures.expired,
            code: "unauthorised(SesameMautic.MauticError.Doubt.token)",
            words: "has expired", hint: "log in again"),
        Case(
            name: "wrong password", status: 401, body: "",
            fields: ["WWW-Authenticate": "Basic realm=\"Secured Area\""],
            code: "unauthorised(SesameMautic.MauticError.Doubt.password)",
            words: "user name or password are wrong", hint: "published"),
        Case(
            name: "token refused by a challenge", status: 401, body: "",
            fields: ["WWW-Authenticate": "Bearer realm=\"x\", error=\"invalid_token\""],
            code: "unauthorised(SesameMautic.MauticError.Doubt.token)",
            words: "does not accept the access token", hint: "log in again"),
        Case(
            name: "a gateway's denial", status: 403, body: #"{"error":"access_denied"}"#,
            code: "notPermitted", words: "not permitted", hint: "firewall"),
        Case(
            name: "Basic off", status: 403, body: Captures.basicDisabled, code: "basicDisabled",
            words: "HTTP Basic is switched off", hint: "Enable HTTP basic auth?"),
        Case(
            name: "API off", status: 403, body: Captures.apiDisabled, code: "apiDisabled",
            words: "API is switched off", hint: "API enabled?"),
        Case(
            name: "firewall", status: 403, body: "<html><title>Attention &amp; stop</title>",
            code: "notPermitted", words: "not permitted: Attention & stop", hint: "firewall"),
        Case(
            name: "redirect", status: 301, body: "",
            fields: ["Location": "https://www.acme.example/api/contacts/new"], code: "badResponse",
            words: "redirects", hint: "set base_url to https://www.acme.example"),
        Case(
            name: "other", status: 418, body: "short and stout\nhandle", code: "refused",
            words: "HTTP 418: short and stout", hint: ""),
        Case(
            name: "old dialect", status: 400,
            body: #"{"error":"invalid_request","error_description":"no"}"#, code: "refused",
            words: "HTTP 400: no", hint: ""),
        Case(
            name: "details as text, errors as object", status: 400,
            body:
                #"{"errors":{"1":{"code":400,"message":"x","details":{"plan":"too long"},"type":null}}}"#,
            code: "validation", words: "plan: too long", hint: ""),
    ]

    @Test(arguments: cases) func `is final and says what to do`(_ expected: Case) async throws {
        let answer = ContactServer.Answer(
            status: expected.status, fields: expected.fields.map { ($0.key, $0.value) },
            body: expected.body)
        let server = ContactServer([answer])
        let error = try #require(await error(of: { try await client(server).create(draft()) }))
        #expect("\(error.code)" == expected.code)
        #expect(error.message.contains(expected.words), "\(error.message)")
        #expect(expected.hint.isEmpty || error.hints.contains { $0.contains(expected.hint) })
        #expect(error.status == expected.status)
        #expect(server.requests.filter { $0.method == "POST" }.count == 1)
    }

    @Test func `shows no control character of the server`() async throws {
        let body = #"{"errors":[{"code":403,"message":"\u001b[2J\u202egone","details":[]}]}"#
        let server = ContactServer([.json(403, body)])
        let error = try #require(await error(of: { try await client(server).whoAmI() }))
        #expect(error.message == #"not permitted: \u{1b}[2J\u{202e}gone"#)
    }
}

func draft() throws -> ContactDraft { try ContactDraft(email: "ada@example.test") }
