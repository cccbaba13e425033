import SesameBrokerAPI
import SesameJSON
import SesameSecrets
import Testing

@Suite struct `A message of a preset` {
    private static let zoho: ProviderMessage = {
        let center = ProviderMessage.Blank(name: "CENTER", meaning: "the end", example: "eu")
        var zoho = ProviderMessage(
            names: ["zoho", "z"], title: "Zoho",
            needs: [
                .init("issuer", form: "https://accounts.zoho.CENTER", blanks: [center]),
                .init("client_id"),
            ],
            settings: Settings([.init("allow", ["https://a", "https://b"])]), lookedUp: "2026-11")
        zoho.registrationPage = "https://api-console.zoho.com/"
        zoho.redirectURI = "http://localhost:8400/callback"
        zoho.needsClientSecret = true
        zoho.knowsAPI = true
        zoho.loginScope = ["offline_access"]
        zoho.pkce = "refused"
        zoho.accessLifetime = .seconds(3600)
        zoho.loginLifetime = .untilRevoked
        zoho.idleLifetime = .configurable
        zoho.rotation = "never"
        zoho.notes = ["a note"]
        zoho.sources = [.init(url: "https://zoho.com/", facts: "the rest")]
        return zoho
    }()

    @Test func `arrives as it was sent`() throws {
        let bare = ProviderMessage(
            names: ["generic"], title: "another", needs: [], settings: Settings(),
            lookedUp: "2026-11")
        let all = ProvidersMessage(providers: [Self.zoho, bare])
        #expect(try ProvidersMessage(json: parsed(all.json)) == all)
    }

    @Test func `says null of a lifetime that nobody knows, and takes a new word for one`() throws {
        let text = encoded(Self.zoho.json)
        #expect(
            text.contains(
                #""lifetimes":{"access_token":3600,"login":"until_revoked","idle":"configurable"}"#)
        )
        let newer = text.replacing("\"until_revoked\"", with: "\"next_full_moon\"")
        let read = try ProviderMessage(json: JSON(parsing: Secret(utf8: newer)))
        #expect(read.loginLifetime == .notKnown)
        #expect(encoded(read.json).contains(#""login":null"#))
    }

    @Test func `fills the blanks of a need`() {
        let needs = Self.zoho.needs
        #expect(needs[0].filled(["CENTER": "com.au"]) == "https://accounts.zoho.com.au")
        #expect(needs[0].filled([:]) == needs[0].form)
        #expect(needs[1].filled(["CENTER": "eu"]) == nil)
    }

    @Test(arguments: ["title", "pkce", "rotation", "looked_up"])
    func `is refused without its members`(member: String) throws {
        let text = encoded(Self.zoho.json).replacing("\"\(member)\":", with: "\"other\":")
        #expect(throws: MalformedMessage.self) {
            try ProviderMessage(json: JSON(parsing: Secret(utf8: text)))
        }
    }
}

private func encoded(_ json: JSONValue) -> String { json.encoded().dangerouslyRevealedText() }

private func parsed(_ json: JSONValue) throws -> JSON { try JSON(parsing: json.encoded()) }
