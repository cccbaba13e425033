package import SesameHTTP
import SesameOAuth
import SesameSecrets
import SesameStore
import SesameSystem

/// Requests with a credential added: the caller never holds the token.
extension Broker {
    /// Fields that only the broker or its HTTP library may set.
    private static let reserved = [
        "authorization", "dpop", "host", "content-length", "transfer-encoding", "connection",
        "expect", "upgrade", "te",
        "trailer", "proxy-authorization", "proxy-connection",
    ]

    /// The fields that sign a request to this destination, and the destination as it must be called.
    package func headers(
        _ name: String, method: String, url: String, narrowedScope: String? = nil
    ) async throws(BrokerError) -> (url: HTTPURL, fields: HTTPFields) {
        let profile = try parts.configuration.profile(name)
        try checkMethod(method)
        let request = HTTPRequest(method, try destination(url, profile))
        let signature = try await signature(profile, narrowedScope)
        let signed = try sign(request, for: profile, with: signature)
        return (signed.url, signed.fields)
    }

    /// The fields that sign requests of a caller who knows their destination himself: as one who has the token.
    package func authorization(_ query: TokenQuery) async throws(BrokerError) -> HTTPFields {
        let profile = try parts.configuration.profile(query.profile)
        guard let anywhere = HTTPURL("https://localhost/") else {
            throw BrokerError(.internal, "no URL")
        }
        let signature = try await signature(profile, query)
        // A proof is for one method and one URL, which nobody has told here.
        if case .token(let token) = signature { _ = try token.requireBearer(of: profile.name) }
        return try sign(HTTPRequest("GET", anywhere), for: profile, with: signature).fields
    }

    /// Sends a request with the profile's credential.
    ///
    /// Redirects come back as answers. A 401 that says that the token is bad leads to one renewal and
    /// one more request, by the profile as it was at first: a token never goes where a later
    /// configuration would not send it.
    /// - Parameter willSend: called with what is about to leave, its credential included.
    package func send(
        _ request: HTTPRequest, to url: String, for name: String, narrowedScope: String? = nil,
        willSend: (HTTPRequest) async throws(BrokerError) -> Void = { _ throws(BrokerError) in }
    ) async throws(BrokerError) -> HTTPResponse {
        let profile = try parts.configuration.profile(name)
        var request = request
        request.url = try destination(url, profile)
        return try await exchange(
            request, of: profile, narrowedScope: narrowedScope, willSend: willSend,
            send: { [transport = parts.transport] request throws(TransportError) in
                try await transport.send(request)
            },
            judge: { TokenRejection.isTokenRejected($0) ? .tokenRejected : .accepted },
            mayRepeat: { _ in true })
    }

    /// Sends a request whose destination lies below another one, in a way of the caller's.
    ///
    /// - Parameters:
    ///   - send: may be called again, when `judge` says so of an answer, or when the proof of a key was refused
    ///     and `mayRepeat` agrees.
    package nonisolated func forward<Answer: SignedAnswer>(
        _ request: HTTPRequest, for name: String, narrowedScope: String?,
        willSend: (HTTPRequest) async throws(BrokerError) -> Void,
        send: @Sendable (HTTPRequest) async throws(TransportError) -> Answer,
        judge: @Sendable (Answer) async -> Verdict,
        mayRepeat: @Sendable (Answer) async -> Bool
    ) async throws(BrokerError) -> Answer {
        let profile = try parts.configuration.profile(name)
        var request = request
        do throws(Destinations.Refusal) {
            request.url = try profile.destinations.admit(request.url)
        } catch {
            throw BrokerError(refusal: error, url: request.url.description, profile: profile)
        }
        return try await exchange(
            request, of: profile, narrowedScope: narrowedScope, willSend: willSend, send: send,
            judge: judge, mayRepeat: mayRepeat)
    }

    /// The URL that a text names: absolute, or a path below `base_url`.
    nonisolated func destination(
        _ text: String, _ profile: Profile
    ) throws(BrokerError) -> HTTPURL {
        var full = text
        if text.hasPrefix("/"), !text.hasPrefix("//") {
            guard let base = profile.baseURL else {
                throw BrokerError(
                    .usage, "a path needs a `base_url` in profile \(profile.name)",
                    hints: ["give the whole URL"])
            }
            full = base.appending(path: "/").description.dropLast() + text
        }
        do throws(Destinations.Refusal) {
            return try profile.destinations.admit(full)
        } catch {
            throw BrokerError(refusal: error, url: full, profile: profile)
        }
    }

    /// What a request is signed with.
    enum Signature: Sendable {
        case token(AccessToken)
        case password(username: Secret, password: Secret)
    }

