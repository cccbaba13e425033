import SesameHTTP
import SesameHTTPServer
import SesameJSON
import SesamePlayground
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

/// Over real sockets.
@Suite struct `A running playground` {
    /// Stands in for the program that waits for the callback.
    private final class Listener: Sendable {
        let queries = Locked<[String]>([])
        let port: UInt16
        private let server: HTTPServer

        init() throws {
            let queries = queries
            server = try HTTPServer { request in
                if request.path == "/callback" {
                    queries.withLock { $0.append(request.query ?? "") }
                }
                return ServerResponse(
                    status: 200, body: Secret(utf8: "<p>You may close this page.</p>"))
            }
            port = try server.listen(loopbackPort: 0)
        }

        var parameters: ReceivedForm? {
            queries.withLock { $0.last }.flatMap { try? ReceivedForm(query: $0) }
        }

        func stop() async { await server.stop() }
    }

    private let practice = Practice()

    /// `nil` when no answer came.
    private func status(_ request: HTTPRequest) -> Int? {
        try? LocalConnection.send(request).status
    }

    private func authorizationURL(
        _ playground: Playground, _ listener: Listener, mautic: Bool
    ) throws -> HTTPURL {
        let redirect = "http://127.0.0.1:\(listener.port)/callback"
        let target =
            mautic
            ? "/mautic/oauth/v2/authorize?"
                + practice.authorizationQuery(client: Practice.anyPort, redirect: redirect)
            : practice.authorizeTarget("rfc", ["redirect_uri": redirect])
        return try #require(HTTPURL(playground.baseURL.origin + target))
    }

    @Test(arguments: [false, true])
    func `lets the practice browser log in and come back`(_ isMautic: Bool) async throws {
        let playground = try Playground()
        let listener = try Listener()
        let url = try authorizationURL(playground, listener, mautic: isMautic)
        let visit = try await PracticeBrowser(.allow).open(url)
        #expect(visit.status == 200)
        #expect(visit.url.port == listener.port)
        #expect(visit.body.contains("close this page"))
        #expect(listener.parameters?["code"]?.isEmpty == false)
        #expect(listener.queries.withLock { $0.count } == 1)
        await listener.stop()
        await playground.stop()
    }

    @Test func `sends a denial back by the RFC, and never in the Mautic's way`() async throws {
        let playground = try Playground()
        let listener = try Listener()
        let mautic = try await PracticeBrowser(.deny).open(
            authorizationURL(playground, listener, mautic: true))
        #expect(mautic.status == 302)
        #expect(mautic.body.contains("API authorization denied."))
        #expect(listener.parameters == nil)
        _ = try await PracticeBrowser(.deny).open(
            authorizationURL(playground, listener, mautic: false))
        #expect(listener.parameters?["error"] == "access_denied")
        await listener.stop()
        await playground.stop()
    }

    @Test func `loses an answer as a dying server does`() async throws {
        let playground = try Playground()
        playground.install(.lostAnswer.at(.token, of: "strict"))
        var request = HTTPRequest("POST", playground.issuer("strict").appending(path: "token"))
        request.fields.set("Content-Type", "application/x-www-form-urlencoded")
        request.body = Secret(
            utf8: "grant_type=refresh_token&client_id=practice-public&refresh_token=x")
        #expect(status(request) == nil)
        #expect(status(request) == 400)
        #expect(playground.tokenRequests(of: "strict") == 2)
        #expect(playground.log.map(\.isAnswered) == [false, true])
        await playground.stop()
    }

    @Test func `is gone when it was stopped`() async throws {
        let playground = try Playground()
        let url = playground.baseURL
        #expect(status(HTTPRequest("GET", url)) == 200)
        await playground.stop()
        #expect(status(HTTPRequest("GET", url)) == nil)
    }

    @Test func `fails when its port is taken`() async throws {
        let playground = try Playground()
        var options = PlaygroundOptions()
        options.port = playground.baseURL.port
        #expect((try? Playground(options)) == nil)
        await playground.stop()
    }
}
