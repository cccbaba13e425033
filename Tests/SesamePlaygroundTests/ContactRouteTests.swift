import SesameHTTP
import SesameHTTPServer
import SesameJSON
import SesamePlayground
import SesameSecrets
import TestSupport
import Testing

@Suite struct `The routes of the practice Mautic` {
    private let practice = Practice { $0.acceptsBasic = true }
    private func basic(_ user: String, _ password: String = "practice") -> [(String, String)] {
        [("Authorization", "Basic " + Base64Text.encode("\(user):\(password)"))]
    }

    @Test(arguments: [
        ("POST", "/api/contacts/new/"), ("GET", "/api/contacts/new"), ("DELETE", "/api/contacts"),
        ("GET", "/api/contacts/x"), ("POST", "/api/contacts/2/edit"),
    ])
    func `has no 405, and does not know a trailing slash`(_ method: String, _ path: String) async {
        let response = await practice.send(method, "/mautic" + path)
        #expect(response.status == 404)
        let shown = path.split(separator: "/", omittingEmptySubsequences: false).joined(
            separator: #"\/"#)
        #expect(
            response.text
                == #"{"errors":[{"message":"Requested URL not found: \#(shown)","code":404,"type":null}]}"#
        )
        #expect(!response.fields.contains("Mautic-Version"))
    }

    struct Rejection: Sendable {
        let fields: [(String, String)]
        var query = ""
        let status: Int
        let message: String
        let type: String
    }

