import SesameHTTP
import SesameJSON
import SesameOAuth
import SesameSecrets
package import SesameSystem

/// One section `[file NAME]`: a file that always holds a good access token of a profile.
package struct TokenFile: Sendable, Hashable {
    /// What stands in it.
    package enum Format: String, Sendable, CaseIterable {
        /// The bare token, without a newline: some programs send whatever the file holds.
        case token
        /// The header field, as a line.
        case header
        /// What `sesame token --json` prints.
        case json
    }

    package let name: String
    package let profile: String
    package let file: SharedFile
    package let format: Format
    /// What the token must have been granted, and be for, as a caller may ask it.
    let scope: String?
    let resource: String?

    package var path: String { file.path }

    /// Refuses a token that is not what the file is for.
    func check(_ token: AccessToken, of profile: Profile) throws(BrokerError) {
        try profile.requireResource(resource)
        _ = try token.granting(scope, profile: profile.name)
        // What is read as JSON says what kind of token it is; the other forms are sent as they are.
        if format != .json { _ = try token.requireBearer(of: profile.name) }
    }

    /// The contents for a token.
    func contents(for token: AccessToken) -> Secret {
        var contents = SecretBuffer(capacity: token.value.count + 128)
        switch format {
        case .token: contents.append(token.value)
        case .header:
            contents.append("Authorization: \(token.type.name) ")
            contents.append(token.value)
            contents.append("\n")
        case .json:
            contents.append(
                JSONValue.object([
                    ("profile", .string(profile)), ("access_token", .secret(token.value)),
                    ("token_type", .string(token.type.name)),
                    ("expires_at", .optional(token.expiresAt.map { "\($0)" })),
                    ("scope", .optional(token.scope)),
                ]).encoded())
            contents.append("\n")
        }
        return Secret(contents)
    }
}

/// How a token file stands.
package struct TokenFileReport: Sendable, Equatable {
    package let name: String
    package let path: String
    /// Whether this broker has put a token there.
    package let isWritten: Bool
    /// Why it could not at the last attempt, in words.
    package let error: String?
}
