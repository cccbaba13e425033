import SesameCurl
import SesameHTTP
import Testing

@Suite struct `A response head` {
    private func head(_ lines: String...) throws(ResponseHead.Refusal) -> ResponseHead {
        var head = ResponseHead()
        for line in lines { try head.read(Array((line + "\r\n").utf8).span) }
        return head
    }

    @Test func `has a status and fields in order`() throws {
        let head = try head("HTTP/1.1 200 OK", "A:  1 ", "b:2", "A: 3", "Empty:", "")
        #expect(head.status == 200)
        #expect(head.fields.all.map(\.name) == ["A", "b", "A", "Empty"])
        #expect(head.fields.values("a") == ["1", "3"])
        #expect(head.fields["Empty"] == "")
    }

    @Test func `is the last block, without what came before or after`() throws {
        let head = try head(
            "HTTP/1.1 100 Continue", "A: 1", "", "HTTP/1.0 404", "B: 2", "", "A: trailer", "")
        #expect(head.status == 404)
        #expect(head.fields.all.map(\.name) == ["B"])
    }

    @Test(arguments: [
        ["A: 1"], [""], ["HTTP/2 200"], ["HTTP/1.1 20"], ["HTTP/1.1 2000"], ["HTTP/1.1 +20"],
        ["HTTP/1.1 600"], ["HTTP/1.1"], ["HTTP/1.1 200", " folded"], ["HTTP/1.1 200", "\tfolded"],
        ["HTTP/1.1 200", "A : 1"], ["HTTP/1.1 200", ": 1"], ["HTTP/1.1 200", "A"],
        ["HTTP/1.1 200", "A: \0"], ["HTTP/1.1 200", "A: x\ry"],
        ["HTTP/1.1 200", "Content-Length: 1", "Content-Length: 2", ""],
        ["HTTP/1.1 200", "Content-Length: 1", "Transfer-Encoding: chunked", ""],
        ["HTTP/1.1 200", "Content-Length: -1", ""], ["HTTP/1.1 200", "Content-Length: 1, 1", ""],
        ["HTTP/1.1 200", "Content-Length: 99999999999999999999", ""],
    ])
    func `is refused when malformed`(lines: [String]) {
        #expect(throws: ResponseHead.Refusal.malformed) {
            var head = ResponseHead()
            for line in lines { try head.read(Array((line + "\r\n").utf8).span) }
        }
    }

    @Test func `is refused when it is too large`() {
        #expect(throws: ResponseHead.Refusal.tooLarge) {
            try head("HTTP/1.1 200", "A: " + String(repeating: "x", count: 65_536))
        }
        #expect(throws: ResponseHead.Refusal.tooLarge) {
            var head = try head("HTTP/1.1 200")
            for _ in 0...200 { try head.read(Array("A: 1\r\n".utf8).span) }
        }
    }
}
