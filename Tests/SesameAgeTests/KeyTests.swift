import SesameAge
import SesameSecrets
import TestSupport
import Testing

/// The pair that c2sp.org/age prints.
private let specifiedIdentity =
    "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"
private let specifiedRecipient = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"

@Suite struct `The text of a key` {
    @Test func `is that of the specification`() throws {
        let identities = try AgeIdentity.all(inFile: Secret(utf8: specifiedIdentity))
        let mine = try #require(identities.first)
        #expect(identities.count == 1)
        #expect(mine.recipient.description == specifiedRecipient)
        #expect(mine.text.dangerouslyRevealedText() == specifiedIdentity)
        #expect(try AgeRecipient(specifiedRecipient) == mine.recipient)
    }

    @Test func `is refused with a letter changed, missing or too many`() throws {
        let letters = Array(specifiedRecipient.utf8)
        for index in letters.indices {
            var changed = letters
            changed[index] =
                changed[index] == UInt8(ascii: "q") ? UInt8(ascii: "p") : UInt8(ascii: "q")
            let shorter = Array(letters[..<index] + letters[(index + 1)...])
            let longer = Array(letters[..<index] + [UInt8(ascii: "q")] + letters[index...])
            for text in [changed, shorter, longer] {
                #expect(throws: AgeError.self) {
                    try AgeRecipient(String(copying: text.span))
                }
            }
        }
    }

    @Test(arguments: [
        "", "age1", "age", specifiedRecipient.uppercased(), "A" + specifiedRecipient.dropFirst(),
        specifiedRecipient + "\n", " " + specifiedRecipient,
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN",
        "age1pq1x34nzsvr0rxjsgdn8zgyhfe8j7ceq5r9rdelkjuh3y235jzxshfg87pzf5",
    ])
    func `is no recipient in another shape`(text: String) {
        let failure = #expect(throws: AgeError.self) { try AgeRecipient(text) }
        #expect(failure?.code == .recipient)
    }

    @Test func `of a secret key is not repeated where a recipient was wanted`() {
        for text in [specifiedIdentity, specifiedIdentity.lowercased()] {
            let failure = #expect(throws: AgeError.self) { try AgeRecipient(text) }
            #expect(failure?.message.contains("age-keygen -y") == true)
            #expect(failure?.message.uppercased().contains("GFPYYSJZ") == false)
        }
    }
}

@Suite struct `A file of identities` {
    @Test func `has comments, empty lines and several keys`() throws {
        let other = identity("other").text.dangerouslyRevealedText()
        let text = """
            # created: 2026-11-25T10:00:00Z
            # public key: \(specifiedRecipient)
            \(specifiedIdentity)\r

              \t\(other)  
            """
        let identities = try AgeIdentity.all(inFile: Secret(utf8: text))
        #expect(
            identities.map(\.recipient.description)
                == [specifiedRecipient, identity("other").recipient.description])
    }

    @Test(arguments: [
        specifiedIdentity.lowercased(), specifiedIdentity + "Q",
        String(specifiedIdentity.dropLast()),
        specifiedRecipient, "AGE-PLUGIN-YUBIKEY-1QQPQQQQ", "-----BEGIN OPENSSH PRIVATE KEY-----",
        "age-encryption.org/v1",
    ])
    func `with a line of another kind is refused by its number`(line: String) {
        let text = Secret(utf8: "# mine\n\(specifiedIdentity)\n\(line)\n")
        let failure = #expect(throws: AgeError.self) { try AgeIdentity.all(inFile: text) }
        #expect(failure?.code == .identity)
        #expect(failure?.message.contains("line 3") == true)
        #expect(failure?.message.contains(line) == false, "a secret may stand there")
    }

    @Test(arguments: ["", "\n\n", "# nothing but a comment\n"])
    func `without a key is refused`(text: String) {
        let failure = #expect(throws: AgeError.self) {
            try AgeIdentity.all(inFile: Secret(utf8: text))
        }
        #expect(failure?.code == .identity)
    }
}
