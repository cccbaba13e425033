import Glibc
import SesameCrypto
import SesameCurl
import SesameHTTP
import SesameSecrets
import TestSupport
import Testing

@Suite struct `A curl transport in a program that calls exit` {
    @Test func `leaves OpenSSL to the transfers that go on`() async {
        // libcurl is the first here that wants OpenSSL.
        await #expect(processExitsWith: .exitCode(23)) {
            // Registered before OpenSSL was used, so it runs after whatever OpenSSL has registered.
            atexit {
                let digest = SHA256.digest([UInt8]("abc".utf8).span).dangerouslyRevealedBytes()
                _exit(digest.first == 0xba ? 23 : 24)
            }
            let server = try ScriptedServer(answer: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            _ = try await CurlTransport().send(HTTPRequest("GET", try server.url()))
            exit(0)
        }
    }
}
