import SesameCrypto
import SesameJOSE
import SesameJSON
import SesameSecrets
import SesameSystem

/// An ID token as it came, and not yet believed.
///
/// It is of a type of its own, and its text never comes out: no request can be signed with it, and no
/// store can keep it.
public struct UnverifiedIDToken: Sendable {
    /// `nil` where something else than a text came.
    let text: Secret?
}

/// Why an ID token was refused.
struct IDTokenRefusal: Error {
    /// Words for a person, which go on behind "the ID token".
    let words: String
}

/// An ID token taken apart, whose claims are not yet believed.
struct IDToken {
    let jws: CompactJWS

    init(_ token: UnverifiedIDToken) throws(IDTokenRefusal) {
        guard let text = token.text else { throw IDTokenRefusal(words: "is no text") }
        do throws(JOSEError) {
            jws = try CompactJWS(parsing: text, limit: Self.mostBytes)
        } catch {
            throw IDTokenRefusal(words: "cannot be read: \(error.message)")
        }
    }

    /// Whom it says that it is about, whether that is true or not; `nil` where it does not say.
    var claimedPerson: (issuer: String, subject: String)? {
        guard let claims = try? jws.unverifiedClaims(), let issuer = claims["iss"]?.string,
            let subject = claims["sub"]?.string
        else { return nil }
        return (issuer, subject)
    }

    /// Real ones have a few kilobytes, with all the groups that a person is in.
    private static let mostBytes = 65_536
}

/// Checks what an ID token says, once its signature is known to be right (OpenID Connect Core 1.0, section
/// 3.1.3.7; for one that comes with a renewal, section 12.2).
/// - Parameter accessToken: what came with it, which `at_hash` is about.
func checkedIdentity(
    in claims: JSON, signedWith algorithm: JWSAlgorithm?, issuer: String,
    accessToken: Secret, expecting expected: IDTokenExpectation, at now: Timestamp
) throws(IDTokenRefusal) -> Identity {
    guard let from = claims["iss"]?.string, from.utf8.elementsEqual(issuer.utf8) else {
        throw IDTokenRefusal(words: "is not from the issuer '\(issuer.sanitised())'")
    }
    guard let subject = claims["sub"]?.string, (1...mostSubjectBytes).contains(subject.utf8.count)
    else { throw IDTokenRefusal(words: "does not say who it is about (sub)") }
    let audience = try checkedAudience(in: claims, expected)
    let authorizedParty = try checkedParty(in: claims, audience, expected)
    try checkTimes(in: claims, at: now)
    let authenticatedAt = try checkedAuthentication(in: claims, expected, at: now)
    try check(claims, "at_hash", isHashOf: accessToken, algorithm)
    if let code = expected.code { try check(claims, "c_hash", isHashOf: code, algorithm) }
    try checkNonce(in: claims, expected)
    let identity = Identity(
        issuer: from, subject: subject, audience: audience, authorizedParty: authorizedParty,
        authenticatedAt: authenticatedAt)
    try expected.earlier.map { earlier throws(IDTokenRefusal) in
        try check(identity, continues: earlier)
    }
    return identity
}

/// Steps 3 and 5: it is for this client, and for nobody else whom the client does not trust.
private func checkedAudience(
    in claims: JSON, _ expected: IDTokenExpectation
) throws(IDTokenRefusal) -> [String] {
    let value = claims["aud"]
    let named = value?.string.map { [$0] } ?? value?.elements?.compactMap(\.string) ?? []
    guard named.count == value?.elements?.count ?? 1, named.count <= mostAudiences,
        named.contains(where: { $0.utf8.elementsEqual(expected.clientID.utf8) })
    else { throw IDTokenRefusal(words: "is not for this client (aud)") }
    let others = named.filter { !$0.utf8.elementsEqual(expected.clientID.utf8) }
    if let other = others.first(where: { !expected.trustedAudiences.contains($0) }) {
        throw IDTokenRefusal(
            words: "is also for '\(other.sanitised(limit: 100))', which is not a trusted_audience")
    }
    return named
}

/// Steps 4 and 5: with several audiences it says which of them it was given to, and that is this client.
private func checkedParty(
    in claims: JSON, _ audience: [String], _ expected: IDTokenExpectation
) throws(IDTokenRefusal) -> String? {
    guard let value = claims["azp"] else {
        if audience.count == 1 { return nil }
        throw IDTokenRefusal(words: "is for several, and does not say for whom it was made (azp)")
    }
    guard let party = value.string, party.utf8.elementsEqual(expected.clientID.utf8) else {
        throw IDTokenRefusal(words: "was made for another client (azp)")
    }
    return party
}

