package import SesameHTTP
import SesameOAuth
import SesameSystem

/// The head of an answer to a signed request.
package protocol SignedAnswer: Sendable {
    /// The status code, 200 … 599.
    var status: Int { get }
    /// Header fields.
    var fields: HTTPFields { get }
}

extension HTTPResponse: SignedAnswer {}

/// A request with a credential, and what may come after its answer.
extension Broker {
    /// What an answer says of the credential that was sent.
    package enum Verdict: Sendable {
        case accepted
        /// The token is bad, and the request can be sent again with another one.
        case tokenRejected
        /// The token is bad, and so much of the request was sent that it cannot be sent again.
        case tokenRejectedTooLate
    }

    /// Signs, sends, and does both once more with a renewed token where the first one was rejected.
    nonisolated func exchange<Answer: SignedAnswer>(
        _ request: HTTPRequest, of profile: Profile, narrowedScope: String?,
        willSend: (HTTPRequest) async throws(BrokerError) -> Void,
        send: @Sendable (HTTPRequest) async throws(TransportError) -> Answer,
        judge: @Sendable (Answer) async -> Verdict,
        mayRepeat: @Sendable (Answer) async -> Bool
    ) async throws(BrokerError) -> Answer {
        try checkMethod(request.method)
        try checkFields(request.fields)
        var unsigned = request
        unsigned.certificateAuthorityFile = profile.certificateAuthorityFile
        // Its tokens may be bound to it (RFC 8705, section 3). Most have none, and need no step to the actor.
        if profile.showsCertificate {
            unsigned.clientCertificate = try await clientCertificate(of: profile)
        }
        let signature = try await signature(profile, narrowedScope)
        var isRepeated = false
        let first = try await attempt(
            unsigned, of: profile, with: signature, &isRepeated, willSend: willSend, send: send,
            mayRepeat: mayRepeat)
        guard case .token(let rejected) = signature else { return first }
        switch await judge(first) {
        case .accepted: return first
        case .tokenRejectedTooLate:
            // The next request is to find a better one.
            Task { _ = try? await self.signature(profile, narrowedScope, rejected: rejected.value) }
            return first
        case .tokenRejected: break
        }
        let renewed = try await self.signature(
            profile, narrowedScope, rejected: rejected.value)
        return try await attempt(
            unsigned, of: profile, with: renewed, &isRepeated, willSend: willSend, send: send,
            mayRepeat: mayRepeat)
    }

    /// Sends a request, and once more with another proof where that was refused (RFC 9449, section 9).
    /// - Parameter isRepeated: whether that has been done for this request already: it is never done twice.
    private nonisolated func attempt<Answer: SignedAnswer>(
        _ unsigned: HTTPRequest, of profile: Profile, with signature: Signature,
        _ isRepeated: inout Bool,
        willSend: (HTTPRequest) async throws(BrokerError) -> Void,
        send: @Sendable (HTTPRequest) async throws(TransportError) -> Answer,
        mayRepeat: @Sendable (Answer) async -> Bool
    ) async throws(BrokerError) -> Answer {
        while true {
            let sent = time.now
            let signed = try sign(unsigned, for: profile, with: signature)
            try await willSend(signed)
            let answer = try await transfer(signed, of: profile, send)
            guard try isWorthSigningAnew(signed, of: profile, signature, after: answer, sent),
                !isRepeated, await mayRepeat(answer)
            else { return answer }
            isRepeated = true
        }
    }

    private nonisolated func isWorthSigningAnew(
        _ request: HTTPRequest, of profile: Profile, _ signature: Signature,
        after answer: some SignedAnswer, _ sent: Timestamp
    ) throws(BrokerError) -> Bool {
        guard case .token(let token) = signature, let key = token.sealedKey else { return false }
        do throws(OAuthError) {
            return try signer(with: key, of: profile).isWorthSigningAnew(
                request, after: answer.status, answer.fields, sent: sent, received: time.now)
        } catch {
            throw BrokerError(error, profile: profile)
        }
    }
}
