import SesameCrypto
public import SesameJSON
public import SesameSecrets

/// A signed text in the compact serialization (RFC 7515, section 7.1), taken apart and not yet believed.
///
/// Its content is to be believed when it comes out through ``verified(by:allowing:type:)`` and its likes, and
/// in no other way.
public struct CompactJWS: Sendable {
    /// What the sender claims.
    public let header: JWSHeader

    private let signed: Secret
    private let payload: Secret
    private let signature: Secret

    /// Takes a text apart.
    /// - Parameter limit: the most bytes it may have.
    /// - Throws: ``JOSEError`` with `malformed`, `tooLarge` or `criticalExtension`.
    public init(parsing text: Secret, limit: Int = 1 << 18) throws(JOSEError) {
        guard text.count <= limit else { throw JOSEError(.tooLarge, "a signed text too long") }
        let parts = try text.withBytes { bytes throws(JOSEError) in try Parts(bytes) }
        header = try JWSHeader(try readObject(parts.header, mostBytes: 16_384))
        signed = parts.signed
        payload = parts.payload
        signature = parts.signature
    }

    /// What anybody may have written: good to find out what a text may belong to, and for nothing else.
    /// - Throws: ``JOSEError`` with `malformed` or `tooLarge`.
    public func unverifiedClaims() throws(JOSEError) -> JSON {
        try readObject(payload, mostBytes: 1 << 18)
    }

    /// Checks the signature with the public keys of whoever should have made it.
    /// - Parameters:
    ///   - algorithms: those that are allowed. HMAC fits no public key, whatever is allowed.
    ///   - type: what `typ` has to be, where a profile says so (RFC 8725, section 3.11).
    /// - Throws: ``JOSEError`` with `algorithmNotAllowed`, `wrongType`, `unknownKey` or `badSignature`.
    public func verified(
        by keys: JWKSet, allowing algorithms: Set<JWSAlgorithm>, type: String? = nil
    ) throws(JOSEError) -> VerifiedJWS {
        let (algorithm, signature) = try asymmetric(among: algorithms)
        try require(type)
        let candidates = try keys.candidates(algorithm, keyID: header.keyID)
        guard let key = candidates.first(where: { isValid($0.publicKey, signature) }) else {
            throw JOSEError(.badSignature, "the signature is not valid")
        }
        return VerifiedJWS(header: header, payload: payload, key: key)
    }

    /// Checks the signature with the one key that is known to be the sender's, whatever it is called.
    /// - Throws: as ``verified(by:allowing:type:)``.
    public func verified(
        by key: JWK, allowing algorithms: Set<JWSAlgorithm>, type: String? = nil
    ) throws(JOSEError) -> VerifiedJWS {
        let (algorithm, signature) = try asymmetric(among: algorithms)
        try require(type)
        guard key.fits(algorithm) else {
            throw JOSEError(.unknownKey, "the key is not one of that algorithm")
        }
        guard isValid(key.publicKey, signature) else {
            throw JOSEError(.badSignature, "the signature is not valid")
        }
        return VerifiedJWS(header: header, payload: payload, key: key)
    }

    /// Checks a signature by HMAC with a secret that both sides have.
    /// - Throws: ``JOSEError`` with `algorithmNotAllowed`, `wrongType`, `weakKey` or `badSignature`.
    public func verified(bySecret secret: Secret, type: String? = nil) throws(JOSEError)
        -> VerifiedJWS
    {
        guard header.algorithm == .hs256 else { throw notAllowed }
        try require(type)
        try requireStrength(secret)
        let code = signed.withBytes { HMAC.sha256($0, key: secret) }
        guard code.equals(signature) else {
            throw JOSEError(.badSignature, "the signature is not valid")
        }
        return VerifiedJWS(header: header, payload: payload, key: nil)
    }

    private func asymmetric(
        among allowed: Set<JWSAlgorithm>
    ) throws(JOSEError) -> (JWSAlgorithm, SignatureAlgorithm) {
        guard let algorithm = header.algorithm, allowed.contains(algorithm),
            let signature = algorithm.signature
        else { throw notAllowed }
        return (algorithm, signature)
    }

    private var notAllowed: JOSEError {
        JOSEError(.algorithmNotAllowed, "the algorithm is not one of those that are allowed")
    }

    private func require(_ type: String?) throws(JOSEError) {
        guard let type, !header.isOfType(type) else { return }
        throw JOSEError(.wrongType, "not of the type '\(type)'")
    }

    private func isValid(_ key: PublicKey, _ algorithm: SignatureAlgorithm) -> Bool {
        signed.withBytes { message in
            signature.withBytes { key.isValid($0, of: message, with: algorithm) }
        }
    }
}

/// A signed text whose signature is right.
public struct VerifiedJWS: Sendable {
    /// The header, which was signed as well.
    public let header: JWSHeader
    /// The content, byte for byte as it was signed.
    public let payload: Secret
    /// The key that has made the signature; `nil` for a secret.
    public let key: JWK?

    /// The content as the claims of a JWT (RFC 7519, section 4).
    ///
    /// What they say is still to be checked: issuer, audience, times.
    /// - Throws: ``JOSEError`` with `malformed` or `tooLarge`.
    public func claims() throws(JOSEError) -> JSON {
        try readObject(payload, mostBytes: 1 << 18)
    }
}

/// The three parts, and what was signed.
private struct Parts {
    let header: Secret
    let payload: Secret
    let signature: Secret
    let signed: Secret

    init(_ text: Span<UInt8>) throws(JOSEError) {
        // Counted before anything is cut: a text of dots must not become as many pieces (CVE-2025-22868).
        var dots: [Int] = []
        for index in text.indices where text[index] == UInt8(ascii: ".") {
            guard dots.count < 2 else { throw Self.malformed }
            dots.append(index)
        }
        guard dots.count == 2, case let signed = text.extracting(0..<dots[1]),
            let header = Base64URL.decode(text.extracting(0..<dots[0])),
            let payload = Base64URL.decode(text.extracting((dots[0] + 1)..<dots[1])),
            let signature = Base64URL.decode(text.extracting((dots[1] + 1)..<text.count))
        else { throw Self.malformed }
        self.header = header
        self.payload = payload
        self.signature = signature
        self.signed = Secret(copying: signed)
    }

    private static let malformed = JOSEError(
        .malformed, "not three parts of base64url with a dot between them")
}
