import Testing

@testable import SesameBrokerAPI

@Suite struct `The head of an answer` {
    @Test func `gives status and length`() throws {
        let head = try #require(
            AnswerHead("HTTP/1.1 200 OK\r\nContent-Type: a\r\nContent-Length: 12\r\n\r\n"))
        #expect(head.status == 200)
        #expect(head.contentLength == 12)
        #expect(!head.closes)
    }

    @Test func `may be without a length only where there is no content`() {
        #expect(AnswerHead("HTTP/1.1 204 No Content\r\n\r\n")?.contentLength == 0)
        #expect(AnswerHead("HTTP/1.1 200 OK\r\n\r\n") == nil)
    }

    @Test func `says when the connection closes`() {
        #expect(
            AnswerHead("HTTP/1.1 503 x\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n")?.closes
                == true)
    }

    @Test(arguments: [
        "", "\r\n\r\n", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 100 Continue\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 20x OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n folded\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: \u{0}\r\n\r\n",
    ])
    func `is refused when anything is loose`(text: String) {
        #expect(AnswerHead(text) == nil)
    }

    @Test func `ends at the first empty line`() {
        #expect(AnswerHead.end(in: Array("a\r\n\r\nb\r\n\r\n".utf8).span) == 5)
        #expect(AnswerHead.end(in: Array("a\r\n\r".utf8).span) == nil)
        #expect(AnswerHead.end(in: [UInt8]().span) == nil)
    }
}
