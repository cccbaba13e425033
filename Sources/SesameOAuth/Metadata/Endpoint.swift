import SesameHTTP
import SesameSecrets

/// Refuses an endpoint that credentials must not go to (RFC 6749, section 3.2; RFC 9700, 2.6).
func requireSafe(_ url: HTTPURL, _ name: String) throws(OAuthError) {
    guard url.isSecure else {
        throw OAuthError(.unsafeEndpoint, "the \(name) is http on another machine: '\(url)'")
    }
    guard url.fragment == nil else {
        throw OAuthError(.unsafeEndpoint, "the \(name) has a fragment: '\(url)'")
    }
}

/// Refuses an endpoint whose own query has a parameter that the protocol will send: it would stand
/// there twice (RFC 6749, section 3.1), or put a secret into a URL (section 2.3.1).
func requireNoProtocolParameter(
    inQueryOf url: HTTPURL, _ name: String, _ reserved: Set<String>
) throws(OAuthError) {
    guard let form = try? ReceivedForm(query: url.query) else {
        throw OAuthError(.unsafeEndpoint, "the query of the \(name) is malformed")
    }
    if let taken = form.names.first(where: { reserved.contains($0) }) {
        throw OAuthError(
            .unsafeEndpoint, "the query of the \(name) has '\(taken)', which is Sesame's")
    }
}

/// Adds parameters of the caller's choice, none of which may be one of the protocol's.
func append(
    extra: [(String, String)], to form: inout FormParameters, reserved: Set<String>
) throws(OAuthError) {
    for (name, value) in extra {
        guard !name.isEmpty, !reserved.contains(name), !form.contains(name) else {
            throw OAuthError(
                .badParameter,
                "the extra parameter '\(name.sanitised(limit: 64))' is set already or not allowed")
        }
        form.append(name, value)
    }
}

/// Refuses a client id that has other than printable ASCII characters (RFC 6749, appendix A.1).
func requireClientID(_ clientID: String) throws(OAuthError) {
    guard !clientID.isEmpty, clientID.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
        throw OAuthError(.badParameter, "the client id is empty or has characters beyond ASCII")
    }
}

/// Adds scope and resources once both are well-formed (RFC 6749, section 3.3; RFC 8707, section 2).
func append(
    scope: String?, resource: [String], to form: inout FormParameters
) throws(OAuthError) {
    if let scope, !scope.isEmpty {
        let tokens = scope.split(separator: " ", omittingEmptySubsequences: false)
        guard tokens.allSatisfy({ isScope($0) }) else {
            throw OAuthError(.badParameter, "the scope is malformed: words with one blank between")
        }
        form.append("scope", scope)
    }
    for uri in resource {
        guard let colon = uri.firstIndex(of: ":"), colon > uri.startIndex,
            uri.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "#") })
        else {
            throw OAuthError(.badParameter, "a resource must be an absolute URI without a fragment")
        }
        form.append("resource", uri)
    }
}

/// Whether this is one word of a scope (RFC 6749, section 3.3).
func isScope(_ word: some StringProtocol) -> Bool {
    !word.isEmpty && word.utf8.allSatisfy(isScopeByte)
}

private func isScopeByte(_ byte: UInt8) -> Bool {
    (0x21...0x7E).contains(byte) && byte != 0x22 && byte != 0x5C
}
