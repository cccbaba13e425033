public import SesameHTTP
import SesameJSON

/// Tells a bad token from a forbidden act: only the first is worth a renewal.
public enum TokenRejection {
    /// Whether a resource server says that the token has expired or is invalid.
    ///
    /// It does so by `WWW-Authenticate: Bearer error="invalid_token"` (RFC 6750, section 3.1), by the same
    /// with `DPoP` (RFC 9449, section 7.1) or,
    /// as Mautic, by a body whose first error has the type `invalid_grant`. Not that are
    /// `insufficient_scope`, any 403, and Mautic's `access_denied`: no token arrived at all.
    public static func isTokenRejected(_ response: HTTPResponse) -> Bool {
        guard response.status == 401 else { return false }
        let challenges = response.fields.values("WWW-Authenticate").flatMap {
            Challenge.all(in: $0)
        }
        let isNamed = challenges.contains { challenge in
            ["Bearer", "DPoP"].contains { equalIgnoringCase(challenge.scheme, $0) }
                && challenge["error"] == "invalid_token"
        }
        return isNamed || isRejectedByMautic(response)
    }
}

private func isRejectedByMautic(_ response: HTTPResponse) -> Bool {
    guard isJSON(response.mediaType), !isEncoded(response),
        let json = try? JSON(parsing: response.body), json["errors"] != nil,
        let error = ReportedError(.json(json))
    else { return false }
    return error.code == "invalid_grant"
}
