import SesameJSON
import SesameSecrets
import SesameSystem
import Testing

/// The cases of nst/JSONTestSuite, in `Vectors/JSONTestSuite.tsv`.
@Suite struct `The JSON reader in the suite of nst` {
    private let cases: [JSONCase]

    init() throws { cases = try JSONCase.all() }

    @Test func `meets all of its cases`() {
        let counts = Dictionary(grouping: cases, by: \.kind).mapValues(\.count)
        #expect(counts == ["y": 93, "n": 186, "d": 2, "iy": 10, "in": 24])
    }

    @Test func `accepts what must be accepted`() {
        for json in cases where json.kind == "y" {
            #expect(json.isAccepted, "y_\(json.name)")
        }
    }

    @Test func `refuses what must be refused`() {
        for json in cases where json.kind == "n" {
            #expect(!json.isAccepted, "n_\(json.name)")
        }
    }

    /// The suite accepts them; what two readers take for two values is refused here.
    @Test func `refuses a name that is there twice`() {
        for json in cases where json.kind == "d" {
            #expect(json.refusal?.reason == .duplicateName, "y_\(json.name)")
        }
    }

    /// A number that fits nothing is one all the same, and has no value; what is no Unicode text is refused.
    @Test func `chooses strictly where the suite leaves the choice`() {
        for json in cases where json.kind.hasPrefix("i") {
            #expect(json.isAccepted == (json.kind == "iy"), "i_\(json.name)")
        }
    }

    @Test func `refuses what is nested without an end`() {
        let texts = [
            "n_structure_100000_opening_arrays": String(repeating: "[", count: 100_000),
            "n_structure_open_array_object": String(repeating: #"[{"":"#, count: 50_000),
            "i_structure_500_nested_arrays":
                String(repeating: "[", count: 500) + String(repeating: "]", count: 500),
        ]
        for (name, text) in texts {
            let json = JSONCase(kind: "n", name: name, bytes: Array(text.utf8))
            #expect(json.refusal?.reason == .tooLarge, "\(name)")
        }
    }

    /// Its folder test_transform: what a value becomes.
    @Test(
        arguments: [
            ("1.0", 1), ("1e6", 1_000_000), ("1.000000000000000005", nil),
            ("9223372036854775807", .max), ("-9223372036854775808", .min),
            ("9223372036854775808", nil), ("-9223372036854775809", nil),
            ("10000000000000000999", nil), ("1000000000000000", 1_000_000_000_000_000),
            ("9007199254740993.0", 9_007_199_254_740_993), ("1E-2", nil), ("100e-2", 1),
            ("-0.0e99999999999", 0), ("1e99999999999", nil), ("12e18", nil),
            ("9.2e18", 9_200_000_000_000_000_000),
        ] as [(String, Int64?)])
    func `takes a number for exactly what it says`(text: String, value: Int64?) throws {
        #expect(try JSON(parsing: Secret(utf8: text)).integer == value)
    }

    @Test func `keeps apart what looks alike, and a zero in the middle`() throws {
        let nul = try JSON(parsing: Secret(utf8: #"["A\u0000B"]"#))
        #expect(nul.elements?.first?.string == "A\u{0}B")
        // object_key_nfc_nfd: two spellings of one name are one name here.
        #expect(throws: JSON.Refusal.self) {
            try JSON(parsing: Secret(utf8: "{\"\u{E9}\":1,\"e\u{301}\":2}"))
        }
    }
}

/// One line of the table.
private struct JSONCase {
    let kind: String
    let name: String
    let bytes: [UInt8]

    var refusal: JSON.Refusal? {
        do throws(JSON.Refusal) { _ = try JSON(parsing: Secret(copying: bytes)) } catch {
            return error
        }
        return nil
    }

    var isAccepted: Bool { refusal == nil }

    static func all(thisFile: String = #filePath) throws -> [JSONCase] {
        let folder = thisFile.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
        let text = try PrivateFile.readShared(
            "\(folder)/Vectors/JSONTestSuite.tsv", limit: 1 << 20
        ).dangerouslyRevealedText()
        return try text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            let cells = line.split(separator: "\t", omittingEmptySubsequences: false)
            try #require(cells.count == 3)
            return JSONCase(
                kind: String(cells[0]), name: String(cells[1]), bytes: try decoded(cells[2]))
        }
    }

    /// `‹NN›` stands for the byte with that value.
    private static func decoded(_ text: Substring) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = text
        while let first = rest.first {
            if first == "‹" {
                bytes.append(try #require(UInt8(rest.dropFirst().prefix(2), radix: 16)))
                rest = rest.dropFirst(4)
            } else {
                bytes += Array(String(first).utf8)
                rest = rest.dropFirst()
            }
        }
        return bytes
    }
}
