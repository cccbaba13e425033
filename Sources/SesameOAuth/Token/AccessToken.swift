import SesameHTTP
public import SesameSecrets
public import SesameSystem

/// How a token is used (RFC 6749, section 7.1); a token of an unknown type is never used.
public struct TokenType: Hashable, Sendable {
    /// The type's own spelling.
    public let name: String
    private init(_ name: String) { self.name = name }

    /// RFC 6750.
    public static let bearer = TokenType("Bearer")
    /// Bound to a key of the client's (RFC 9449).
    public static let dpop = TokenType("DPoP")

    /// The type that a server named, in whatever case; `nil` when it is not one of these.
    public init?(named name: String) {
        let known = [TokenType.bearer, .dpop].first { equalIgnoringCase($0.name, name) }
        guard let known else { return nil }
        self = known
    }
}

/// An access token, which stays opaque: nothing is ever read out of it.
public struct AccessToken: Sendable {
    /// What the signer puts on the wire.
    public let value: Secret
    /// How it is used.
    public let type: TokenType
    /// When it was received.
    public let receivedAt: Timestamp
    /// When it ends; `nil` when the server did not say.
    public let expiresAt: Timestamp?
    /// What it is good for; `nil` when the server did not say, which means as asked.
    public let scope: String?
    /// The key that it is bound to, as it was stored, where that goes along with the token.
    package var sealedKey: Secret?

    /// Describes a token that was received, or stored, earlier.
    public init(
        _ value: Secret, type: TokenType = .bearer, receivedAt: Timestamp, expiresAt: Timestamp?,
        scope: String? = nil
    ) {
        self.value = value
        self.type = type
        self.receivedAt = receivedAt
        self.expiresAt = expiresAt
        self.scope = scope
    }

    /// Whether the token will be good for that many seconds more.
    ///
    /// Without an announced end an hour from receipt is assumed (RFC 6749, section 5.1 leaves it
    /// open). With a clock that went back behind the receipt the age is unknown, hence `false`.
    public func isValid(at now: Timestamp, for seconds: Int64 = 0) -> Bool {
        guard now.adding(seconds: clockTolerance) >= receivedAt else { return false }
        let end = expiresAt ?? receivedAt.adding(seconds: assumedLifetime)
        return now.adding(seconds: seconds) < end
    }

    /// Whether every word of `scope` was granted.
    public func covers(scope: String) -> Bool {
        guard let granted = self.scope?.split(separator: " ") else { return true }
        return scope.split(separator: " ").allSatisfy { granted.contains($0) }
    }
}

/// Clocks are corrected by a second or two all the time.
private let clockTolerance: Int64 = 5
private let assumedLifetime: Int64 = 3600
