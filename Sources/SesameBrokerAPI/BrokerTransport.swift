public import SesameHTTP
import SesameSecrets
import SesameSystem

/// Sends requests through the broker, which signs them with a profile's credential.
///
/// The caller never holds the token, and the broker sends it to the profile's destinations only. A
/// call blocks its thread while the broker works.
public final class BrokerTransport: HTTPTransport {
    private let broker: BrokerClient
    private let profile: String
    private let problems = Locked<[String: Problem]>([:])
    private static let rememberedProblems = 32

    /// Sends as a profile.
    public init(_ broker: BrokerClient, profile: String) {
        self.broker = broker
        self.profile = profile
    }

    /// What the broker said when a request failed with this error, which has no room for it.
    /// - Returns: `nil` for an error with words that the broker has not used, or of long ago.
    public func problem(behind error: TransportError) -> Problem? {
        problems.withLock { $0[error.message] }
    }

    /// Sends one request.
    /// - Throws: `TransportError`: the broker's own where its exchange with the server failed, of
    ///   code `refused` where the broker refused or failed before.
    public func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        guard request.fields.firstMalformed == nil else {
            throw TransportError(.badRequest, "a header field is malformed", mayHaveBeenSent: false)
        }
        let message = SignedRequestMessage(
            method: request.method, url: request.url.description, headers: request.fields,
            body: request.body, timeout: request.timeout)
        let answer: SignedResponseMessage
        do {
            answer = try broker.send(message, as: profile)
        } catch {
            problems.withLock { problems in
                if problems.count >= Self.rememberedProblems { problems.removeAll() }
                problems[error.detail] = error
            }
            throw TransportError(error)
        }
        guard answer.body.count <= request.maximumResponseBytes else {
            throw TransportError(.badResponse, "the answer is too large", mayHaveBeenSent: true)
        }
        return HTTPResponse(status: answer.status, fields: answer.headers, body: answer.body)
    }
}

extension TransportError {
    fileprivate init(_ problem: Problem) {
        self.init(
            problem.transport?.code ?? .refused, problem.detail,
            mayHaveBeenSent: problem.transport?.mayHaveBeenSent ?? problem.code.mayFollowSending)
    }
}

extension Problem.Code {
    /// Whether the broker may have sent the request before it met this problem.
    fileprivate var mayFollowSending: Bool {
        switch self {
        case .temporary, .internal, .serverRefused, .storeUnwritable, .auditUnwritable: true
        case .usage, .configuration, .unknownProfile, .loginRequired, .storeLocked, .keyMissing,
            .keyWrong, .keyUnreadable, .destinationRefused, .callerRefused, .rateLimited,
            .badCallback, .storeDamaged, .storeRolledBack:
            false
        }
    }
}
