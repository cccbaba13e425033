import SesameHTTP
import SesameOAuth
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@Suite struct `A refreshing token source` {
    @Test func `follows a thousand rotations without using a token twice`() async throws {
        let server = RotatingServer()
        let source = try source(server) { _ in }
        for round in 1...1000 {
            let rejected = try await source.token()
            #expect(rejected.value.dangerouslyRevealedText() == "access-\(round)")
            if round < 1000 { _ = try await source.renewed(after: rejected) }
        }
        #expect(server.replays == 0)
    }

    @Test func `saves the new refresh token before anybody sees the access token`() async throws {
        let server = RotatingServer()
        let saved = Locked<[String]>([])
        let source = try source(server) { answer in
            let token = answer.refreshToken?.dangerouslyRevealedText() ?? "none"
            for _ in 0..<100 { await Task.yield() }
            saved.withLock { $0.append(token) }
        }
        let before = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<40 {
                group.addTask {
                    _ = try? await source.token()
                    return saved.withLock { $0.count }
                }
            }
            return await group.reduce(into: Set<Int>()) { $0.insert($1) }
        }
        #expect(before == [1])
        #expect(saved.withLock { $0 } == ["refresh-1"])
        #expect(server.replays == 0)
    }

    @Test func `never replays a refresh token for a stale reader`() async throws {
        let server = RotatingServer()
        let source = try source(server) { _ in await Task.yield() }
        let stale = try await source.token()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<40 {
                group.addTask {
                    for _ in 0..<Int.random(in: 0..<20) { await Task.yield() }
                    _ = try? await source.renewed(after: stale)
                }
            }
        }
        #expect(server.replays == 0)
        #expect(server.count == 2)
    }

    @Test func `keeps its refresh token when the answer brings none`() async throws {
        let transport = ScriptedTransport { index, _ in
            .json(#"{"access_token":"a\#(index)","token_type":"Bearer","expires_in":0}"#)
        }
        let saved = Locked<[String?]>([])
        let source = RefreshingTokenSource(
            client: try client(transport), refreshToken: Secret(utf8: "r0"), time: ManualTime()
        ) { answer in
            saved.withLock { $0.append(answer.refreshToken?.dangerouslyRevealedText()) }
        }
        _ = try await source.token()
        _ = try await source.token()
        #expect(transport.requests.map { $0.form?["refresh_token"] } == ["r0", "r0"])
        #expect(saved.withLock { $0 } == ["r0", "r0"])
    }

    @Test func `goes on with a new refresh token that came with an unusable access token`()
        async throws
    {
        let transport = ScriptedTransport([
            .answer(.json(#"{"access_token":"a","token_type":"mac","refresh_token":"r1"}"#)),
            .answer(.json(#"{"access_token":"a","token_type":"Bearer"}"#)),
        ])
        let source = RefreshingTokenSource(
            client: try client(transport), refreshToken: Secret(utf8: "r0"), time: ManualTime()
        ) { _ in }
        let error = await failure { () async throws(OAuthError) in _ = try await source.token() }
        #expect(error?.rotatedRefreshToken?.dangerouslyRevealedText() == "r1")
        _ = try await source.token()
        #expect(transport.requests.map { $0.form?["refresh_token"] } == ["r0", "r1"])
    }

    @Test func `saves again, instead of renewing again, after saving failed`() async throws {
        let server = RotatingServer()
        let attempts = Locked(0)
        let source = try source(server) { _ in
            let attempt = attempts.withLock { attempts in
                attempts += 1
                return attempts
            }
            if attempt == 1 { throw DiskFull() }
        }
        let error = await failure { () async throws(OAuthError) in _ = try await source.token() }
        #expect(error?.code == .notSaved)
        #expect(try await source.token().value.dangerouslyRevealedText() == "access-1")
        #expect(server.count == 1)
    }

    @Test func `stops asking once the grant has ended`() async throws {
        let transport = ScriptedTransport { _, _ in
            .json(#"{"error":"invalid_grant"}"#, status: 400)
        }
        let source = RefreshingTokenSource(
            client: try client(transport), refreshToken: Secret(utf8: "r"), time: ManualTime()
        ) { _ in }
        for _ in 0..<3 {
            let error = await failure { () async throws(OAuthError) in
                _ = try await source.token()
            }
            #expect(error?.code == .grantEnded)
        }
        #expect(transport.requests.count == 1)
    }

    @Test func `uses the access token that it was given while it lasts`() async throws {
        let server = RotatingServer()
        let time = ManualTime()
        let held = AccessToken(
            Secret(utf8: "held"), receivedAt: time.now, expiresAt: time.now.adding(seconds: 600))
        let source = RefreshingTokenSource(
            client: try client(server.transport), refreshToken: Secret(utf8: "refresh-0"),
            accessToken: held, time: time
        ) { _ in }
        #expect(try await source.token().value.equals(held.value))
        #expect(server.count == 0)
    }
}

/// A server that accepts each refresh token once and counts those that come twice.
private final class RotatingServer: Sendable {
    private let state = Locked((count: 0, replays: 0))

    var count: Int { state.withLock { $0.count } }
    var replays: Int { state.withLock { $0.replays } }

    var transport: ScriptedTransport {
        ScriptedTransport { [self] _, request in
            for _ in 0..<20 { await Task.yield() }
            let presented = request.form?["refresh_token"]
            let next: Int? = state.withLock { state in
                guard presented == "refresh-\(state.count)" else {
                    state.replays += 1
                    return nil
                }
                state.count += 1
                return state.count
            }
            guard let next else { return .json(#"{"error":"invalid_grant"}"#, status: 400) }
            return .json(
                """
                {"access_token":"access-\(next)","token_type":"Bearer","expires_in":600,
                 "refresh_token":"refresh-\(next)"}
                """)
        }
    }
}

private struct DiskFull: Error {}

private func source(
    _ server: RotatingServer, save: @escaping @Sendable (TokenResponse) async throws -> Void
) throws -> RefreshingTokenSource {
    RefreshingTokenSource(
        client: try client(server.transport), refreshToken: Secret(utf8: "refresh-0"),
        time: ManualTime(), save: save)
}
