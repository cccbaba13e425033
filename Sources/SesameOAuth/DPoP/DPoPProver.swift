public import SesameCrypto
public import SesameHTTP
import SesameJOSE
import SesameJSON
public import SesameSecrets
public import SesameSystem

/// Proves with every request anew that the client has the key (RFC 9449, section 4).
public struct DPoPProver: Sendable {
    /// The key.
    public let key: DPoPKey

    private let memory: DPoPMemory
    private let random: any RandomSource
    private let header: [(String, JSONValue)]

    /// - Parameter memory: shared by all that talk to the same servers, so that none of them begins anew.
    public init(
        _ key: DPoPKey, memory: DPoPMemory = DPoPMemory(),
        random: any RandomSource = SystemRandom()
    ) {
        self.key = key
        self.memory = memory
        self.random = random
        header = [("jwk", .object(key.publicKey.members))]
    }

    /// Sets the `DPoP` field of a request that is otherwise ready to be sent.
    ///
    /// It is good for this one request; one that is sent again needs another (section 4.3).
    /// - Parameters:
    ///   - server: whose nonce goes into it: an authorization server's is none of a resource server's.
    ///   - accessToken: the token that the request carries; `nil` at an authorization server.
    /// - Throws: ``OAuthError`` with `proofKeyUnusable`; on a sound installation this does not happen.
    public func prove(
        _ request: inout HTTPRequest, to server: DPoPMemory.Server,
        accessToken: Secret? = nil, at now: Timestamp
    ) throws(OAuthError) {
        let known = memory.known(of: DPoPMemory.Place(request.url, server))
        let claims = claims(
            request, accessToken, nonce: known.nonce, at: now.adding(seconds: known.skew))
        do throws(JOSEError) {
            let proof = try key.signer.sign(claims, type: Self.type, header: header)
            request.fields.set("DPoP", .secret(proof))
        } catch {
            throw OAuthError(.proofKeyUnusable, "no proof could be signed: \(error.message)")
        }
    }

    /// Takes from an answer what the next proof for its server needs: the newest nonce, and the time there.
    ///
    /// Any answer may bring a nonce, a success too (section 8.2).
    /// - Parameters:
    ///   - sent: when the request was made, by this machine's clock.
    ///   - received: when the answer was there; `nil` for a minute later at the most.
    @discardableResult
    public func learn(
        from fields: HTTPFields, of url: HTTPURL, _ server: DPoPMemory.Server, sent: Timestamp,
        received: Timestamp? = nil
    ) -> DPoPMemory.Lesson {
        memory.learn(
            from: fields, at: DPoPMemory.Place(url, server), between: sent,
            and: received ?? sent.adding(seconds: Self.longestWay))
    }

    /// Section 4.2.
    private func claims(
        _ request: HTTPRequest, _ accessToken: Secret?, nonce: String?, at time: Timestamp
    ) -> JSONValue {
        var members: [(String, JSONValue)] = [
            ("jti", .string(random.bytes(16).withBytes { Base64URL.encode($0) })),
            ("htm", .string(request.method)),
            ("htu", .string(request.url.origin + request.url.path)),
            ("iat", .integer(time.seconds)),
        ]
        if let accessToken {
            let digest = accessToken.withBytes { SHA256.digest($0) }
            members.append(("ath", .string(digest.withBytes { Base64URL.encode($0) })))
        }
        if let nonce { members.append(("nonce", .string(nonce))) }
        return .object(members)
    }

    private static let type = "dpop+jwt"
    /// As long as two token requests may take.
    private static let longestWay: Int64 = 60
}

/// Whether a client shows with its token requests that it has a key (RFC 9449).
public enum ProofOfPossession: Sendable {
    /// It never does: its tokens are bearer tokens.
    case none
    /// It always does, and refuses tokens that are not bound to the key.
    case always(DPoPProver)
    /// It does once the server insists, and from then on as ``always(_:)``.
    case onDemand(DPoPStandby)

    /// What it proves that with now.
    package var prover: DPoPProver? {
        switch self {
        case .none: nil
        case .always(let prover): prover
        case .onDemand(let standby): standby.prover
        }
    }
}

/// A key that is made when a server insists on one.
public final class DPoPStandby: Sendable {
    private let make: @Sendable () throws(OAuthError) -> DPoPProver
    private let made = Locked<DPoPProver?>(nil)

    /// - Parameter make: makes the key; called once, unless it fails.
    public init(_ make: @escaping @Sendable () throws(OAuthError) -> DPoPProver) {
        self.make = make
    }

    var prover: DPoPProver? { made.withLock { $0 } }

    /// The one that was made, or a new one.
    package func insist() throws(OAuthError) -> DPoPProver {
        try made.withLock { made throws(OAuthError) in
            if let made { return made }
            let prover = try make()
            made = prover
            return prover
        }
    }
}
