import SesameBrokerAPI
import SesameJSON
import SesameSecrets
import SesameSystem
import Testing

@Suite struct `A message about a credential` {
    @Test func `keeps what is secret out of strings`() throws {
        let message = CredentialMessage(
            profile: "a", type: .basic, username: Secret(utf8: "ada"),
            secret: Secret(utf8: "s3cret\""), expiresAt: Timestamp("2026-11-23T08:15:00Z"),
            scope: nil)
        let read = try CredentialMessage(json: JSON(parsing: message.json.encoded()))
        #expect(read.secret.equals(message.secret) && read.username.equals(message.username))
        #expect(read.expiresAt == message.expiresAt && read.type == .basic)
        #expect(!"\(read)".contains("s3cret"))
    }

    @Test(arguments: [
        #"{"profile":"a","type":"other","username":"u","secret":"s"}"#,
        #"{"profile":"a","type":"bearer","secret":"s"}"#,
        #"{"profile":"a","type":"bearer","username":"u"}"#,
    ])
    func `is refused where it lacks something`(text: String) throws {
        let json = try JSON(parsing: Secret(utf8: text))
        #expect(throws: MalformedMessage.self) { try CredentialMessage(json: json) }
    }

    @Test func `tells what was refused where`() throws {
        let message = RejectionMessage(url: "https://a/", secret: Secret(utf8: "t"))
        let text = message.json.encoded().dangerouslyRevealedText()
        #expect(text == #"{"url":"https://a/","profile":null,"secret":"t"}"#)
        let read = try RejectionMessage(json: JSON(parsing: Secret(utf8: text)))
        #expect(
            read.url == "https://a/" && read.profile == nil && read.secret.equals(message.secret))
        let answer = RejectionAnswerMessage(profile: "a", isReplaced: true)
        #expect(
            try RejectionAnswerMessage(json: JSON(parsing: answer.json.encoded())).isReplaced)
    }

    @Test(arguments: [899, 43_201, 0, -1])
    func `asks for keys for a while that can be`(duration: Int64) throws {
        var message = WebIdentityMessage(endpoint: "https://a/", roleARN: "arn:r", sessionName: "s")
        message.duration = 900
        #expect(try WebIdentityMessage(json: JSON(parsing: message.json.encoded())).duration == 900)
        message.duration = duration
        let json = try JSON(parsing: message.json.encoded())
        #expect(throws: MalformedMessage.self) { try WebIdentityMessage(json: json) }
    }
}
