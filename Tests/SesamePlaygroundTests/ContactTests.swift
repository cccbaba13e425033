import SesameHTTP
import SesameHTTPServer
import SesameJSON
import SesamePlayground
import SesameSecrets
import TestSupport
import Testing

/// The contact API; error bodies were captured from a Mautic 7.0.0.
@Suite struct `The contact API of the practice Mautic` {
    private let practice = Practice()

    private func create(_ body: String) async throws -> ServerResponse {
        let token = try await practice.mauticAccessToken()
        return await practice.api("POST", "contacts/new", token, body: body)
    }

    @Test func `creates a contact, then updates the same one`() async throws {
        let first = try await create(#"{"email":"ada@example.test","firstname":"Ada"}"#)
        #expect(first.status == 201)
        #expect(first.location == "/mautic/api/contacts/2")
        #expect(first.fields["Mautic-Version"] == "7.0.0")
        #expect(first.fields["Cache-Control"] == "no-cache, private")
        let second = try await create(#"{"email":"ADA@example.test","lastname":"L"}"#)
        #expect(second.status == 200)
        #expect(second.location == nil)
        let all = try second.json()["contact"]?["fields"]?["all"]
        #expect(all?["email"]?.string == "ADA@example.test")
        #expect(all?["firstname"]?.string == "Ada")
        #expect(all?["id"]?.string == "2")
    }

    @Test func `shows a contact in the captured shape`() async throws {
        let response = try await create(
            #"{"email":"ada@example.test","interests":["red","blue"],"plan":"pro","seats":5,"#
                + #""score_d":1.25,"newsletter_ok":true,"birthday":"1815-12-10","#
                + #""trial_end":"2026-12-01T10:00:00+02:00","tags":["vip","beta"],"owner":1}"#)
        let contact = try #require(try response.json()["contact"])
        #expect(
            contact.members?.map(\.name) == [
                "isPublished", "dateAdded", "dateModified", "createdBy", "createdByUser",
                "modifiedBy",
                "modifiedByUser", "id", "points", "color", "fields", "lastActive", "owner",
                "ipAddresses", "tags", "utmtags", "stage", "dateIdentified",
                "preferredProfileImage",
                "doNotContact", "frequencyRules",
            ])
        #expect(response.text.contains(#""personal":[],"professional":[]"#))
        #expect(
            response.text.contains(
                #""email":{"id":6,"group":"core","label":"Email","alias":"email","type":"email","#
                    + #""properties":[],"value":"ada@example.test","normalizedValue":"ada@example.test"}"#
            ))
        #expect(response.text.contains(#""value":"red|blue","normalizedValue":"Red|Blue""#))
        #expect(
            response.text.contains(
                #""all":{"id":"2","newsletter_ok":true,"interests":"red|blue","plan":"pro","#
                    + #""birthday":"1815-12-10","trial_end":"2026-12-01 08:00:00","seats":5,"score_d":1.25"#
            ))
        #expect(
            response.text.contains(
                #""tags":[{"id":1,"tag":"vip","description":null},{"id":2,"tag":"beta","description":null}]"#
            ))
        #expect(contact["createdByUser"]?.string == "Ada Admin")
        #expect(contact["owner"]?["username"]?.string == "ada")
    }

    @Test func `names the client as the creator when nobody logged in`() async throws {
        let answer = await practice.mauticToken(
            [("grant_type", "client_credentials")], client: Practice.serviceClient)
        let token = try answer.json()["access_token"]?.string ?? ""
        let response = await practice.api("POST", "contacts/new", token, body: "{}")
        #expect(
            response.text.contains(#""createdBy":null,"createdByUser":"practice client 3 [3]""#))
    }

    static let tooLong = String(repeating: "x", count: 192)
    static let invalid: [(String, String)] = [
        (
            #"{"email":"not-an-email"}"#,
            #"{"errors":[{"code":400,"message":"email: not-an-email is invalid.","#
                + #""details":{"email":["not-an-email is invalid."]}}]}"#
        ),
        (
            #"{"email":"bad","plan":"Pro","country":"Atlantis"}"#,
            #"{"errors":[{"code":400,"message":"plan: The selected choice is invalid., email: bad is invalid., "#
                + #"country: The selected choice is invalid.","details":{"plan":["The selected choice is invalid."],"#
                + #""email":["bad is invalid."],"country":["The selected choice is invalid."]}}]}"#
        ),
        (
            #"{"firstname":"\#(tooLong)"}"#,
            #"{"errors":[{"code":400,"message":"firstname: This value is too long. It should have 191 "#
                + #"characters or less.","details":{"firstname":["This value is too long. It should have 191 "#
                + #"characters or less."]}}]}"#
        ),
        (
            #"{"seats":"many"}"#,
            #"{"errors":[{"code":400,"message":"seats: Please enter a number.","#
                + #""details":{"seats":["Please enter a number."]}}]}"#
        ),
        (
            #"{"interests":["red","mauve"]}"#,
            #"{"errors":[{"code":400,"message":"interests: The selected choice is invalid.","#
                + #""details":{"interests":["The selected choice is invalid."]}}]}"#
        ),
        (
            #"{"owner":99}"#,
            #"{"errors":[{"code":400,"message":"owner: The selected choice is invalid.","#
                + #""details":{"owner":["The selected choice is invalid."]}}]}"#
        ),
    ]

    @Test(arguments: invalid)
    func `names every field that is wrong`(_ body: String, _ answer: String) async throws {
        let response = try await create(body)
        #expect(response.status == 400)
        #expect(response.text == answer)
        #expect(response.fields["Mautic-Version"] == "7.0.0")
    }

    @Test(arguments: [("{", 400), (#"{"email":["a@b.test"]}"#, 500), (#"{"stage":7}"#, 500)])
    func `falls over at some input`(_ body: String, _ status: Int) async throws {
        let response = try await create(body)
        #expect(response.status == status)
        #expect(
            response.text == #"{"errors":[{"message":"Looks like I encountered an error (error #"#
                + "\(status)"
                + #"). If I do it again, please report me to the system administrator!","#
                + #""code":\#(status),"type":null}]}"#)
        #expect(!response.fields.contains("Mautic-Version"))
    }

    @Test(arguments: [
        #"{"favourite":"tea"}"#, #"{"birthday":"someday"}"#, #"{"birthday":"0000-00-00"}"#,
        #"{"seats":0}"#, "{}", "[]", "", #"{"email":null}"#,
    ])
    func `drops in silence what it cannot use`(_ body: String) async throws {
        let response = try await create(body)
        #expect(response.status == 201)
        let all = try response.json()["contact"]?["fields"]?["all"]?.members?.filter {
            !$0.value.isNull
        }
        #expect(all?.map(\.name) == ["id"])
    }

    static let readings: [(String, String, String)] = [
        ("birthday", #""10/12/1990""#, #""1990-10-12""#),
        ("birthday", #""1990-12-10T08:00:00Z""#, #""1990-12-10""#),
        ("trial_end", "1790000000", #""2026-09-21 14:13:20""#),
        ("website", #""nope""#, #""http:\/\/nope""#),
        ("firstname", #""<b>Ada</b> \u0026 Co""#, #""Ada \u0026 Co""#),
        ("email", #"" ada@example.test ""#, #""ada@example.test""#),
        ("newsletter_ok", #""maybe""#, "false"), ("newsletter_ok", #""yes""#, "true"),
        ("newsletter_ok", "false", "false"), ("interests", #""red|green""#, #""red|green""#),
        ("seats", #""5""#, "5"), ("firstname", #""J\u00fcrg""#, #""J\u00fcrg""#),
    ]

    @Test(arguments: readings)
    func `reads values as PHP does`(_ alias: String, _ sent: String, _ stored: String) async throws
    {
        let response = try await create(#"{"\#(alias)":\#(sent)}"#)
        #expect(response.status == 201)
        #expect(response.text.contains(#""\#(alias)":\#(stored)"#))
    }

    @Test func `adds tags, and removes those with a minus`() async throws {
        _ = try await create(#"{"email":"a@b.test","tags":["vip","beta"]}"#)
        let response = try await create(#"{"email":"a@b.test","tags":"-vip, new"}"#)
        #expect(
            try response.json()["contact"]?["tags"]?.elements?.map { $0["tag"]?.string } == [
                "beta", "new",
            ])
    }

    @Test func `keeps an address only from those who look like people`() async throws {
        let token = try await practice.mauticAccessToken()
        for (agent, count) in [("curl/8", 0), ("Sesame/0.1", 1)] {
            let response = await practice.send(
                "POST", "/mautic/api/contacts/new",
                [
                    ("Authorization", "Bearer " + token), ("Content-Type", "application/json"),
                    ("User-Agent", agent),
                ], body: #"{"ipAddress":"203.0.113.7"}"#)
            let addresses = try response.json()["contact"]?["ipAddresses"]
            #expect((addresses?.members?.count ?? 0) == count)
        }
    }

    @Test func `refuses for good when two contacts share an email`() async throws {
        _ = await practice.send(
            "POST", "/_control/contacts", body: #"{"email":"two@b.test","copies":2}"#)
        let response = try await create(#"{"email":"Two@b.test"}"#)
        #expect(response.status == 422)
        #expect(
            response.text
                == #"{"errors":[{"code":422,"message":"email: This field must be unique.","#
                + #""details":{"email":["This field must be unique."]}}]}"#)
    }
}
