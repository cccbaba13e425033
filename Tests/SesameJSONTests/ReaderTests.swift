import SesameJSON
import SesameSecrets
import Testing

private func parse(_ text: String) throws(JSON.Refusal) -> JSON {
    try JSON(parsing: Secret(utf8: text))
}

@Suite struct `A strict JSON reader` {
    @Test func `reads every kind of value`() throws {
        let json = try parse(
            #" {"a":[1,-2.5e3,true,false,null,"x\n\"\\\/\u00e9\ud83d\ude00"],"b":{}} "#)
        let elements = try #require(json["a"]?.elements)
        #expect(elements[0].integer == 1)
        #expect(elements[1].double == -2500)
        #expect(elements[2].bool == true && elements[3].bool == false && elements[4].isNull)
        #expect(elements[5].string == "x\n\"\\/é😀")
        #expect(json["b"]?.members?.isEmpty == true)
        #expect(json["c"] == nil)
    }

    @Test func `hands out a string as a secret`() throws {
        let secret = try #require(
            try parse(#"{"access_token":"ab\u0063"}"#)["access_token"]?.secret)
        #expect(secret.equals(Secret(utf8: "abc")))
    }

    @Test func `takes null for missing`() throws {
        #expect(try parse(#"{"scope":null}"#)["scope"] == nil)
    }

    @Test(arguments: [
        "", " ", "{", "[1,]", "{\"a\":1,}", "{a:1}", "[1 2]", "01", "-", "1.", ".5", "1e", "+1",
        "tru", "NaN",
        "\"\u{1}\"", "\"\\x\"", "\"\\u12g4\"", "\"abc", "{} x", "[]]", "'a'", "nul", "[\u{A0}1]",
    ])
    func `refuses what is no JSON`(text: String) {
        #expect(throws: JSON.Refusal.self) { try parse(text) }
    }

    @Test(arguments: [#"{"a":1,"a":2}"#, #"{"a":1,"\u0061":1}"#])
    func `refuses a name that occurs twice, however it is spelt`(text: String) {
        #expect { try parse(text) } throws: { ($0 as? JSON.Refusal)?.reason == .duplicateName }
    }

    @Test(arguments: [#""\ud800""#, #""\udc00""#, #""\ud800\u0041""#, #""\ud800x""#])
    func `refuses lone surrogates`(text: String) {
        #expect { try parse(text) } throws: { ($0 as? JSON.Refusal)?.reason == .badText }
    }

    @Test(
        arguments: [
            [0x22, 0xFF, 0x22], [0x22, 0xC0, 0xAF, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
            [0x22, 0xE2, 0x82, 0x22],
        ] as [[UInt8]])
    func `refuses bytes that are no UTF-8`(bytes: [UInt8]) {
        #expect(throws: JSON.Refusal.self) { try JSON(parsing: Secret(copying: bytes)) }
    }

    @Test func `refuses a byte order mark and UTF-16`() {
        #expect(throws: JSON.Refusal.self) {
            try JSON(parsing: Secret(copying: [0xEF, 0xBB, 0xBF, 0x7B, 0x7D]))
        }
        #expect(throws: JSON.Refusal.self) {
            try JSON(parsing: Secret(copying: [0x7B, 0, 0x7D, 0]))
        }
    }

    @Test func `stops at its limits`() {
        let deep = String(repeating: "[", count: 100_000)
        #expect { try parse(deep) } throws: { ($0 as? JSON.Refusal)?.reason == .tooLarge }
        let wide = "[" + String(repeating: "1,", count: 200_000) + "1]"
        #expect { try parse(wide) } throws: { ($0 as? JSON.Refusal)?.reason == .tooLarge }
        let long = "\"" + String(repeating: "x", count: 1 << 20) + "\""
        #expect { try parse(long) } throws: { ($0 as? JSON.Refusal)?.reason == .tooLarge }
    }

    @Test(arguments: [
        ("3600", Int64(3600)), ("1.0", 1), ("1e3", 1000), ("-1", -1), ("9223372036854775807", .max),
        ("1.5", nil), ("9223372036854775808", nil), ("1e400", nil), ("-1e400", nil), ("1E-2", nil),
    ])
    func `takes a number for whole only when it is`(text: String, value: Int64?) throws {
        #expect(try parse(text).integer == value)
    }

    @Test func `survives any change of a byte`() {
        let good = Array(#"{"a":[1,2.5e1,"\u00e9x",{"b":null}],"token":"abc\n","n":-0.1}"#.utf8)
        for index in good.indices {
            for byte in UInt8.min...UInt8.max {
                var bad = good
                bad[index] = byte
                if let json = try? JSON(parsing: Secret(copying: bad)) {
                    _ = json["token"]?.secret
                    _ = json["n"]?.integer
                }
            }
            _ = try? JSON(parsing: Secret(copying: Array(good[..<index])))
        }
    }
}

@Suite struct `A JSON writer` {
    @Test func `escapes what must be, and nothing else`() throws {
        let value = JSONValue.object([
            ("a\"b", .string("q\"\\\n\u{1}\u{7F}é/")), ("s", .secret(Secret(utf8: "t"))),
            ("n", .integer(-5)), ("l", .array([.bool(true), .null])),
        ])
        let text = value.encoded().dangerouslyRevealedText()
        #expect(text == #"{"a\"b":"q\"\\\n\u0001\u007fé/","s":"t","n":-5,"l":[true,null]}"#)
        #expect(try parse(text)["a\"b"]?.string == "q\"\\\n\u{1}\u{7F}é/")
    }
}
