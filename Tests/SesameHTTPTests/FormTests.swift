import SesameHTTP
import SesameSecrets
import Testing

@Suite struct `A form` {
    @Test func `encodes the text of RFC 6749, appendix B`() {
        var out = SecretBuffer()
        FormParameters.encode(" %&+£€", into: &out)
        #expect(Secret(out).dangerouslyRevealedText() == "+%25%26%2B%C2%A3%E2%82%AC")
    }

    @Test func `never puts a secret into a URL`() {
        var form = FormParameters()
        form.append("client_id", "a")
        form.append("client_secret", Secret(utf8: "canary"))
        #expect(form.encodedText == "client_id=a")
        #expect(form.encoded().dangerouslyRevealedText() == "client_id=a&client_secret=canary")
    }

    @Test func `is decoded as it was encoded, for every character`() throws {
        let text = String(String.UnicodeScalarView((1...0x2FF).compactMap(Unicode.Scalar.init)))
        var form = FormParameters()
        form.append("name=&", text)
        let encoded = form.encoded()
        let received = try encoded.withBytes { bytes throws(ReceivedForm.Refusal) in
            try ReceivedForm(bytes)
        }
        #expect(received["name=&"] == text)
    }

    @Test(arguments: ["a=%", "a=%4", "a=%zz", "%=1", "a=%FF", "a=%C0%AF", "a=%00"])
    func `is refused when an escape or its bytes are broken`(query: String) {
        #expect(throws: ReceivedForm.Refusal.self) { try ReceivedForm(query: query) }
    }

    @Test func `tells a parameter that occurs twice from one that occurs once`() throws {
        let form = try ReceivedForm(query: "state=a&code=c&state=a&&flag")
        #expect(form["state"] == nil)
        #expect(form.values("state").count == 2)
        #expect(form["code"] == "c")
        #expect(form["flag"]?.isEmpty == true)
    }

    @Test func `is refused with too many parameters`() {
        let query = (0..<101).map { "p\($0)=1" }.joined(separator: "&")
        #expect(throws: ReceivedForm.Refusal.self) { try ReceivedForm(query: query) }
    }
}

@Suite struct `Header fields` {
    @Test func `compare their names without case`() {
        var fields = HTTPFields()
        fields.append("Content-Type", "a")
        #expect(fields["content-TYPE"] == "a")
        fields.append("content-type", "b")
        #expect(fields["Content-Type"] == nil)
        fields.set("CONTENT-TYPE", "c")
        #expect(fields.values("content-type") == ["c"])
    }

    @Test(arguments: [
        ("X", "a\r\nEvil: 1"), ("X", "a\nb"), ("X", "\u{0}"), ("X", "\u{7F}"), ("X Y", "a"),
        ("", "a"), ("X:", "a"),
        ("X\r\n", "a"), ("é", "a"),
    ])
    func `are found malformed before they reach the wire`(name: String, value: String) {
        var plain = HTTPFields()
        plain.append(name, value)
        #expect(plain.firstMalformed == name)
        var secret = HTTPFields()
        secret.set(name, .secret(Secret(utf8: value)))
        #expect(secret.firstMalformed == name)
    }
}
