import SesameHTTP
import SesameLogin
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

/// A login under way: a listener that accepts `state=right`, and a browser of raw bytes.
struct LoginAttempt {
    let uri: HTTPURL
    let outcome: Task<Result<Void, LoginError>, Never>
    /// What the judge was shown, by the `state` parameter.
    let judged = Locked<[String]>([])

    init(
        _ redirectURI: String = "http://127.0.0.1:0/callback", timeout: Duration = .seconds(300),
        time: any TimeSource = SystemTime(), postOrigin: String? = nil
    ) async throws {
        let wanted = try #require(HTTPURL(redirectURI))
        let (bound, announce) = AsyncStream<Result<HTTPURL, LoginError>>.makeStream()
        let judged = judged
        outcome = Task {
            do throws(LoginError) {
                let listener = try LoopbackListener(redirectURI: wanted)
                announce.yield(.success(listener.redirectURI))
                try await listener.callback(timeout: timeout, time: time, postOrigin: postOrigin) {
                    form in
                    let state = form["state"] ?? "?"
                    judged.withLock { $0.append(state) }
                    guard state == "right" else { return .ignore }
                    return .accept(succeeded: form["error"] == nil)
                }
                return .success(())
            } catch {
                announce.yield(.failure(error))
                return .failure(error)
            }
        }
        uri = try #require(await bound.first { _ in true }).get()
    }

    /// What a browser gets for a target.
    func visit(_ target: String, method: String = "GET", host: String? = nil) async throws
        -> RawAnswer
    {
        try await visit(
            raw: "\(method) \(target) HTTP/1.1\r\nHost: \(host ?? uri.authority)\r\n\r\n")
    }

    /// What a browser gets for exactly these bytes.
    func visit(raw request: String) async throws -> RawAnswer {
        let port = uri.port
        return try await offPool {
            let browser = try RawSocket(port: port)
            browser.send(request)
            return try browser.receiveAnswer(toHead: request.hasPrefix("HEAD"))
        }
    }

    /// Completes the login, which must still be possible.
    func succeed() async throws {
        let answer = try await visit("/callback?code=c&state=right")
        #expect(answer.status == 200)
        #expect(answer.text.contains("<h1>Signed in</h1>"))
        try await outcome.value.get()
        #expect(!isPortOpen)
    }

    var isPortOpen: Bool { (try? RawSocket(port: uri.port)) != nil }
}
