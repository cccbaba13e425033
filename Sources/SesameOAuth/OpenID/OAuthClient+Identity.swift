import SesameJOSE
import SesameJSON
import SesameSecrets
public import SesameSystem

/// ID tokens (OpenID Connect Core 1.0): who has logged in, said by the server and checked here.
extension OAuthClient {
    /// Checks the ID token of an answer, and returns whom it is about.
    ///
    /// Where it is wrong, nothing of the answer may be used. Only a refresh token may be in the error
    /// (``OAuthError/rotatedRefreshToken``): the server has most likely spent the earlier one for it. It is
    /// not there when the ID token names another person than ``IDTokenExpectation/earlier``, since then it
    /// is that person's.
    /// - Returns: `nil` without one, and where the server does not say where its keys are.
    /// - Throws: ``OAuthError`` with `idTokenRefused`, or why the keys are not to be had.
    public func identity(
        in response: TokenResponse, expecting expected: IDTokenExpectation, keys: IssuerKeys,
        at now: Timestamp
    ) async throws(OAuthError) -> Identity? {
        guard let issuer = server.issuer, server.jwksURI != nil else { return nil }
        guard let token = response.idToken else {
            guard expected.isRequired else { return nil }
            throw response.refused("the answer has no ID token, which `openid` asks for")
        }
        let parsed: IDToken
        do throws(IDTokenRefusal) { parsed = try IDToken(token) } catch {
            throw response.refused(error)
        }
        let isAnother = parsed.isAboutAnother(than: expected.earlier)
        let verified: Result<VerifiedJWS, JOSEError>
        do throws(OAuthError) {
            verified = try await keys.verification(
                of: parsed.jws, from: self,
                allowing: known(algorithms: server.idTokenSigningAlgorithms))
        } catch {
            throw error.after(response, keepingItsRefreshToken: !isAnother)
        }
        do throws(IDTokenRefusal) {
            return try checkedIdentity(
                in: try verified.claims(), signedWith: parsed.jws.header.algorithm, issuer: issuer,
                accessToken: response.accessToken.value, expecting: expected, at: now)
        } catch {
            throw response.refused(error, keepingItsRefreshToken: !isAnother)
        }
    }
}

extension AuthorizationServer {
    /// Whether it is known whose keys check what it signs, and where they are.
    ///
    /// Where not, its ID tokens cannot be checked and are ignored.
    public var namesItsKeys: Bool { issuer != nil && jwksURI != nil }
}

/// The algorithms that a server may sign with: those that it announces, as far as they are known here.
///
/// HMAC is not among them. It would make a client secret what proves who a person is, and there is none
/// in a public client (OpenID Connect Core 1.0, section 10.1).
func known(algorithms announced: [String]?) -> Set<JWSAlgorithm> {
    guard let announced, !announced.isEmpty else { return JWSAlgorithm.asymmetric }
    let named = Set(announced.compactMap { JWSAlgorithm(rawValue: $0)?.signature })
    return JWSAlgorithm.asymmetric.filter { $0.signature.map(named.contains) ?? false }
}

extension Result<VerifiedJWS, JOSEError> {
    fileprivate func claims() throws(IDTokenRefusal) -> JSON {
        do throws(JOSEError) { return try get().claims() } catch {
            throw IDTokenRefusal(words: "is not the server's: \(error.message)")
        }
    }
}

extension IDToken {
    /// Whether it names another person than the login's, whatever else is wrong with it.
    fileprivate func isAboutAnother(than earlier: Identity?) -> Bool {
        guard let earlier, let claimed = claimedPerson else { return false }
        return !Identity(issuer: claimed.issuer, subject: claimed.subject, audience: [])
            .isSamePerson(as: earlier)
    }
}

extension TokenResponse {
    fileprivate func refused(
        _ refusal: IDTokenRefusal, keepingItsRefreshToken: Bool = true
    ) -> OAuthError {
        refused("the ID token \(refusal.words)", keepingItsRefreshToken: keepingItsRefreshToken)
    }

    fileprivate func refused(
        _ message: String, keepingItsRefreshToken: Bool = true
    ) -> OAuthError {
        var error = OAuthError(
            .idTokenRefused, message, status: 200, mayHaveBeenSent: true,
            rotatedRefreshToken: keepingItsRefreshToken ? refreshToken : nil)
        error.boundKey = boundKey
        return error
    }
}

extension OAuthError {
    /// The same, when the server has answered the token request already.
    fileprivate func after(
        _ response: TokenResponse, keepingItsRefreshToken: Bool
    ) -> OAuthError {
        // The status of the tokens' answer, which was there: nothing of it is lost.
        var error = OAuthError(
            code, message, status: 200, mayHaveBeenSent: true,
            rotatedRefreshToken: keepingItsRefreshToken ? response.refreshToken : nil)
        error.boundKey = response.boundKey
        return error
    }
}
