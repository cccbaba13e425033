import SesameHTTP
import SesameHTTPServer
import SesameJSON
import SesameSecrets

/// An error in one of the four shapes that a Mautic has.
struct MauticError: Error, Sendable {
    enum Shape: Sendable {
        /// OAuth and authentication: `message`, `code`, `type`.
        case authentication(type: String)
        /// A controller: `code`, `message`, `details`.
        case controller(details: [(field: String, messages: [String])])
        /// Routing and crashes: `message`, `code`, and a `type` that is null.
        case crash
        /// No content at all.
        case empty
    }

    let status: Int
    let message: String
    let shape: Shape

    /// The element of `errors`.
    var element: JSONValue {
        let code = JSONValue.integer(Int64(status))
        let text = JSONValue.string(message)
        switch shape {
        case .authentication(let type):
            return .object([("message", text), ("code", code), ("type", .string(type))])
        case .controller(let details):
            return .object([("code", code), ("message", text), ("details", encoded(details))])
        case .crash, .empty:
            return .object([("message", text), ("code", code), ("type", .null)])
        }
    }

    var response: ServerResponse {
        if case .empty = shape {
            var response = ServerResponse(status: status)
            response.fields.set("Content-Type", "application/json")
            response.fields.set("WWW-Authenticate", #"Basic realm="Secured Area""#)
            return response
        }
        var response = ServerResponse.mautic(status, .object([("errors", .array([element]))]))
        if case .controller = shape { response.fields.set("Mautic-Version", mauticVersion) }
        return response
    }

    private func encoded(_ details: [(field: String, messages: [String])]) -> JSONValue {
        if details.isEmpty { return .array([]) }
        return .object(details.map { ($0.field, .strings($0.messages)) })
    }
}

let mauticVersion = "7.0.0"

extension ServerResponse {
    /// JSON as a Mautic sends it.
    static func mautic(_ status: Int, _ value: JSONValue) -> ServerResponse {
        var response = ServerResponse(status: status, body: PHPJSON.encode(value))
        response.fields.set("Content-Type", "application/json")
        response.fields.set("Cache-Control", "no-cache, private")
        return response
    }
}

extension MauticError {
    static func oauth(_ type: String, _ message: String, status: Int = 400) -> MauticError {
        MauticError(status: status, message: message, shape: .authentication(type: type))
    }

    static func crash(_ status: Int) -> MauticError {
        MauticError(
            status: status,
            message: "Looks like I encountered an error (error #\(status)). If I do it again, "
                + "please report me to the system administrator!",
            shape: .crash)
    }

    static func noRoute(_ path: String) -> MauticError {
        MauticError(status: 404, message: "Requested URL not found: \(path)", shape: .crash)
    }

    static let clientNotFound = MauticError(
        status: 404, message: "Client not found.", shape: .crash)
    static let itemNotFound = MauticError(
        status: 404, message: "Item was not found.", shape: .controller(details: []))
    static let accessDenied = MauticError(
        status: 403, message: "You do not have access to the requested area/action.",
        shape: .controller(details: []))
    static let tooManyItems = MauticError(
        status: 500, message: "A max of 200 entities are supported at a time.", shape: .crash)
    static let badBasic = MauticError(status: 401, message: "", shape: .empty)

    static let invalidRefreshToken = oauth("invalid_grant", "Invalid refresh token")
    static let expiredRefreshToken = oauth("invalid_grant", "Refresh token has expired")
    static let noRefreshToken = oauth("invalid_request", #"No "refresh_token" parameter found"#)
    static let noCode = oauth("invalid_request", #"Missing parameter. "code" is required"#)
    static let invalidCode = oauth(
        "invalid_grant", "Code doesn't exist or is invalid for the client")
    static let expiredCode = oauth("invalid_grant", "The authorization code has expired")
    static let redirectDiffers = oauth(
        "redirect_uri_mismatch", "The redirect URI is missing or do not match")
    static let redirectMissing = oauth("invalid_request", "The redirect URI parameter is required.")
    static let redirectUnregistered = oauth(
        "redirect_uri_mismatch", "The redirect URI provided does not match registered URI(s).")
    static let redirectAmbiguous = oauth(
        "redirect_uri_mismatch", "No redirect URL was supplied and more than one is registered.")
    static let invalidClient = oauth("invalid_client", "The client credentials are invalid")
    static let noClient = oauth("invalid_client", "Client id was not found in the headers or body")
    static let invalidGrantType = oauth(
        "invalid_request", "Invalid grant_type parameter or parameter missing")
    static let unauthorizedClient = oauth(
        "unauthorized_client", "The grant type is unauthorized for this client_id")
    static let unsupportedScope = oauth("invalid_scope", "An unsupported scope was requested.")
    static let denied = oauth("access_denied", "API authorization denied.", status: 302)
    static let basicDisabled = oauth(
        "access_denied",
        "Basic Auth disabled. You need to enable HTTP basic auth in the API settings of Mautic's Configuration.",
        status: 403)
    static let apiDisabled = oauth(
        "api_disabled",
        "API disabled. You need to enable the API in the API settings of Mautic's Configuration.",
        status: 403)
    static let noCredentials = oauth("access_denied", "API authorization denied.", status: 401)
    static let malformedBasic = oauth(
        "access_denied", "Authorization denied, invalid credentials.", status: 401)
    static let unknownToken = oauth(
        "invalid_grant", "The access token provided is invalid.", status: 401)
    static let expiredToken = oauth(
        "invalid_grant", "The access token provided has expired.", status: 401)
}
