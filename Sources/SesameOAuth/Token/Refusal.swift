import SesameHTTP
import SesameJSON
import SesameSecrets

/// What an answer refuses, or `nil` for a success (RFC 6749, section 5.2).
///
/// The server's code decides before the status does; servers use 400, 401, 403 and even 200. Three
/// things never end a grant, whatever else they say: a 5xx, a web page, a refusal without a code.
/// - Parameters:
///   - endingCodes: the codes that speak of an ended grant, as at the token endpoint.
///   - sent: what the request carried; words that repeat it are dropped.
func refusal(
    in response: HTTPResponse, _ document: TokenDocument?, endingCodes: Set<String>,
    sent: SentSecrets
) -> OAuthError? {
    let status = response.status
    let reported = document.flatMap(ReportedError.init)
    guard reported != nil || !(200...201).contains(status) || isWebPage(response) else {
        return nil
    }
    let (code, message) = verdict(
        on: isWebPage(response) ? nil : reported, status, response, endingCodes)
    return OAuthError(
        code, message, serverCode: sent.unlessRepeated(in: reported?.code),
        serverDescription: sent.unlessRepeated(in: reported?.words),
        status: status, mayHaveBeenSent: true)
}

/// An error in one of the two dialects: RFC 6749's, or Mautic's `{"errors":[{"type",…}]}`.
struct ReportedError {
    let code: String?
    let words: String?

    init?(_ document: TokenDocument) {
        if document.contains("error"), document.secret("error")?.isEmpty != true {
            code = document.text("error")
            words = document.text("error_description")
            return
        }
        guard case .json(let json) = document, let errors = json["errors"] else { return nil }
        // An object keyed by number, where PHP's array had a gap.
        guard let first = errors.elements?.first ?? errors.members?.first?.value else { return nil }
        code = first["type"]?.string
        words = first["message"]?.string
    }
}

private func verdict(
    on reported: ReportedError?, _ status: Int, _ response: HTTPResponse, _ endingCodes: Set<String>
) -> (OAuthError.Code, String) {
    if (300..<400).contains(status) { return verdict(onRedirect: response) }
    if isWebPage(response) {
        return (.temporary, "the server answered \(status) with a web page instead of JSON")
    }
    if status >= 500 || status == 429 || status == 408 {
        return (.temporary, "the server answered \(status): try again later")
    }
    switch reported?.code {
    case .some(let code) where endingCodes.contains(code):
        return (.grantEnded, "the grant has expired, was revoked or was used already")
    case "invalid_client", "unauthorized_client":
        return (.clientRejected, "the server does not accept this client")
    case "server_error", "temporarily_unavailable", "slow_down":
        return (.temporary, "the server cannot answer now: try again later")
    case "invalid_target":
        return (.serverRefused, "the server gives no tokens for the resource that was asked for")
    case "invalid_authorization_details":
        return (.serverRefused, "the server does not accept the authorization_details")
    case .some: return (.serverRefused, "the server refused the request")
    case nil: return verdict(on: status, isEmpty: response.body.isEmpty)
    }
}

/// The verdict where only the status speaks.
///
/// A 403 or 404 may be a proxy, a switched-off API or a
/// moved server, none of which is the grant's fault.
private func verdict(on status: Int, isEmpty: Bool) -> (OAuthError.Code, String) {
    switch status {
    case 403:
        return (
            .temporary, "the server answered 403 and gave no reason: is the client secret right?"
        )
    case 404: return (.temporary, "the server answered 404: check the endpoint's address")
    case 400..<500 where isEmpty:
        return (
            .serverRefused,
            "the server answered \(status) and gave no reason: some refuse an ended login so"
        )
    default: return (.serverRefused, "the server answered \(status) without a known error code")
    }
}

/// The verdict on a redirect, which is never followed: the request has secrets in it.
///
/// One that is not for good may be the page of a network that wants a login first.
private func verdict(onRedirect response: HTTPResponse) -> (OAuthError.Code, String) {
    let isForGood = [301, 308].contains(response.status) || !isWebPage(response)
    let target = response.fields["Location"].flatMap { HTTPURL($0) }.map {
        " to \(($0.origin + $0.path).sanitised(limit: 200))"
    }
    return (
        isForGood ? .serverRefused : .temporary,
        "the server redirects\(target ?? "") instead of answering (HTTP \(response.status)): check the endpoint's address"
    )
}

private func isWebPage(_ response: HTTPResponse) -> Bool {
    ["text/html", "application/xhtml+xml"].contains(response.mediaType)
}
