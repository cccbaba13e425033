import SesameHTTP
import TestSupport
import Testing

@testable import SesameCurl

@Suite struct `A curl transport without a thread` {
    @Test func `fails, proves that nothing was sent, and does not wait for ever`() async throws {
        let server = try ScriptedServer(answer: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        // A stack larger than a process can address is refused as a thread over the limit is.
        let transport = CurlTransport(thread: CurlThread(proxy: nil, stackBytes: 1 << 48))
        let request = HTTPRequest("GET", try server.url())
        for _ in 0..<2 {
            let error = await #expect(throws: TransportError.self) {
                try await transport.send(request)
            }
            #expect(error?.code == .other)
            #expect(error?.mayHaveBeenSent == false)
        }
        #expect(server.requests.isEmpty)
    }
}
