import SesameBroker
import SesameSecrets
import Testing

@Suite struct `A small XML document` {
    private func read(_ text: String) throws -> XMLLeaves { try XMLLeaves(Secret(utf8: text)) }

    private func text(_ document: String, _ path: String) throws -> String? {
        try read(document)[path]?.dangerouslyRevealedText()
    }

    @Test func `is its texts, each by its path`() throws {
        let document = """
            <?xml version="1.0" encoding="UTF-8"?>
            <Response xmlns="https://sts.example/doc/">
              <Result a='>' b="/">
                <Id>ASIA1</Id><Key>a+b/c=&amp;&lt;&gt;&quot;&apos;</Key><None/><Empty></Empty>
              </Result>
            </Response>

            """
        #expect(try text(document, "Response/Result/Id") == "ASIA1")
        #expect(try text(document, "Response/Result/Key") == "a+b/c=&<>\"'")
        #expect(try text(document, "Response/Result/None") == "")
        #expect(try text(document, "Response/Result/Empty") == "")
        #expect(try text(document, "Response/Id") == nil)
    }

    @Test(arguments: [
        "", " ", "text", "<a>", "</a>", "<a></b>", "<a></a><b></b>", "<a>x</a>y", "x<a></a>",
        "<a>x<b>y</b></a>", "<a><b>y</b>x</a>", "<a><b>1</b><b>2</b></a>", "<a><!-- c --></a>",
        "<!DOCTYPE a><a></a>", "<a><![CDATA[x]]></a>", "<a>&#65;</a>", "<a>&other;</a>", "<a>&</a>",
        "<a>&amp</a>", "<a><?p x?></a>", "<a b=\"<\"></a>", "<a b=\"></a>", "</a b>", "<a></a b>",
        "< a></a>", "<a", "<", "<a><", "<a/><a/>",
    ])
    func `is refused where it is anything else`(document: String) {
        #expect(throws: XMLLeaves.Refusal.self) { try read(document) }
    }

    @Test func `is refused beyond some depth, and where it is no UTF-8`() {
        let deep = String(repeating: "<a>", count: 17) + String(repeating: "</a>", count: 17)
        #expect(throws: XMLLeaves.Refusal.self) { try read(deep) }
        #expect(throws: XMLLeaves.Refusal.self) {
            try XMLLeaves(Secret(copying: Array("<a>".utf8) + [0xFF] + Array("</a>".utf8)))
        }
    }

    @Test func `never stops the broker, whatever is done to it`() {
        let document = Array("<?xml v?><a x='1'><b>1&amp;2</b><c/></a>".utf8)
        var random = Dice(state: 9)
        for _ in 0..<5000 {
            var bytes = document
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = Int.random(in: bytes.indices, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: index)
                default:
                    bytes.insert(bytes[Int.random(in: bytes.indices, using: &random)], at: index)
                }
            }
            _ = try? XMLLeaves(Secret(copying: bytes))
        }
    }
}

/// SplitMix64: the same numbers in every run.
private struct Dice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
