import SesameCrypto
import SesameHTTP
import SesameHTTPServer
import SesameJSON
import SesameSecrets
import SesameSystem

/// One request, as an endpoint of one issuer sees it.
struct Exchange: Sendable {
    let request: ServerRequest
    /// The path below the issuer's own; empty or beginning with `/`.
    let path: String
    /// The issuer identifier.
    let issuer: String
    var now: Timestamp
    /// The time since boot.
    var uptime: Duration
    let random: any RandomSource
    /// The key whose possession was proved with it (RFC 9449).
    var keyThumbprint: String?

    /// The parameters of the URL; `nil` when they are malformed.
    var query: ReceivedForm? { try? ReceivedForm(query: request.query) }

    /// The parameters of a form body; `nil` when there is another body, or a malformed one.
    var form: ReceivedForm? {
        guard mediaType(request.fields) == "application/x-www-form-urlencoded" else { return nil }
        return request.body.withBytes { bytes in try? ReceivedForm(bytes) }
    }

    /// The text behind a scheme in the only `Authorization` field.
    func credentials(_ scheme: String) -> Secret? {
        guard let field = request.fields["Authorization"], field.utf8.count > scheme.utf8.count,
            equalIgnoringCase(field.prefix(scheme.count), scheme),
            field.dropFirst(scheme.count).first == " "
        else { return nil }
        let rest = field.dropFirst(scheme.count).drop { $0 == " " }
        return Secret(utf8: String(rest))
    }
}

/// What an endpoint answers, and what the log says about it.
struct Reply: Sendable {
    var response: ServerResponse
    /// The error code, or `issued`; empty where nothing is logged.
    var outcome = ""
    var issued: Issued?

    init(_ response: ServerResponse, outcome: String = "", issued: Issued? = nil) {
        self.response = response
        self.outcome = outcome
        self.issued = issued
    }
}

extension ServerResponse {
    /// An answer with JSON that nobody may keep.
    static func json(_ status: Int, _ value: JSONValue) -> ServerResponse {
        var response = ServerResponse(status: status, body: value.encoded())
        response.fields.set("Content-Type", "application/json")
        response.fields.set("Cache-Control", "no-store")
        response.fields.set("Pragma", "no-cache")
        return response
    }

    /// Sends the browser on, to a URL that may hold a code.
    static func redirect(to location: Secret) -> ServerResponse {
        var response = ServerResponse(status: 302)
        response.fields.set("Location", .secret(location))
        response.fields.set("Cache-Control", "no-store")
        return response
    }
}

/// The media type of a message in lower case, without parameters.
func mediaType(_ fields: HTTPFields) -> String {
    let field = fields["Content-Type"] ?? ""
    return (field.split(separator: ";").first ?? "").lowercased().filter { $0 != " " }
}