/// Steps 9 and 10.
private func checkTimes(in claims: JSON, at now: Timestamp) throws(IDTokenRefusal) {
    guard let end = try time("exp", in: claims) else {
        throw IDTokenRefusal(words: "does not say when it ends (exp)")
    }
    guard now.adding(seconds: -clockSkew).seconds < end else {
        throw IDTokenRefusal(words: "has expired; compare this machine's clock with the server's")
    }
    guard let made = try time("iat", in: claims) else {
        throw IDTokenRefusal(words: "does not say when it was made (iat)")
    }
    guard now.adding(seconds: -farthestIssue).seconds <= made,
        made <= now.adding(seconds: farthestIssue).seconds
    else {
        throw IDTokenRefusal(
            words: "was not made just now (iat); compare this machine's clock with the server's")
    }
}

/// Steps 12 and 13, where the authorization request asked for it.
private func checkedAuthentication(
    in claims: JSON, _ expected: IDTokenExpectation, at now: Timestamp
) throws(IDTokenRefusal) -> Int64? {
    let authenticated = try time("auth_time", in: claims)
    if let maximumAge = expected.maximumAge {
        let age = min(max(maximumAge, 0), mostAge)
        guard let authenticated, now.adding(seconds: -age - clockSkew).seconds <= authenticated
        else {
            throw IDTokenRefusal(
                words: "does not say that the person logged in within max_age (auth_time)")
        }
    }
    if !expected.contexts.isEmpty {
        guard let context = claims["acr"]?.string, expected.contexts.contains(context) else {
            throw IDTokenRefusal(
                words: "does not say that the person logged in as acr_values demand (acr)")
        }
    }
    return authenticated
}

/// Section 3.1.3.8: half the digest that belongs to the algorithm of the signature.
private func check(
    _ claims: JSON, _ name: String, isHashOf secret: Secret, _ algorithm: JWSAlgorithm?
) throws(IDTokenRefusal) {
    guard let value = claims[name] else { return }
    guard let received = value.secret, received.equals(halfDigest(of: secret, algorithm)) else {
        throw IDTokenRefusal(words: "belongs to another answer (\(name))")
    }
}

/// The left half of the digest, in base64url.
///
/// Ed25519 is made with SHA-512, all the others here with SHA-256.
func halfDigest(of secret: Secret, _ algorithm: JWSAlgorithm?) -> Secret {
    let digest = secret.withBytes { bytes in
        algorithm?.signature == .ed25519 ? SHA512.digest(bytes) : SHA256.digest(bytes)
    }
    return digest.withBytes { Secret(copying: $0.extracting(0..<$0.count / 2)) }.base64URL()
}

/// Step 11.
///
/// A token of a renewal needs none (section 12.2).
private func checkNonce(
    in claims: JSON, _ expected: IDTokenExpectation
) throws(IDTokenRefusal) {
    guard let nonce = expected.nonce else { return }
    guard let received = claims["nonce"]?.secret, received.equals(nonce) else {
        throw IDTokenRefusal(words: "answers another login (nonce)")
    }
}

/// Section 12.2: a renewal speaks of the same person, client and login as before.
private func check(
    _ identity: Identity, continues earlier: Identity
) throws(IDTokenRefusal) {
    guard identity.isSamePerson(as: earlier) else {
        throw IDTokenRefusal(words: "is about another person than the login's (sub)")
    }
    guard identity.authorizedParty == earlier.authorizedParty else {
        throw IDTokenRefusal(words: "was made for another client than before (azp)")
    }
    if let time = identity.authenticatedAt, let before = earlier.authenticatedAt, time != before {
        throw IDTokenRefusal(words: "is about another login than before (auth_time)")
    }
}

/// A time in seconds since 1970, whose fraction does not count (RFC 7519, section 2).
private func time(_ name: String, in claims: JSON) throws(IDTokenRefusal) -> Int64? {
    guard let value = claims[name] else { return nil }
    if let whole = value.integer { return whole }
    guard let number = value.double, let whole = Int64(exactly: number.rounded(.down)) else {
        throw IDTokenRefusal(words: "has a time that is none (\(name))")
    }
    return whole
}

/// Seconds by which clocks may differ where something has ended.
private let clockSkew: Int64 = 60
/// Seconds that may lie between now and the making of an ID token that comes with a fresh answer.
private let farthestIssue: Int64 = 600
private let mostAge: Int64 = 10 * 365 * 86_400
/// OpenID Connect Core 1.0, section 2 allows 255 characters.
private let mostSubjectBytes = 1020
private let mostAudiences = 100
