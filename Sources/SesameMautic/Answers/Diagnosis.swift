import SesameHTTP
import SesameJSON
import SesameSecrets
import SesameSystem

extension MauticError {
    /// What an answer that is no success means, and what to do about it.
    init(_ response: HTTPResponse, to request: HTTPRequest, at now: Timestamp) {
        let body = ErrorBody(response)
        let code = Self.code(of: response, body, at: now)
        self.init(
            code, Self.words(for: code, body, response, request), fields: body.fields,
            hints: Self.hints(for: code, body, response, request), status: response.status,
            dialect: body.dialect)
    }

    /// What an item of a batch means that was refused.
    init(item: JSON?, status: Int) {
        let body = ErrorBody(item: item)
        let code: Code =
            switch status {
            case 400, 422: .validation
            case 403: .notPermitted
            case 404: .notFound
            default: .refused
            }
        var message = body.wordsOfFields ?? body.message ?? "the server refused it (\(status))"
        if case .notPermitted = code {
            message += " (in Mautic: the role needs “Contacts: Edit” for a contact that is there)"
        }
        self.init(code, message, fields: body.fields, status: status)
    }

    /// What an exchange without an answer means.
    init(_ error: TransportError, to request: HTTPRequest) {
        let hint =
            if !error.mayHaveBeenSent {
                "the request was not sent; try again later"
            } else if request.method == "GET" {
                "try again later"
            } else {
                "the server may have done it all the same; the same command again is safe"
            }
        self.init(.transport(error), error.message.sanitised(limit: 300), hints: [hint])
    }

    private static func code(of response: HTTPResponse, _ body: ErrorBody, at now: Timestamp)
        -> Code
    {
        switch response.status {
        case 400, 422: body.dialect == .controller ? .validation : .refused
        case 401: .unauthorised(doubt(in: response, body))
        case 403 where body.type == "api_disabled": .apiDisabled
        // The API's only other typed 403 is this one; its words are translated.
        case 403 where body.type == "access_denied" && body.dialect == .authentication:
            .basicDisabled
        case 403: .notPermitted
        case 404: .notFound
        case 429: .rateLimited(until: limitEnd(of: response, now: now))
        case 200..<400: .badResponse
        case 500...: .temporary
        default: .refused
        }
    }

    /// What is wrong with the credential.
    ///
    /// `invalid_grant` means that the application saw a token and refused it, `access_denied` that it
    /// saw none. Wrong HTTP Basic credentials give an empty body and a challenge, and so does a web server that wants a
    /// password of its own.
    private static func doubt(in response: HTTPResponse, _ body: ErrorBody) -> Doubt {
        let challenge = response.fields["WWW-Authenticate"]?.lowercased() ?? ""
        let schemes = Set(challenge.split { " ,".contains($0) }.map(String.init))
        return switch body.type {
        case "invalid_grant", "invalid_token": .token
        // RFC 6750, section 3.1.
        case _ where challenge.contains("invalid_token"): .token
        case _ where !schemes.isDisjoint(with: ["basic", "digest", "negotiate", "ntlm"]): .password
        default: .credentialMissing
        }
    }

    private static func words(
        for code: Code, _ body: ErrorBody, _ response: HTTPResponse, _ request: HTTPRequest
    ) -> String {
        if let words = body.wordsOfFields { return words }
        let quoted = body.message.map { ": \($0)" } ?? ""
        return switch code {
        case .validation: "the server refused a value\(quoted)"
        case .notPermitted: "not permitted\(quoted)"
        case .notFound where body.dialect == .controller: request.missingItem + quoted
        case .notFound: "nothing found at this address\(quoted)"
        case .unauthorised(.password): "user name or password are wrong"
        case .unauthorised(.token): "the server does not accept the access token\(quoted)"
        case .unauthorised(.credentialMissing): "the server saw no valid credential\(quoted)"
        case .rateLimited(let end):
            "too many requests" + (end.map { ", again from \($0)" } ?? "") + quoted
        case .apiDisabled: "the API is switched off in this Mautic"
        case .basicDisabled: "HTTP Basic is switched off in this Mautic"
        case .badResponse where (300..<400).contains(response.status):
            "the server redirects instead of answering (HTTP \(response.status))"
        default: "the server answered HTTP \(response.status)\(quoted)"
        }
    }
}

extension HTTPRequest {
    /// What a controller has not found that was asked this.
    fileprivate var missingItem: String {
        var parts = url.path.split(separator: "/").map(String.init)
        if let start = parts.lastIndex(of: "api") { parts.removeFirst(start + 1) }
        let number = parts.count > 1 ? Int64(parts[1]) : nil
        let contact = parts.count > 3 ? Int64(parts[3]) : nil
        return switch (parts.first, number) {
        case ("contacts", let number?): "there is no contact \(number)"
        case ("segments", let number?):
            "there is no segment \(number)" + (contact.map { ", or no contact \($0)" } ?? "")
        default: "the server has no such thing"
        }
    }
}
