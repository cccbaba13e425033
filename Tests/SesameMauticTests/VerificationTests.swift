import SesameMautic
import Testing

@Suite struct `The verification` {
    struct Case: Sendable, CustomTestStringConvertible {
        let type: String
        let sent: String
        let stored: String
        let isStored: Bool
        var testDescription: String {
            "\(type): \(sent) → \(stored) \(isStored ? "stored" : "lost")"
        }

        init(_ type: String, _ sent: String, _ stored: String, _ isStored: Bool) {
            self.type = type
            self.sent = sent
            self.stored = stored
            self.isStored = isStored
        }
    }

    static let cases = [
        Case("boolean", "yes", "true", true),
        Case("boolean", "on", "1", true),
        Case("boolean", "TRUE", #""1""#, true),
        Case("boolean", "no", "false", true),
        Case("boolean", "0", "0", true),
        Case("boolean", "maybe", "false", false),
        Case("boolean", "true", "false", false),
        Case("boolean", "true", "null", false),
        Case("number", "1.50", "1.5", true),
        Case("number", "5", #""5""#, true),
        Case("number", "0", "null", false),
        Case("number", "0", "7", false),
        Case("number", "0", "0", true),
        Case("number", "1.256", "1.26", false),
        Case("multiselect", "blue|red", #""red|blue""#, true),
        Case("multiselect", "red", #"["red"]"#, true),
        Case("multiselect", "red|green", #""red""#, false),
        Case("date", "1815-12-10", #""1815-12-10""#, true),
        Case("date", "1815-12-10T00:00:00Z", #""1815-12-10""#, true),
        Case("date", "nonsense", "null", false),
        Case("date", "10/12/1990", #""1990-10-12""#, false),
        Case("datetime", "2026-12-01T09:00:00+01:00", #""2026-12-01 08:00:00""#, true),
        Case("datetime", "2026-12-01T08:00Z", #""2026-12-01 08:00:00""#, true),
        Case("datetime", "2026-12-01 09:00", #""2026-12-01 08:00:00""#, true),
        Case("datetime", "1796112000", #""2026-12-01T08:00:00+00:00""#, true),
        Case("datetime", "2026-12-01T09:00:00+01:00", #""2026-12-01 09:00:00""#, false),
        Case("datetime", "2026-12-01 09:00", #""2026-12-03 09:00:00""#, false),
        Case("datetime", "9223372036854775807", #""2026-12-01 08:00:00""#, false),
        Case("time", "8:05", #""08:05:00""#, true),
        Case("url", "nope", #""http://nope""#, true),
        Case("url", "https://a.test", #""https://a.test""#, true),
        Case("email", " X@Y.test ", #""x@y.test""#, true),
        Case("text", "  Ada  ", #""Ada""#, true),
        Case("text", "<b>Ada</b> <3", #""Ada <3""#, true),
        Case("text", "Tom & Jerry", #""Tom &amp; Jerry""#, true),
        Case("text", "a\r\nb", #""a\nb""#, true),
        Case("text", "Ada", #""Bob""#, false),
        Case("text", "1.0", #""1""#, false),
        Case("text", "", "null", true),
        Case("text", "", #""old""#, false),
        Case("select", "Pro", #""pro""#, false),
    ]

    @Test(arguments: cases) func `knows a value in Mautic's spelling`(_ value: Case) async throws {
        let result = try await result(of: value, types: true)
        #expect(result.notStored == (value.isStored ? [] : ["thing"]))
    }

    @Test(arguments: cases.filter(\.isStored))
    func `knows it without the type as well`(_ value: Case) async throws {
        guard value.type != "time" else { return }
        #expect(try await result(of: value, types: false).notStored == [])
    }

    @Test func `suggests the alias that was meant`() async throws {
        let result = try await create(
            [
                .init(alias: "frist_name", value: "Ada"), .init(alias: "shoe_size", value: "38"),
                .init(alias: "lpan", value: "pro"),
            ],
            answer: Captures.created)
        #expect(result.notStored == ["frist_name", "shoe_size", "lpan"])
        #expect(result.shortfalls[0].explanation.hasSuffix("did you mean “firstname”?"))
        #expect(!result.shortfalls[1].explanation.contains("did you mean"))
        #expect(result.shortfalls[2].explanation.hasSuffix("did you mean “plan”?"))
    }

    @Test(arguments: [
        ("number", "0", "null", "number 0"), ("date", "soon", "null", "2026-12-31"),
        ("boolean", "maybe", "false", "true or false"), ("text", "", #""old""#, "clears nothing"),
    ])
    func `explains what was dropped`(type: String, sent: String, stored: String, words: String)
        async throws
    {
        let result = try await result(of: Case(type, sent, stored, false), types: true)
        #expect(result.shortfalls.first?.explanation.contains(words) == true)
    }

    @Test func `misses tags, whatever their case`() async throws {
        let stored = Captures.created.split(separator: "beta").joined(separator: "Über &#38; aus")
        let server = ContactServer([.json(200, stored)])
        let draft = try ContactDraft(
            email: "ada@example.test", tags: ["VIP", "new", "über & aus"])
        let result = try await client(server).create(draft)
        #expect(result.notStored == ["tags"])
        #expect(result.shortfalls.first?.explanation == "not stored: “new”")
    }

    private func result(of value: Case, types: Bool) async throws -> ContactResult {
        let core =
            types
            ? #"{"thing":{"alias":"thing","type":"\#(value.type)","properties":[]}}"# : "[]"
        let answer = """
            {"contact":{"id":1,"fields":{"core":\(core),"personal":[],\
            "all":{"email":"ada@example.test","thing":\(value.stored)}},"tags":[]}}
            """
        return try await create([.init(alias: "thing", value: value.sent)], answer: answer)
    }

    private func create(_ fields: [ContactDraft.Field], answer: String) async throws
        -> ContactResult
    {
        let draft = try ContactDraft(email: "ada@example.test", fields: fields)
        return try await client(ContactServer([.json(201, answer)])).create(draft)
    }
}
