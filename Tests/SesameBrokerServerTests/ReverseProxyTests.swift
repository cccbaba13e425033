import Glibc
import SesameAudit
import SesameBroker
import SesameHTTPServer
import SesameJSON
import SesamePlayground
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@testable import SesameBrokerServer

/// What reverse proxies ask, in the shapes that they ask it in.
@Suite struct `A reverse proxy` {
    /// The bytes that each of them sends, and those that it gets.
    @Test(arguments: ["nginx", "envoy", "traefik"])
    func `gets the field to add, and nothing else`(proxy: String) async throws {
        let rig = try Rig()
        try await rig.logIn("rfc")
        let token = try #require(try await rig.token("rfc").json["access_token"]?.string)
        let answer = try await ask(rig, golden("\(proxy).request"))
        #expect(answer == (try golden("answer")).replacing("TOKEN", with: token))
    }

    @Test func `asks by whatever method it is asked`() async throws {
        let rig = try Rig()
        try await rig.logIn("rfc")
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "QUERY"] {
            for path in ["/auth?profile=rfc", "/auth/rfc", "/auth/rfc/", "/auth/rfc/a/b?c=d"] {
                let answer = try await ask(rig, method, path)
                #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\nAuthorization: Bearer "))
            }
        }
        let head = try await ask(rig, "HEAD", "/auth/nobody")
        #expect(head.hasPrefix("HTTP/1.1 404 ") && head.hasSuffix("\r\n\r\n"))
    }

    /// The answer to such a request is the request, with the credential in it.
    @Test(arguments: ["TRACE", "TRACK", "CONNECT", "trace"])
    func `gets nothing for a request that would come back`(method: String) async throws {
        let rig = try Rig()
        try await rig.logIn("rfc")
        for path in ["/auth?profile=rfc", "/auth/rfc/x"] {
            let direct = try await ask(rig, method, path)
            #expect(direct.hasPrefix("HTTP/1.1 405 ") && !direct.contains("Bearer"))
            #expect(direct.contains("\r\nAllow: GET, HEAD, "))
            for field in ["X-Forwarded-Method", "X-Original-Method"] {
                let told = try await ask(rig, "GET", path, "\(field): \(method)\r\n")
                #expect(told.hasPrefix("HTTP/1.1 403 ") && !told.contains("Bearer"))
            }
        }
    }

    @Test func `gets a renewed token where one lasts too short, as it says itself`() async throws {
        let rig = try Rig()
        try await rig.logIn("rfc")
        _ = try await ask(rig, "GET", "/auth/rfc/x?min_valid=3601")
        #expect(rig.playground.tokenRequests(of: "rfc") == 1, "that is the client's own word")
        _ = try await ask(rig, "GET", "/auth?profile=rfc&min_valid=3601")
        #expect(rig.playground.tokenRequests(of: "rfc") == 2)
    }

    @Test func `gets a password where the profile has one`() async throws {
        let rig = try Rig()
        let body = #"{"settings":{},"username":"ada","password":"practice"}"#
        _ = try await rig.call("PUT", "/profiles/plain", body)
        let answer = try await ask(rig, "GET", "/auth?profile=plain")
        #expect(answer.contains("\r\nAuthorization: Basic YWRhOnByYWN0aWNl\r\n"))
    }

    @Test func `is told by 401 that a person must log in`() async throws {
        let rig = try Rig()
        let answer = try await ask(rig, "GET", "/auth?profile=rfc")
        #expect(answer.hasPrefix("HTTP/1.1 401 Unauthorized\r\n"))
        #expect(answer.contains("\r\nWWW-Authenticate: Sesame\r\n"))
        #expect(answer.contains(#""status":401"#) && answer.contains(#""code":"login_required""#))
        #expect(try await rig.token("rfc").status == 409, "as ever")
    }

    @Test func `is told to try again while the server is in trouble`() async throws {
        let rig = try Rig()
        try await rig.give("practice-secret", to: "service")
        await rig.playground.stop()
        let answer = try await ask(rig, "GET", "/auth?profile=service")
        #expect(answer.hasPrefix("HTTP/1.1 503 ") && answer.contains("\r\nRetry-After: 10\r\n"))
    }

    @Test(arguments: [
        ("/auth", 400), ("/auth?profile=", 400), ("/auth?profile=rfc&profile=service", 400),
        ("/auth?profile=rfc&min_valid=soon", 400), ("/auth?profile=nobody", 404),
        ("/auth/nobody/x?profile=rfc", 404), ("/auth/", 404), ("/auths", 404),
        ("/auth//rfc", 404), ("/auth/rfc%2F..", 404), ("/auth/../v1/profiles/rfc/token", 404),
    ])
    func `gets nothing where it names no profile`(path: String, status: Int) async throws {
        let rig = try Rig()
        try await rig.logIn("rfc")
        let answer = try await ask(rig, "GET", path)
        #expect(answer.hasPrefix("HTTP/1.1 \(status) ") && !answer.contains("Bearer"), "\(answer)")
    }

    @Test func `needs the access that a token needs, and is on record`() async throws {
        let rules = """
            [caller web]
            user = 2001
            profile = rfc
            may = token
            [caller eyes]
            user = 2002
            may = request
            [caller rig]
            user = \(geteuid())
            may = manage

            """
        let rig = try Rig(.unixSocket, Rig.profiles + rules)
        try await rig.logIn("rfc")
        let gate = Gate(
            configuration: ConfigurationFile(
                path: rig.folder.file("config"), home: rig.folder.path), owner: 1000)
        let routes = Routes(broker: rig.broker, gate: gate, trail: rig.trail)
        func status(_ uid: uid_t, _ path: String, _ query: String?) async -> Int {
            await routes.handle(
                ServerRequest(
                    method: "GET", path: path, query: query,
                    peer: .process(pid: getpid(), uid: uid, gid: uid))
            ).status
        }
        #expect(await status(2001, "/auth", "profile=rfc") == 200)
        #expect(await status(2001, "/auth/rfc/x", nil) == 200)
        #expect(await status(2001, "/auth", "profile=mautic") == 403)
        #expect(await status(2001, "/auth/mautic/x", "profile=rfc") == 403)
        #expect(await status(2002, "/auth", "profile=rfc") == 403)
        #expect(await status(2003, "/auth/rfc", nil) == 403)
        let records = try await rig.trail.records(AuditQuery(limit: 100)).map(\.json)
        let mine = records.filter { $0["caller"]?["uid"]?.integer == 2001 }
        #expect(mine.first?["action"]?.string == "headers")
        #expect(mine.first?["outcome"]?.string == "granted")
        #expect(mine.first?["fingerprint"]?.string?.isEmpty == false)
        #expect(mine.last?["outcome"]?.string == "caller_refused")
        #expect(mine.last?["profile"]?.string == "mautic")
    }

    private func ask(
        _ rig: Rig, _ method: String, _ target: String, _ fields: String = ""
    ) async throws -> String {
        try await ask(rig, "\(method) \(target) HTTP/1.1\r\nHost: sesame\r\n\(fields)\r\n")
    }

    /// Everything that comes for these bytes.
    private func ask(_ rig: Rig, _ request: String) async throws -> String {
        try await offPool {
            let client = try rig.connect()
            client.send(request)
            client.endOutput()
            return try client.receiveAll()
        }
    }

    private func golden(_ name: String, thisFile: String = #filePath) throws -> String {
        let folder = "/" + thisFile.split(separator: "/").dropLast().joined(separator: "/")
        return try PrivateFile.readShared("\(folder)/Proxies/\(name)", limit: 65_536)
            .dangerouslyRevealedText()
    }
}
