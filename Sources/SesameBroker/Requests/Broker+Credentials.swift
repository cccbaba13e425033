package import SesameHTTP
import SesameOAuth
package import SesameSecrets
import SesameStore
package import SesameSystem

/// What a tool gets that signs its requests itself: a token with a user name before it, or a user name and
/// a password.
package struct DestinedCredential: Sendable {
    package enum Kind: String, Sendable {
        case bearer, basic
    }

    package let kind: Kind
    package let username: Secret
    package let secret: Secret
    /// Until when a token is valid; a password has no end.
    package let expiresAt: Timestamp?
    package let scope: String?
    /// Where it may be sent, as it was understood.
    package let destination: HTTPURL
}

/// Credentials for a destination, as git's and docker's helpers are asked for them.
extension Broker {
    /// The profiles that a destination is for, in the order of the configuration.
    ///
    /// There is no nearest one: a profile fits by the very rule by which signed requests are let through.
    package nonisolated func profiles(for destination: String) throws(BrokerError) -> [String] {
        let profiles = try parts.configuration.contents().profiles
        // What no profile could allow is refused, and not merely unknown.
        do throws(Destinations.Refusal) { _ = try Destinations([]).admit(destination) } catch {
            guard error == .notAllowed else {
                throw BrokerError(refusal: error, url: destination, profile: nil)
            }
        }
        guard let url = HTTPURL(destination) else { return [] }
        return profiles.names(at: url.origin).filter { name in
            (try? profiles[name]?.destinations.admit(url)) != nil
        }
    }

    /// The credential of a profile for one of its destinations.
    package func credential(
        for text: String, of name: String, minimumValidity: Int64, narrowedScope: String? = nil
    ) async throws(BrokerError) -> DestinedCredential {
        let profile = try parts.configuration.profile(name)
        let destination = try destination(text, profile)
        let signature = try await signature(
            profile, narrowedScope, minimumValidity: minimumValidity)
        // What could not stand in a request is not handed out either.
        _ = try sign(HTTPRequest("GET", destination), for: profile, with: signature)
        switch signature {
        case .token(let token):
            _ = try token.requireBearer(of: name)
            return DestinedCredential(
                kind: .bearer, username: Secret(utf8: profile.credentialUsername),
                secret: token.value, expiresAt: token.expiresAt, scope: token.scope,
                destination: destination)
        case .password(let username, let password):
            return DestinedCredential(
                kind: .basic, username: username, secret: password, expiresAt: nil, scope: nil,
                destination: destination)
        }
    }

    /// Renews a token that one of the profile's destinations has refused, if it is the one that is held.
    ///
    /// The login stays, whatever comes of it, and so does a password: it has no successor.
    /// - Returns: whether it was, so that the next one is another.
    package func reject(
        _ secret: Secret, for text: String, of name: String, narrowedScope: String? = nil
    ) async throws(BrokerError) -> Bool {
        let profile = try parts.configuration.profile(name)
        _ = try destination(text, profile)
        guard profile.grant != .basic, try await isHeld(secret, profile) else { return false }
        if let defect = profile.defect { throw defect }
        var query = TokenQuery(profile: name)
        query.minimumValidity = 0
        query.rejected = secret
        query.narrowedScope = narrowedScope
        _ = try await accessToken(query, of: profile)
        return true
    }

    private func isHeld(_ secret: Secret, _ profile: Profile) async throws(BrokerError) -> Bool {
        if try await look(profile).credential?.accessToken?.equals(secret) == true { return true }
        return narrowed.contains { narrowing, narrowed in
            narrowing.profile == profile.name && narrowed.token.value.equals(secret)
        }
    }
}
