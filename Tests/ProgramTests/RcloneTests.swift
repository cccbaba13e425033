import SesameSecrets
import SesameSystem
import TestSupport
import Testing

/// Debian's rclone asks the built client for the token of a WebDAV server.
@Suite(
    .enabled(
        if: ForeignProgram.isExpected("rclone"),
        "rclone is not installed (apt-get install rclone)"))
struct `rclone with a command for its token` {
    private static let listing = """
        <?xml version="1.0"?><d:multistatus xmlns:d="DAV:">
        <d:response><d:href>/</d:href><d:propstat><d:prop><d:resourcetype><d:collection/>\
        </d:resourcetype></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>
        <d:response><d:href>/letters/</d:href><d:propstat><d:prop><d:displayname>letters\
        </d:displayname><d:resourcetype><d:collection/></d:resourcetype></d:prop>\
        <d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response></d:multistatus>
        """

    @Test func `is let in, and asks again when its token is refused`() async throws {
        // Shorter than what `sesame token` asks for: each call gives another one.
        let practice = try await Practice("strict", "--access-token-lifetime", "30")
        let sesame = practice.sesame
        let broker = try await sesame.startBroker()
        defer { broker.kill() }
        let refused = Locked(false)
        let server = try GuardedAPI(practice.playground, issuer: "strict") { _ in
            let isFirst = refused.withLock { refused in
                defer { refused = true }
                return !refused
            }
            return isFirst
                ? (401, "text/plain", "too old") : (207, "application/xml", Self.listing)
        }
        let line = try #require(
            block("sh", of: String(try waysOut("files.md").split(separator: "## rclone")[1])))
        let listed = try await sesame.shell(
            "rclone() { command rclone --config=/dev/null --retries=1 \"$@\"; }; "
                + line.replacing("https://dav.example/", with: "http://127.0.0.1:\(server.port)/")
                .replacing("\"sesame token", with: "\"$SESAME token"))
        #expect(listed.status == 0, "\(listed.errors)")
        #expect(listed.output.contains(" letters\n"))
        let log = server.log
        #expect(log.map(\.status).prefix(2) == [401, 207])
        #expect(log.first?.request.line.hasPrefix("PROPFIND / ") == true)
        #expect(Set(log.compactMap(\.token)).count == 2)
    }
}
