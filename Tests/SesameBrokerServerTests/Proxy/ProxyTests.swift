import Glibc
import SesameAudit
import SesameBroker
import SesameBrokerServer
import SesameHTTP
import SesameHTTPServer
import SesameJSON
import SesamePlayground
import SesameSystem
import TestSupport
import Testing

@Suite struct `A proxy` {
    @Test func `adds the credential, and shows it to nobody but the server`() async throws {
        let rig = try await ProxyRig(answerAll)
        let answer = try await rig.call("GET /things?a=b%20c", "X-Mine: 1\r\n\r\n")
        #expect(answer.status == 200)
        let request = try #require(rig.upstream.requests.first)
        #expect(request.line == "GET /api/things?a=b%20c HTTP/1.1")
        #expect(request.field("X-Mine") == "1")
        #expect(request.field("Host") == "127.0.0.1:\(rig.upstream.port)")
        #expect(request.field("Via") == "1.1 sesame-one")
        let token = try await rig.token
        #expect(!token.isEmpty && request.field("Authorization") == "Bearer \(token)")
        #expect(!answer.head.contains(token))
    }

    @Test func `takes its own credential for the client's`() async throws {
        let rig = try await ProxyRig(answerAll)
        _ = try await rig.call(
            "GET /things",
            "Authorization: Bearer of-the-client\r\nDPoP: x\r\nProxy-Authorization: Basic eA==\r\n"
                + "Cookie: a=b\r\n\r\n")
        let head = try #require(rig.upstream.requests.first?.head)
        #expect(
            !head.contains("of-the-client") && !head.contains("Proxy-") && !head.contains("DPoP"))
        #expect(head.contains("Cookie: a=b\r\n"))
        #expect(rig.upstream.requests.first?.field("Authorization")?.hasPrefix("Bearer ") == true)
    }

    @Test func `passes fields of one connection in neither direction`() async throws {
        let rig = try await ProxyRig { connection in
            _ = connection.request()
            connection.write(
                "HTTP/1.1 200 OK\r\nConnection: X-Hop, close\r\nX-Hop: 1\r\nKeep-Alive: 5\r\n"
                    + "X-End: 2\r\nSet-Cookie: c=d\r\nAlt-Svc: h3=\":443\"\r\nContent-Length: 0\r\n\r\n"
            )
        }
        let answer = try await rig.call(
            "GET /things",
            "Connection: keep-alive , X-Gone\r\nX-Gone: 1\r\nTE: trailers\r\nX-Stays: 2\r\n"
                + "Upgrade: h2c\r\n\r\n")
        let head = try #require(rig.upstream.requests.first?.head)
        for name in ["Connection", "X-Gone", "TE", "Upgrade", "Transfer-Encoding"] {
            #expect(!head.contains("\r\n\(name):"), "\(name)")
        }
        #expect(head.contains("X-Stays: 2\r\n"))
        for name in ["X-Hop", "Keep-Alive", "Connection", "Alt-Svc"] {
            #expect(answer[name] == nil, "\(name)")
        }
        #expect(answer["X-End"] == "2" && answer["Set-Cookie"] == "c=d")
    }

    @Test func `passes a redirect on, and names its own path for what lies behind it`() async throws
    {
        let rig = try await ProxyRig { connection in
            while let request = connection.request() {
                let place =
                    request.line.contains("/here")
                    ? "/api/here/?a=b" : "https://elsewhere.example/"
                connection.write(
                    "HTTP/1.1 302 Found\r\nLocation: \(place)\r\nContent-Length: 0\r\n\r\n")
            }
        }
        #expect(try await rig.call("GET /here")["Location"] == "/here/?a=b")
        let away = try await rig.call("GET /away")
        #expect(away.status == 302 && away["Location"] == "https://elsewhere.example/")
        #expect(rig.upstream.requests.count == 2)
    }

    @Test(arguments: [
        "/../secret", "/%2e%2e/secret", "/a/../../secret", "/a%2fb", "/a%5cb", "/..",
    ])
    func `leads nowhere but to its target`(path: String) async throws {
        let rig = try await ProxyRig(answerAll)
        let answer = try await rig.call("GET \(path)")
        #expect(answer.status == 403 && answer.problem == "destination_refused")
        #expect(rig.upstream.requests.isEmpty)
    }

    @Test(arguments: ["", "hello"])
    func `renews a token that was refused once, and sends the request once more`(
        content: String
    ) async throws {
        let rig = try await ProxyRig.refusing(1)
        let answer = try await rig.call(
            content.isEmpty ? "GET /things" : "POST /things",
            "Content-Length: \(content.utf8.count)\r\n\r\n\(content)")
        #expect(answer.status == 200 && answer.text == content)
        #expect(rig.rig.playground.tokenRequests(of: "rfc") == 2)
        let tokens = rig.upstream.requests.map { $0.field("Authorization") }
        #expect(tokens.count == 2 && tokens[0] != tokens[1])
    }

    @Test func `passes a second refusal on`() async throws {
        let rig = try await ProxyRig.refusing(9)
        let answer = try await rig.call("GET /things")
        #expect(answer.status == 401 && answer.text == "no")
        #expect(answer["WWW-Authenticate"]?.contains("invalid_token") == true)
        #expect(rig.upstream.requests.count == 2)
    }

    @Test func `sends a large content once, and has a better token for the next`() async throws {
        let rig = try await ProxyRig.refusing(1)
        let content = String(repeating: "a", count: 70_000)
        let large = try await rig.call(
            "POST /things", "Content-Length: \(content.utf8.count)\r\n\r\n\(content)")
        #expect(large.status == 401)
        // The renewal has begun; a request that comes before its end still has the old token.
        let refused = rig.upstream.requests.first?.field("Authorization")
        let deadline = ContinuousClock.now + patience
        repeat {
            #expect(try await rig.call("GET /things").status == 200)
        } while rig.upstream.requests.last?.field("Authorization") == refused
            && ContinuousClock.now < deadline
        #expect(rig.upstream.requests.last?.field("Authorization") != refused)
        #expect(rig.rig.playground.tokenRequests(of: "rfc") == 2)
        #expect(rig.upstream.requests.count { $0.line.hasPrefix("POST") } == 1)
    }

    @Test func `answers with a problem of its own where nobody is logged in`() async throws {
        let rig = try await ProxyRig(answerAll)
        _ = try await rig.rig.call("DELETE", "/profiles/p/grant")
        let answer = try await rig.call("GET /things")
        #expect(answer.status == 502 && answer.problem == "login_required")
        #expect(answer["Proxy-Status"] == "sesame; error=proxy_internal_error")
        #expect(rig.upstream.requests.isEmpty)
    }

    @Test func `says when the server behind it does not answer`() async throws {
        let rig = try await ProxyRig { _ in }
        let answer = try await rig.call("POST /things", "Content-Length: 0\r\n\r\n")
        #expect(answer.status == 502 && answer.problem == "temporary")
        #expect(try answer.json["may_have_been_sent"]?.bool == true)
        #expect(answer["Proxy-Status"] == "sesame; error=connection_terminated")
    }

    @Test func `leaves a record of each request, with destination and fingerprint`() async throws {
        let rig = try await ProxyRig(answerAll)
        _ = try await rig.call("GET /things?secret=1")
        await rig.rig.trail.close()
        let records = try await rig.rig.call("GET", "/audit").json["records"]?.elements ?? []
        let record = try #require(records.last { $0["action"]?.string == "request" })
        #expect(record["outcome"]?.string == "granted")
        #expect(
            record["destination"]?.string == "http://127.0.0.1:\(rig.upstream.port)/api/things")
        #expect(record["fingerprint"]?.string?.isEmpty == false)
        #expect(record["caller"]?["uid"]?.integer == Int64(geteuid()))
    }
}

extension ProxyRig {
    /// Behind it, so many answers say that the token is bad.
    static func refusing(_ count: Int) async throws -> ProxyRig {
        let left = Locked(count)
        return try await ProxyRig { connection in
            while let request = connection.request() {
                let isRefused = left.withLock { left in
                    left -= 1
                    return left >= 0
                }
                if isRefused {
                    connection.write(tokenRefusal)
                } else {
                    connection.write(
                        "HTTP/1.1 200 OK\r\nContent-Length: \(request.body.count)\r\n\r\n")
                    connection.write(request.body)
                }
            }
        }
    }
}
