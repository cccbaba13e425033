import SesameHTTP
import SesameLogin
import SesameSystem
import TestSupport
import Testing

/// Form Post Response Mode: the server's page has the browser post the callback.
@Suite struct `A callback that is posted` {
    @Test(arguments: ["https://as.test", "null"])
    func `L-8: from the server's page is the answer`(origin: String) async throws {
        let login = try await LoginAttempt(postOrigin: "https://as.test")
        let answer = try await login.visit(raw: post(to: login, fields: ["Origin: \(origin)"]))
        #expect(answer.status == 200)
        #expect(answer.text.contains("<h1>Signed in</h1>"))
        try await login.outcome.value.get()
        #expect(!login.isPortOpen)
    }

    @Test(arguments: [
        ["Origin: https://evil.test"], ["Origin: https://as.test.evil.test"],
        ["Origin: http://as.test"], [],
        ["Origin: https://as.test", "Origin: https://evil.test"],
    ])
    func `L-8: from another page changes nothing`(fields: [String]) async throws {
        let login = try await LoginAttempt(postOrigin: "https://as.test")
        #expect(try await login.visit(raw: post(to: login, fields: fields)).status == 400)
        #expect(login.judged.withLock { $0.isEmpty })
        try await login.succeed()
    }

    @Test(arguments: [
        ("/callback?state=right", "application/x-www-form-urlencoded", 400),
        ("/callback", "text/plain", 400), ("/callback", "multipart/form-data", 400),
        ("/other", "application/x-www-form-urlencoded", 404),
    ])
    func `as anything else than a form at the right place changes nothing`(
        target: String, type: String, status: Int
    ) async throws {
        let login = try await LoginAttempt(postOrigin: "https://as.test")
        let request = post(
            to: login, target: target, type: type, fields: ["Origin: https://as.test"])
        #expect(try await login.visit(raw: request).status == status)
        #expect(login.judged.withLock { $0.isEmpty })
        try await login.succeed()
    }

    private func post(
        to login: LoginAttempt, target: String = "/callback",
        type: String = "application/x-www-form-urlencoded", fields: [String]
    ) -> String {
        let body = "code=c&state=right"
        let all =
            ["Host: \(login.uri.authority)", "Content-Type: \(type)"] + fields
            + ["Content-Length: \(body.utf8.count)"]
        return "POST \(target) HTTP/1.1\r\n" + all.joined(separator: "\r\n") + "\r\n\r\n" + body
    }
}