    nonisolated func signature(
        _ profile: Profile, _ narrowedScope: String?, rejected: Secret? = nil,
        minimumValidity: Int64 = 60
    ) async throws(BrokerError) -> Signature {
        var query = TokenQuery(profile: profile.name)
        query.rejected = rejected
        query.minimumValidity = minimumValidity
        query.narrowedScope = narrowedScope
        return try await signature(profile, query)
    }

    private nonisolated func signature(
        _ profile: Profile, _ query: TokenQuery
    ) async throws(BrokerError) -> Signature {
        guard profile.grant == .basic else {
            if let defect = profile.defect { throw defect }
            return .token(try await accessToken(query, of: profile))
        }
        guard query.narrowedScope == nil else {
            throw BrokerError(
                .callerRefused,
                "this caller may have a narrower scope only, and a password has none",
                hints: ["the broker's owner decides, in the configuration"])
        }
        return try await password(profile)
    }

    private func password(_ profile: Profile) async throws(BrokerError) -> Signature {
        let secrets = try await fromStore { store throws(StoreError) in
            try await store.secrets(of: profile.name)
        }
        guard let login = try profile.login(in: secrets) else {
            throw BrokerError(
                .loginRequired, "profile \(profile.name) has no user name and password",
                hints: ["give them: sesame setup \(profile.name) --username U --password-stdin"])
        }
        if secrets?.passwordFor == nil { try? await bindSecrets(of: profile.name) }
        return .password(username: login.username, password: login.password)
    }

    nonisolated func sign(
        _ request: HTTPRequest, for profile: Profile, with signature: Signature
    ) throws(BrokerError) -> HTTPRequest {
        var signed = request
        do throws(OAuthError) {
            switch signature {
            case .token(let token):
                if let key = token.sealedKey {
                    try signer(with: key, of: profile).sign(&signed, with: token, at: time.now)
                } else {
                    try BearerSigner().sign(&signed, with: token, at: time.now)
                }
            case .password(let username, let password):
                try BasicSigner(username: username, password: password).sign(&signed)
            }
        } catch {
            throw BrokerError(error, profile: profile)
        }
        return signed
    }

    nonisolated func transfer<Answer: Sendable>(
        _ request: HTTPRequest, of profile: Profile,
        _ send: @Sendable (HTTPRequest) async throws(TransportError) -> Answer
    ) async throws(BrokerError) -> Answer {
        do throws(TransportError) {
            return try await send(request)
        } catch {
            if error.code == .badRequest { throw BrokerError(.usage, error.message) }
            if error.code == .clientCertificate {
                throw BrokerError(
                    .configuration, error.message, hints: [profile.hintForUnusableCertificate])
            }
            throw BrokerError(
                .temporary, error.message, hints: [error.hint(about: request, of: profile)],
                transport: error)
        }
    }

    nonisolated func checkMethod(_ method: String) throws(BrokerError) {
        guard HTTPRequest.mayEcho(method) else { return }
        throw BrokerError(
            .usage,
            "the method \(method.sanitised(limit: 40)) is not for requests with a credential")
    }

    nonisolated func checkFields(_ fields: HTTPFields) throws(BrokerError) {
        for field in fields.all where Self.reserved.contains(field.name.lowercased()) {
            throw BrokerError(.usage, "the field \(field.name) is set by the broker; leave it out")
        }
    }
}

extension BrokerError {
    init(refusal: Destinations.Refusal, url: String, profile: Profile?) {
        let shown = url.split(separator: "?").first.map { String($0).sanitised(limit: 120) } ?? ""
        let reason =
            switch refusal {
            case .malformed: "is not a URL that every program reads the same way"
            case .insecure: "is neither https nor this machine"
            case .ambiguousPath: "has an encoded slash, dot or control byte in its path"
            case .notAllowed: "is not a destination of profile \(profile?.name ?? "")"
            }
        let destinations = profile?.destinations.allowed ?? []
        let allowed = destinations.map(\.description).joined(separator: ", ")
        self.init(
            .destinationRefused, "\(shown) \(reason)",
            hints: [
                allowed.isEmpty
                    ? "set `allow` or `base_url` in the profile" : "its tokens go to: \(allowed)"
            ])
    }
}

extension TransportError {
    /// What to do next.
    fileprivate func hint(about request: HTTPRequest, of profile: Profile) -> String {
        if code == .tls { return profile.hintForUntrustedServer }
        guard mayHaveBeenSent else { return "the request was not sent; try again later" }
        return ["GET", "HEAD"].contains(request.method)
            ? "try again later"
            : "the server may have acted on the request: look before sending it again"
    }
}
