import SesameCurl
import SesameHTTP
import SesameSecrets
import TestSupport
import Testing

/// Servers that send one byte after another and never stop: no limit for silence ends that.
///
/// The token requests of the programs have half a minute, which no switch shortens; here it is a second.
@Suite struct `A server that drips` {
    private static let head = "HTTP/1.1 200 OK\r\n"
    /// What comes at once, and what comes byte by byte.
    static let drips: [(String, String)] = [
        ("", head + "X-Slow: "), (head, "X-Slow: "),
        ("HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 Early Hints\r\nLink: "),
        (head + "Content-Length: 100000\r\n\r\n", "{"),
        (head + "Transfer-Encoding: chunked\r\n\r\n", "1\r\n{\r\n1\r\n \r\n10000\r\n"),
        (head + "\r\n", "{"),
    ]

    @Test(arguments: drips)
    func `T-12: is given up at the end of the time for the whole exchange`(
        atOnce: String, slowly: String
    ) async throws {
        let (ends, end) = AsyncStream<Bool>.makeStream()
        let server = try ScriptedServer { connection in
            guard connection.request() != nil else { return }
            connection.write(atOnce)
            // Ten bytes in a second, for as long as a test may take.
            let bytes = Array(slowly.utf8) + Array(repeating: UInt8(ascii: "a"), count: 3000)
            end.yield(connection.drip(bytes, pause: 100))
        }
        var request = HTTPRequest("POST", try server.url("/token"))
        request.body = Secret(utf8: "grant_type=client_credentials")
        request.timeout = 1
        let wanted = request
        let transport = CurlTransport()
        let error = await #expect(throws: TransportError.self) { try await transport.send(wanted) }
        #expect(error?.code == .timeout)
        // Whoever knows that does not present a refresh token again.
        #expect(error?.mayHaveBeenSent == true)
        #expect(error?.message.contains("did not answer within 1 second") == true)
        for await isLeft in ends {
            #expect(isLeft, "the connection is closed as well")
            break
        }
        #expect(server.requests.count == 1 && server.connectionCount == 1)
    }
}
