import SesameHTTP
import SesameOAuth
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@Suite struct `A reusing token source` {
    @Test func `makes one request for forty concurrent callers`() async throws {
        let transport = ScriptedTransport { index, _ in
            for _ in 0..<200 { await Task.yield() }
            return numbered(index)
        }
        let source = ClientCredentialsTokenSource(client: try client(transport), time: ManualTime())
        let values = await withTaskGroup(of: String?.self) { group in
            for _ in 0..<40 { group.addTask { try? await source.token().shown } }
            return await group.reduce(into: Set<String?>()) { $0.insert($1) }
        }
        #expect(values == ["token-0"])
        #expect(transport.requests.count == 1)
    }

    @Test func `asks again only when the token has too little time left`() async throws {
        let time = ManualTime()
        let transport = ScriptedTransport { index, _ in numbered(index) }
        let source = ClientCredentialsTokenSource(client: try client(transport), time: time)
        #expect(try await source.token().shown == "token-0")
        time.advance(seconds: 530)
        #expect(try await source.token(minimumValidity: 60).shown == "token-0")
        time.advance(seconds: 20)
        #expect(try await source.token(minimumValidity: 60).shown == "token-1")
    }

    @Test func `renews a rejected token once, whoever else was told the same`() async throws {
        let transport = ScriptedTransport { index, _ in numbered(index) }
        let source = ClientCredentialsTokenSource(client: try client(transport), time: ManualTime())
        let rejected = try await source.token()
        let values = await withTaskGroup(of: String?.self) { group in
            for _ in 0..<40 { group.addTask { try? await source.renewed(after: rejected).shown } }
            return await group.reduce(into: Set<String?>()) { $0.insert($1) }
        }
        #expect(values == ["token-1"])
        #expect(transport.requests.count == 2)
    }

    @Test func `goes on when the caller that opened the renewal is cancelled`() async throws {
        let gate = Gate()
        let transport = ScriptedTransport { index, _ in
            await gate.wait()
            return numbered(index)
        }
        let source = ClientCredentialsTokenSource(client: try client(transport), time: ManualTime())
        let opener = Task { try await source.token().shown }
        while transport.requests.isEmpty { await Task.yield() }
        opener.cancel()
        let joiner = Task { try await source.token().shown }
        for _ in 0..<100 { await Task.yield() }
        gate.open()
        #expect(try await joiner.value == "token-0")
        #expect(try await opener.value == "token-0")
        #expect(transport.requests.count == 1)
    }

    @Test func `tells all callers of a failure and tries again afterwards`() async throws {
        let transport = ScriptedTransport { index, _ in
            index == 0 ? .json("", status: 503) : numbered(index)
        }
        let source = ClientCredentialsTokenSource(client: try client(transport), time: ManualTime())
        let first = await failure { () async throws(OAuthError) in _ = try await source.token() }
        #expect(first?.code == .temporary)
        #expect(try await source.token().shown == "token-1")
    }
}

/// A door that opens once.
private final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }
    private let state = Locked(State())

    func wait() async {
        await withCheckedContinuation { wake in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(wake) }
                return state.isOpen
            }
            if isOpen { wake.resume() }
        }
    }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            return state.waiting
        }
        for wake in waiting { wake.resume() }
    }
}

private func numbered(_ index: Int) -> HTTPResponse {
    .json(#"{"access_token":"token-\#(index)","token_type":"Bearer","expires_in":600}"#)
}

extension AccessToken {
    fileprivate var shown: String { value.dangerouslyRevealedText() }
}
