import SesameBrokerAPI
import SesameJSON
import SesameSecrets
import SesameSystem
import Testing

@Suite struct `The messages of an import` {
    @Test func `say what the client said`() throws {
        var message = ImportMessage(
            peer: .emailProxy, content: Secret(copying: [0, 0xFF, 0x7B]))
        message.account = "ada@example.org"
        message.profile = "mail"
        message.password = Secret(utf8: "a \"password\"")
        message.clientSecret = Secret(utf8: "secret")
        message.settings.set("issuer", ["https://id.example"])
        message.check = false
        let read = try ImportMessage(json: JSON(parsing: message.json.encoded()))
        #expect(read.peer == .emailProxy && !read.check)
        #expect(read.content.dangerouslyRevealedBytes() == [0, 0xFF, 0x7B])
        #expect(read.account == message.account && read.profile == message.profile)
        #expect(read.password?.dangerouslyRevealedText() == "a \"password\"")
        #expect(read.clientSecret?.dangerouslyRevealedText() == "secret")
        #expect(read.settings == message.settings)
    }

    @Test func `check the login unless they say otherwise`() throws {
        let json = try JSON(parsing: Secret(utf8: #"{"peer":"gcloud","content":"e30"}"#))
        let message = try ImportMessage(json: json)
        #expect(message.check && message.profile == nil)
    }

    @Test(arguments: [
        #"{"content":"e30"}"#, #"{"peer":"gcloud"}"#, #"{"peer":"other","content":"e30"}"#,
        #"{"peer":"gcloud","content":"e30="}"#, #"{"peer":"gcloud","content":7}"#,
        #"{"peer":"gcloud","content":"e30","check":"no"}"#,
    ])
    func `are refused where they are malformed`(text: String) throws {
        let json = try JSON(parsing: Secret(utf8: text))
        #expect(throws: MalformedMessage.self) { try ImportMessage(json: json) }
    }

    @Test func `say what the broker said`() throws {
        let accounts = ImportableAccountsMessage(accounts: [
            .init(account: "a", settings: Settings([.init("issuer", ["x"])]), sealed: true),
            .init(account: "b", settings: Settings(), sealed: false, obstacle: "no token"),
        ])
        #expect(
            try ImportableAccountsMessage(json: JSON(parsing: accounts.json.encoded())) == accounts)
        var done = ImportedMessage(
            account: "a", profile: "p", settings: Settings([.init("scope", ["s"])]), checked: true)
        #expect(try ImportedMessage(json: JSON(parsing: done.json.encoded())) == done)
        done.rotated = true
        done.scope = "s"
        done.expiresAt = Timestamp(seconds: 1_800_000_000)
        done.warnings = ["w"]
        #expect(try ImportedMessage(json: JSON(parsing: done.json.encoded())) == done)
    }
}
