import SesameSystem

/// Several ways in which one client can show who it is, such as an old and a new client secret.
///
/// They are tried in order, and the next one only where the server answers `invalid_client`: it has not let the
/// client in, and a server looks at a grant after that (RFC 6749, sections 4.1.3 and 6). One that spends a code or
/// a refresh token all the same has taken it from the client with that very answer, and a second request loses
/// no more.
package final class AuthenticationChoice: Sendable {
    let ways: [any ClientAuthentication]
    private let first = Locked(0)
    private let whenAccepted: @Sendable (Int) async -> Void

    /// - Parameter whenAccepted: called with the number of the way that the server has accepted, each time.
    package init(
        _ ways: [any ClientAuthentication],
        whenAccepted: @escaping @Sendable (Int) async -> Void
    ) {
        self.ways = ways
        self.whenAccepted = whenAccepted
    }

    /// The numbers of all ways: the one that worked last, then the others.
    var order: [Int] {
        let first = first.withLock { $0 }
        return [first] + ways.indices.filter { $0 != first }
    }

    /// Has that way tried first from now on.
    func settle(on number: Int) async {
        first.withLock { $0 = number }
        await whenAccepted(number)
    }
}

extension OAuthClient {
    /// Does something as the client, in one way after the other until the server accepts one.
    func inTurn<Answer>(
        _ body: (OAuthClient) async throws(OAuthError) -> Answer
    ) async throws(OAuthError) -> Answer {
        guard let choice else { return try await body(self) }
        var refusal = OAuthError(.clientRejected, "the client has no way to show who it is")
        for number in choice.order {
            do throws(OAuthError) {
                let answer = try await body(showing(choice, number))
                await choice.settle(on: number)
                return answer
            } catch {
                // Whatever else it says, a later try begins where this one did.
                guard error.refusesClient else { throw error }
                refusal = error
            }
        }
        throw refusal
    }

    /// This client, with one of its ways only.
    func showing(_ choice: AuthenticationChoice, _ number: Int) -> OAuthClient {
        var client = self
        client.authentication = choice.ways[number]
        client.choice = nil
        return client
    }
}

extension OAuthError {
    /// Whether the server knows no client with that secret (RFC 6749, section 5.2).
    ///
    /// Nothing else says so for sure: not a status alone, and not `unauthorized_client`.
    var refusesClient: Bool { code == .clientRejected && serverCode == "invalid_client" }
}
