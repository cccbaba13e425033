public import SesameHTTP
import SesameJSON
public import SesameSecrets
public import SesameSystem

/// A client as the server has registered it (RFC 7591, section 3.2.1), which may differ from what was asked for.
public struct RegisteredClient: Sendable {
    /// Its public name.
    public let clientID: String
    /// Its password, where the server gave one.
    public let clientSecret: Secret?
    /// When that ends; `nil` where it does not, or the server does not say.
    public let secretExpiresAt: Timestamp?
    /// What reads, changes and ends the registration (RFC 7592); it may change with every use.
    public let accessToken: Secret?
    /// Where it does.
    public let managementURI: HTTPURL?
    /// How the client is to show who it is; `nil` where the server does not say.
    public let authenticationMethod: String?
    /// Where browsers may come back to; `nil` where the server does not say.
    public let redirectURIs: [String]?
    /// How the client may get tokens; `nil` where the server does not say.
    public let grantTypes: [String]?
    /// What it may ask for; `nil` where the server does not say.
    public let scope: String?

    /// Reads an answer.
    /// - Parameter endpoint: which server gave it: the registration is managed there, or nowhere.
    init(_ json: JSON, from endpoint: HTTPURL, _ status: Int) throws(OAuthError) {
        let unusable = { (what: String) in
            OAuthError(
                .badResponse, "the server's answer to the registration \(what)", status: status,
                mayHaveBeenSent: true)
        }
        guard let id = json["client_id"]?.string, (try? requireClientID(id)) != nil,
            id.utf8.count <= 2048
        else { throw unusable("has no usable client_id") }
        clientID = id
        clientSecret = json["client_secret"]?.secret.flatMap { $0.isEmpty ? nil : $0 }
        accessToken = json["registration_access_token"]?.secret.flatMap { isToken68($0) ? $0 : nil }
        for secret in [clientSecret, accessToken].compactMap(\.self) where !isPrintable(secret) {
            throw unusable("has a secret that cannot be used")
        }
        let end = json["client_secret_expires_at"]?.integer ?? 0
        guard end >= 0 else { throw unusable("has a time that is none") }
        secretExpiresAt = clientSecret == nil || end == 0 ? nil : Timestamp(seconds: end)
        // The token goes to no other server than the one that gave it.
        let place = json["registration_client_uri"]?.string.flatMap { HTTPURL($0) }
        managementURI = place.flatMap {
            $0.isSecure && $0.fragment == nil && $0.origin == endpoint.origin ? $0 : nil
        }
        authenticationMethod = json["token_endpoint_auth_method"].flatMap(onlyText)
        do throws(OAuthError) {
            redirectURIs = try texts("redirect_uris", in: json)
            grantTypes = try texts("grant_types", in: json)
        } catch {
            throw unusable("has a member that is no list")
        }
        scope = json["scope"]?.string
    }
}

/// A text, or the only one of a list: some servers have several ways of authentication for a client.
func onlyText(_ json: JSON) -> String? {
    json.string ?? json.elements.flatMap { $0.count == 1 ? $0[0].string : nil }
}

private func isPrintable(_ secret: Secret) -> Bool {
    secret.withBytes { bytes in
        bytes.count <= 4096 && bytes.indices.allSatisfy { (0x20...0x7E).contains(bytes[$0]) }
    }
}
