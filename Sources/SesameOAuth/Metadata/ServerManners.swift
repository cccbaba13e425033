/// Where a server departs from the RFCs, as far as a client has to know it.
///
/// No metadata say such things: who describes a server by hand sets them.
public struct ServerManners: Sendable, Hashable {
    /// What stands between the words of a scope in its answers; a space by RFC 6749, section 3.3.
    public var grantedScopeSeparator: Character = " "
    /// Error codes that end a grant besides `invalid_grant` (RFC 6749, section 5.2).
    public var endingCodes: Set<String> = []
    /// Whether it turns token requests with a `code_verifier` away, though RFC 6749, section 3.2 has it ignore
    /// what it does not know.
    ///
    /// Then a login goes without PKCE: `state` and the client secret are what remains.
    public var refusesCodeVerifier = false

    /// Those of the RFCs.
    public init() {}

    /// The words of a scope with one space between.
    func words(of scope: String) -> String {
        guard grantedScopeSeparator != " " else { return scope }
        return scope.split { $0 == grantedScopeSeparator || $0 == " " }.joined(separator: " ")
    }
}
