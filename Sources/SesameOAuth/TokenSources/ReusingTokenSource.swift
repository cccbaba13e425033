import SesameSecrets
public import SesameSystem

/// Holds the token of another source while it lasts, and asks for the next one only once, however
/// many callers wait for it.
///
/// A caller that is cancelled, or that read an older token, neither ends a renewal that others wait
/// for nor starts a second one.
public actor ReusingTokenSource: TokenSource {
    private let upstream: any TokenSource
    private let time: any TimeSource
    private var held: AccessToken?
    private var flight: Task<Result<AccessToken, OAuthError>, Never>?

    /// Wraps a source.
    /// - Parameter held: a token that is there already.
    public init(
        _ upstream: any TokenSource, holding held: AccessToken? = nil,
        time: any TimeSource = SystemTime()
    ) {
        self.upstream = upstream
        self.held = held
        self.time = time
    }

    /// The held token, or a new one that all callers share.
    public func token(minimumValidity: Int64) async throws(OAuthError) -> AccessToken {
        if let held, held.isValid(at: time.now, for: minimumValidity) { return held }
        return try await shared { upstream throws(OAuthError) in
            try await upstream.token(minimumValidity: minimumValidity)
        }
    }

    /// The held token if it is another than the rejected one, or a new one that all callers share.
    public func renewed(after rejected: AccessToken) async throws(OAuthError) -> AccessToken {
        if let held, !held.value.equals(rejected.value), held.isValid(at: time.now) { return held }
        return try await shared { upstream throws(OAuthError) in
            try await upstream.renewed(after: rejected)
        }
    }

    /// Joins the renewal under way, or opens one.
    ///
    /// Between the check and the opening nothing is awaited: nobody can slip in.
    private func shared(
        _ renew: @escaping @Sendable (any TokenSource) async throws(OAuthError) -> AccessToken
    ) async throws(OAuthError) -> AccessToken {
        if let flight { return try await flight.value.get() }
        let task = Task { () async -> Result<AccessToken, OAuthError> in
            let outcome = await result(of: renew)
            flight = nil
            if case .success(let token) = outcome { held = token }
            return outcome
        }
        flight = task
        return try await task.value.get()
    }

    private func result(
        of renew: @Sendable (any TokenSource) async throws(OAuthError) -> AccessToken
    ) async -> Result<AccessToken, OAuthError> {
        do throws(OAuthError) {
            return .success(try await renew(upstream))
        } catch {
            return .failure(error)
        }
    }
}
