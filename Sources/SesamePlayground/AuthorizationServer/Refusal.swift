import SesameHTTP
import SesameHTTPServer
import SesameJSON

/// An error of the token endpoint (RFC 6749, section 5.2).
struct Refusal: Error, Sendable {
    let code: String
    let description: String
    var status = 400
    /// Names the scheme that the client tried.
    var challengesBasic = false

    static func invalidRequest(_ description: String) -> Refusal {
        Refusal(code: "invalid_request", description: description)
    }

    static func invalidGrant(_ description: String) -> Refusal {
        Refusal(code: "invalid_grant", description: description)
    }

    static func invalidClient(triedBasic: Bool) -> Refusal {
        Refusal(
            code: "invalid_client", description: "client authentication failed", status: 401,
            challengesBasic: triedBasic)
    }

    var response: ServerResponse {
        var response = ServerResponse.json(
            status,
            .object([("error", .string(code)), ("error_description", .string(description))]))
        if challengesBasic { response.fields.set("WWW-Authenticate", #"Basic realm="practice""#) }
        return response
    }
}
