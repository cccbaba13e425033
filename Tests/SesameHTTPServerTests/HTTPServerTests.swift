import SesameHTTPServer
import SesameSystem
import TestSupport
import Testing

@Suite struct `A server` {
    @Test func `answers a request and keeps the connection`() async throws {
        let echo = try EchoServer()
        let client = try echo.connect()
        for _ in 1...3 {
            client.send("GET /echo?a=%41 HTTP/1.1\r\nHost: x\r\n\r\n")
            let answer = try client.receiveAnswer()
            #expect(answer.status == 200)
            #expect(answer.text == "GET /echo?a=%41 loopback")
            #expect(answer["Connection"] == nil)
        }
        await echo.server.stop()
        #expect(client.isEnded())
    }
}
