import SesameHTTP
import SesameJOSE
import SesameSecrets
public import SesameSystem

/// The public keys of issuers, as their metadata point to them (`jwks_uri`), kept for an hour.
///
/// Nothing else ever leads to a key: not what a signed text carries or points to itself (RFC 7515, section 4.1).
public actor IssuerKeys {
    private struct Place: Hashable {
        let issuer: String
        let url: HTTPURL
        let certificateAuthorityFile: String?
    }

    private struct Known {
        let keys: JWKSet
        let readAt: Duration
        /// When they were last read because they did not fit.
        var reconsideredAt: Duration?
    }

    private let time: any TimeSource
    private var known: [Place: Known] = [:]

    /// Knows no keys yet.
    public init(time: any TimeSource = SystemTime()) {
        self.time = time
    }

    /// Forgets all keys.
    public func forget() { known = [:] }

    /// Reads the keys of a client's server, where they are not known.
    ///
    /// Whoever is about to spend a code does this before.
    /// - Throws: ``OAuthError``, also where the server's metadata name no keys.
    public func prepare(for client: OAuthClient) async throws(OAuthError) {
        _ = try await keys(at: try place(of: client), over: client)
    }

    /// Checks the signature of a text that the client's server should have made.
    ///
    /// Where the keys that are known do not fit, the server may have made new ones: they are read once
    /// more, but not again within half a minute (OpenID Connect Core 1.0, section 10.1.1).
    /// - Throws: ``OAuthError`` where the keys cannot be had.
    func verification(
        of jws: CompactJWS, from client: OAuthClient, allowing algorithms: Set<JWSAlgorithm>
    ) async throws(OAuthError) -> Result<VerifiedJWS, JOSEError> {
        let place = try place(of: client)
        let keys = try await keys(at: place, over: client)
        let first = jws.verification(by: keys, allowing: algorithms)
        guard case .failure(let error) = first,
            error.code == .unknownKey || error.code == .badSignature,
            let newer = try await reconsidered(place, over: client)
        else { return first }
        return jws.verification(by: newer, allowing: algorithms)
    }

    private func place(of client: OAuthClient) throws(OAuthError) -> Place {
        guard let issuer = client.server.issuer, let url = client.server.jwksURI else {
            throw OAuthError(.invalidMetadata, "the server does not say where its keys are")
        }
        return Place(
            issuer: issuer, url: url, certificateAuthorityFile: client.certificateAuthorityFile)
    }

    private func keys(at place: Place, over client: OAuthClient) async throws(OAuthError) -> JWKSet
    {
        if let known = known[place], time.uptime - known.readAt < Self.lifetime {
            return known.keys
        }
        let keys = try await fetch(place, over: client)
        known[place] = Known(keys: keys, readAt: time.uptime)
        return keys
    }

    /// The keys read anew; `nil` where that was done a moment ago.
    private func reconsidered(
        _ place: Place, over client: OAuthClient
    ) async throws(OAuthError) -> JWKSet? {
        let now = time.uptime
        if let last = known[place]?.reconsideredAt, now - last < Self.pause { return nil }
        // Noted before the request: whoever comes meanwhile sends none.
        known[place]?.reconsideredAt = now
        let keys = try await fetch(place, over: client)
        known[place] = Known(keys: keys, readAt: now, reconsideredAt: now)
        return keys
    }

    private func fetch(
        _ place: Place, over client: OAuthClient
    ) async throws(OAuthError) -> JWKSet {
        try requireSafe(place.url, "jwks_uri")
        let fetch = DocumentFetch(
            transport: client.transport, certificateAuthorityFile: place.certificateAuthorityFile)
        let response = try await fetch.get(place.url)
        let status = response.status
        if status == 429 || status >= 500 {
            throw OAuthError(.temporary, "the server's keys answer \(status)", status: status)
        }
        guard status == 200, !isEncoded(response) else {
            throw OAuthError(.badResponse, "the server's keys are not to be had", status: status)
        }
        do throws(JOSEError) { return try JWKSet(parsing: response.body) } catch {
            throw OAuthError(
                .badResponse, "the server's keys cannot be used: \(error.message)", status: status)
        }
    }

    /// As long as metadata are believed.
    private static let lifetime = Duration.seconds(3600)
    private static let pause = Duration.seconds(30)
}

extension CompactJWS {
    fileprivate func verification(
        by keys: JWKSet, allowing algorithms: Set<JWSAlgorithm>
    ) -> Result<VerifiedJWS, JOSEError> {
        Result { () throws(JOSEError) in try verified(by: keys, allowing: algorithms) }
    }
}
