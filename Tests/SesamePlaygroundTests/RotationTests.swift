import Glibc
import SesameHTTP
import SesameHTTPServer
import SesameJSON
import SesamePlayground
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@Suite struct `Rotation` {
    private let practice = Practice()

    private func refreshToken(_ response: ServerResponse) throws -> String? {
        try response.json()["refresh_token"]?.string
    }

    @Test func `is strict: every refresh token works once`() async throws {
        let first = try await practice.logIn("strict")["refresh_token"]?.string
        let second = try refreshToken(await practice.refresh("strict", first))
        #expect(await practice.refresh("strict", first).status == 400)
        let third = try refreshToken(await practice.refresh("strict", second))
        #expect(await practice.refresh("strict", third).status == 200)
        #expect(Set([first, second, third]).count == 3)
    }

    @Test func `has a grace period: the same answer again, for a while`() async throws {
        let first = try await practice.logIn("grace")["refresh_token"]?.string
        let answer = await practice.refresh("grace", first)
        practice.time.advance(seconds: 29)
        let again = try await practice.refresh("grace", first).json()
        #expect(again["access_token"]?.string == (try answer.json()["access_token"]?.string))
        #expect(again["refresh_token"]?.string == (try refreshToken(answer)))
        #expect(again["expires_in"]?.integer == 3571)
        practice.time.advance(seconds: 1)
        #expect(await practice.refresh("grace", first).status == 400)
        #expect(await practice.refresh("grace", again["refresh_token"]?.string).status == 200)
    }

    @Test func `can be absent: the token stays good and no new one comes`() async throws {
        let first = try await practice.logIn("none")["refresh_token"]?.string
        for _ in 1...3 {
            let response = await practice.refresh("none", first)
            #expect(response.status == 200)
            #expect(try refreshToken(response) == nil)
        }
    }

    @Test func `can end the whole login at a second use`() async throws {
        let first = try await practice.logIn("family")["refresh_token"]?.string
        let answer = try await practice.refresh("family", first).json()
        #expect(await practice.refresh("family", first).status == 400)
        #expect(await practice.refresh("family", answer["refresh_token"]?.string).status == 400)
        let access = "Bearer " + (answer["access_token"]?.string ?? "")
        #expect(
            await practice.send("GET", "/family/api/echo", [("Authorization", access)]).status
                == 401)
    }

    @Test func `is logged with a generation, and no token`() async throws {
        let first = try await practice.logIn("strict")["refresh_token"]?.string ?? ""
        let answer = await practice.refresh("strict", first)
        _ = await practice.refresh("strict", first)
        let log = practice.service.log()
        #expect(log.map(\.outcome) == ["issued", "issued", "invalid_grant"])
        #expect(log.map(\.isCommitted) == [false, true, false])
        #expect(log.map(\.generation) == [1, 2, nil])
        #expect(log[1].presented == log[0].issued)
        #expect(log[2].presented == log[1].presented)
        let lines = await practice.send("GET", "/_control/log").text
        #expect(lines.split(separator: "\n").count == 3)
        #expect(!lines.contains(first))
        #expect(!lines.contains(try refreshToken(answer) ?? first))
    }

    @Test func `is logged into a file, too`() async throws {
        let path = "/tmp/playground-log-\(getpid())-\(SystemTime().uptime / .nanoseconds(1))"
        defer { _ = unsafe unlink(path) }
        let logging = Practice { $0.logFile = path }
        _ = await logging.refresh("strict", "a")
        _ = await logging.refresh("strict", "b")
        let file = FileDescriptor(owning: unsafe open(path, O_RDONLY))
        let text = try FileDescriptor.readAll(file.number, limit: 10_000).dangerouslyRevealedText()
        let lines = text.split(separator: "\n").map { try? JSON(parsing: Secret(utf8: String($0))) }
        #expect(lines.map { $0?["number"]?.integer } == [1, 2])
        #expect(lines.map { $0?["outcome"]?.string } == ["invalid_grant", "invalid_grant"])
    }

    @Test func `lets one of several parallel refreshes win`() async throws {
        let token = try await practice.logIn("strict")["refresh_token"]?.string
        let statuses = await withTaskGroup(of: Int.self) { group in
            for _ in 1...8 { group.addTask { await practice.refresh("strict", token).status } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses.count { $0 == 200 } == 1)
        #expect(statuses.count { $0 == 400 } == 7)
    }
}