    static let rejections = [
        Rejection(
            fields: [], status: 401, message: "API authorization denied.", type: #""access_denied""#
        ),
        Rejection(
            fields: [("Authorization", "bearer x")], status: 401,
            message: "API authorization denied.",
            type: #""access_denied""#),
        Rejection(
            fields: [("Authorization", "Bearer x")], status: 401,
            message: "The access token provided is invalid.", type: #""invalid_grant""#),
        Rejection(
            fields: [("Authorization", "Basic !")], status: 401,
            message: "Authorization denied, invalid credentials.", type: #""access_denied""#),
        Rejection(
            fields: [("Authorization", "Bearer x")], query: "?access_token=x", status: 500,
            message:
                "Looks like I encountered an error (error #500). If I do it again, please report me to "
                + "the system administrator!", type: "null"),
    ]

    @Test(arguments: rejections)
    func `refuses a caller with the captured body`(_ rejection: Rejection) async {
        let response = await practice.send(
            "GET", "/mautic/api/users/self" + rejection.query, rejection.fields)
        #expect(response.status == rejection.status)
        #expect(
            response.text
                == #"{"errors":[{"message":"\#(rejection.message)","code":\#(rejection.status),"type":"#
                + rejection.type + "}]}")
        #expect(!response.fields.contains("Mautic-Version"))
    }

    @Test(arguments: [("ada", "wrong"), ("eve", "practice"), ("zoe", "practice")])
    func `answers a wrong Basic password with nothing`(_ user: String, _ password: String) async {
        let response = await practice.send("GET", "/mautic/api/users/self", basic(user, password))
        #expect(response.status == 401)
        #expect(response.body.isEmpty)
        #expect(response.fields["WWW-Authenticate"] == #"Basic realm="Secured Area""#)
        #expect(response.fields["Content-Type"] == "application/json")
    }

    @Test func `tells an expired token from an unknown one`() async throws {
        let token = try await practice.mauticAccessToken()
        #expect(await practice.api("GET", "users/self", token).status == 200)
        practice.time.advance(seconds: 3600)
        let response = await practice.api("GET", "users/self", token)
        #expect(response.status == 401)
        #expect(response.text.contains("The access token provided has expired."))
    }

    @Test func `expires tokens on request`() async throws {
        let token = try await practice.mauticAccessToken()
        _ = await practice.send("POST", "/_control/expire", body: #"{"issuer":"mautic"}"#)
        #expect(await practice.api("GET", "users/self", token).status == 401)
    }

    @Test func `takes the token from the URL, too`() async throws {
        let token = try await practice.mauticAccessToken()
        let response = await practice.send("GET", "/mautic/api/users/self?access_token=" + token)
        #expect(response.status == 200)
        #expect(response.fields["Mautic-Version"] == "7.0.0")
    }

    @Test func `refuses Basic while it is off`() async {
        let response = await Practice().send("GET", "/mautic/api/users/self", basic("ada"))
        #expect(response.status == 403)
        #expect(response.text.contains("Basic Auth disabled."))
        #expect(!response.fields.contains("Mautic-Version"))
    }

    @Test func `lists thirty fields, or as many as are asked for, but not to everybody`()
        async throws
    {
        let short = try await practice.send("GET", "/mautic/api/fields/contact", basic("ada"))
            .json()
        #expect(short["fields"]?.members?.count == 30)
        let total = try #require(short["total"]?.integer)
        let all = try await practice.send(
            "GET", "/mautic/api/fields/contact?limit=100", basic("ada")
        ).json()
        #expect(all["fields"]?.members?.count == Int(total))
        #expect(all["fields"]?["6"]?["isUniqueIdentifier"]?.bool == true)
        let refused = await practice.send("GET", "/mautic/api/fields/contact", basic("bob"))
        #expect(refused.status == 403)
        #expect(
            refused.text
                == #"{"errors":[{"code":403,"message":"You do not have access to the requested area\/action.","#
                + #""details":[]}]}"#)
        let lighter = try await practice.send(
            "GET", "/mautic/api/contacts/list/fields", basic("bob")
        ).json()
        #expect(lighter["46"]?["alias"]?.string == "plan")
    }

    private func send(_ method: String, _ path: String, _ body: String = "") async -> ServerResponse
    {
        await practice.send(
            method, "/mautic/api/contacts" + path,
            basic("ada") + [("Content-Type", "application/json")], body: body)
    }

    @Test func `finds by email, with a total that is a text`() async throws {
        #expect(await send("GET", "").text == #"{"total":"0","contacts":{}}"#)
        _ = await send("POST", "/new", #"{"email":"ada@b.test"}"#)
        for query in [
            "?search=email:Ada@b.test&minimal=1",
            "?where%5B0%5D%5Bcol%5D=email&where%5B0%5D%5Bexpr%5D=eq&where%5B0%5D%5Bval%5D=ada@b.test",
        ] {
            let found = try await send("GET", query).json()
            #expect(found["total"]?.string == "1")
            #expect(found["contacts"]?["2"]?["id"]?.integer == 2)
        }
    }

    @Test func `edits and deletes`() async throws {
        _ = await send("POST", "/new", #"{"email":"ada@b.test","firstname":"Ada","city":"Bern"}"#)
        #expect(await send("GET", "/2").status == 200)
        let kept = await send("PATCH", "/2/edit", #"{"firstname":""}"#)
        #expect(kept.text.contains(#""firstname":"Ada""#))
        let cleared = await send("PATCH", "/2/edit", #"{"firstname":"","overwriteWithBlank":true}"#)
        #expect(cleared.text.contains(#""firstname":null"#))
        #expect(cleared.text.contains(#""city":"Bern""#))
        let replaced = await send("PUT", "/2/edit", #"{"email":"ada@b.test"}"#)
        #expect(replaced.text.contains(#""city":null"#))
        #expect(await send("DELETE", "/2/delete").status == 200)
        let gone = await send("PATCH", "/2/edit", "{}")
        #expect(gone.status == 404)
        #expect(
            gone.text == #"{"errors":[{"code":404,"message":"Item was not found.","details":[]}]}"#)
        let made = await send("PUT", "/2/edit", "{}")
        #expect(made.status == 201)
        #expect(try made.json()["contact"]?["id"]?.integer == 3)
    }

    @Test func `blanks what a POST with overwriteWithBlank does not name`() async {
        _ = await send("POST", "/new", #"{"email":"ada@b.test","firstname":"Ada"}"#)
        let response = await send(
            "POST", "/new", #"{"email":"ada@b.test","overwriteWithBlank":true}"#)
        #expect(response.text.contains(#""firstname":null"#))
    }

    @Test func `gives each item of a batch a status of its own`() async throws {
        _ = await send("POST", "/new", #"{"email":"old@b.test"}"#)
        let response = await send(
            "POST", "/batch/new",
            #"[{"email":"new@b.test"},{"email":"old@b.test"},{"email":"not-mail"},{"plan":"x"},"#
                + #"{"email":"new@b.test"},{}]"#)
        #expect(response.status == 201)
        let json = try response.json()
        #expect(json["contacts"]?.members?.map(\.name) == ["0", "1", "4", "5"])
        #expect(response.text.contains(#""statusCodes":[201,200,400,400,200,201]"#))
        #expect(
            response.text.contains(
                #""errors":{"2":{"code":400,"message":"email: not-mail is invalid.","#
                    + #""details":{"email":["not-mail is invalid."]},"type":null},"3":"#))
        let good = try await send("POST", "/batch/new", #"[{"email":"c@b.test"}]"#).json()
        #expect(good["contacts"]?.elements?.count == 1)
        #expect(good["errors"] == nil)
    }

    @Test func `refuses a batch of more than two hundred, and one of no objects`() async {
        let many = "[" + Array(repeating: "{}", count: 201).joined(separator: ",") + "]"
        let response = await send("POST", "/batch/new", many)
        #expect(response.status == 500)
        #expect(response.text.contains("A max of 200 entities are supported at a time."))
        #expect(await send("POST", "/batch/new", "[1]").status == 500)
    }

    @Test func `takes a form as well as JSON`() async {
        let response = await practice.post(
            "/mautic/api/contacts/new",
            [("email", "form@b.test"), ("interests[]", "red"), ("interests[]", "blue")],
            basic("ada"))
        #expect(response.status == 201)
        #expect(response.text.contains(#""interests":"red|blue""#))
    }
}
