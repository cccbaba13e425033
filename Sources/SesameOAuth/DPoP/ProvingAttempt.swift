import SesameHTTP
import SesameSecrets
import SesameSystem

/// The proofs of one token request, which may have to be sent again with another one.
///
/// Only a refusal of the proof itself leads to that: it shows that the grant was not looked at, so that even a
/// refresh token that works once is still good.
struct ProvingAttempt {
    private(set) var prover: DPoPProver?

    private let possession: ProofOfPossession
    /// Whether a refused proof may be made again by the server's clock.
    ///
    /// Not for what may work once: there are servers that refuse a proof after they have taken the rest.
    private let correctsClock: Bool
    private var isRepeated = false

    init(_ possession: ProofOfPossession, correctsClock: Bool) {
        self.possession = possession
        self.correctsClock = correctsClock
        prover = possession.prover
    }

    /// What the tokens have to be.
    var tokenType: TokenType { prover == nil ? .bearer : .dpop }

    func prove(_ request: inout HTTPRequest, at now: Timestamp) throws(OAuthError) {
        try prover?.prove(&request, to: .authorization, at: now)
    }

    /// Learns from an answer, and says whether the request is worth sending again with another proof: once with
    /// the first one, where the server insists, and once with a better one.
    mutating func isRepeated(
        after response: HTTPResponse, from url: HTTPURL, at now: Timestamp
    ) throws(OAuthError) -> Bool {
        if case .none = possession { return false }
        let objection = ProofObjection(atTokenEndpoint: response)
        let hadProof = prover != nil
        if objection != nil, !hadProof, case .onDemand(let standby) = possession {
            prover = try standby.insist()
        }
        guard let prover else { return false }
        let lesson = prover.learn(from: response.fields, of: url, .authorization, sent: now)
        guard let objection else { return false }
        if !hadProof { return true }
        guard !isRepeated else { return false }
        isRepeated = true
        return objection.isMet(by: lesson, correctsClock: correctsClock)
    }
}

/// What a server has against the proof of a request, or the lack of one.
enum ProofObjection {
    /// It wants its nonce in it (RFC 9449, sections 8 and 9).
    case nonce
    /// It wants another one (sections 5 and 7.1).
    case proof

    private init?(code: String?) {
        switch code {
        case "use_dpop_nonce": self = .nonce
        case "invalid_dpop_proof": self = .proof
        default: return nil
        }
    }

    init?(atTokenEndpoint response: HTTPResponse) {
        guard (400..<500).contains(response.status) else { return nil }
        let reported = (try? TokenDocument(response)).flatMap(ReportedError.init)
        guard let code = reported?.code else {
            self.init(inChallengeOf: response.status, response.fields)
            return
        }
        self.init(code: code)
    }

    /// Reads `WWW-Authenticate`, whose scheme may be written in any case (RFC 9110, section 11.1).
    init?(inChallengeOf status: Int, _ fields: HTTPFields) {
        guard status == 401 else { return nil }
        let challenges = fields.values("WWW-Authenticate").flatMap { Challenge.all(in: $0) }
        let own = challenges.first { equalIgnoringCase($0.scheme, "DPoP") && $0["error"] != nil }
        self.init(code: own?["error"])
    }

    /// Whether what was learned with the objection makes a proof that does better.
    func isMet(by lesson: DPoPMemory.Lesson, correctsClock: Bool = true) -> Bool {
        switch self {
        case .nonce: lesson.hasNonce
        case .proof: lesson.hasCorrectedClock && correctsClock
        }
    }
}
