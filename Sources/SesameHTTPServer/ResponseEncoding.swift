import SesameHTTP
import SesameSecrets

extension ServerResponse {
    /// An answer of the server itself.
    static func plain(status: Int) -> ServerResponse {
        var response = ServerResponse(status: status)
        response.fields.append("Content-Type", "text/plain; charset=utf-8")
        response.fields.append("Cache-Control", "no-store")
        response.fields.append("X-Content-Type-Options", "nosniff")
        if status == 503 { response.fields.append("Retry-After", "1") }
        response.body = Secret(utf8: "\(status) \(reason(of: status))\n")
        return response
    }

    /// The bytes to send.
    ///
    /// Framing is the server's alone. A response that cannot be sent as it is becomes a plain 500.
    func encoded(withoutBody: Bool, closing: Bool) -> Secret {
        guard isSendable else {
            return Self.plain(status: 500).encoded(withoutBody: withoutBody, closing: closing)
        }
        var out = SecretBuffer(capacity: 256 + body.count)
        let hasBody = status != 204 && status != 304
        appendHead(
            to: &out, hasBody ? "Content-Length: " + String(body.count) + "\r\n" : "",
            closing: closing)
        if hasBody, !withoutBody { out.append(body) }
        return Secret(out)
    }

    var isSendable: Bool { (200...599).contains(status) && fields.firstMalformed == nil }

    /// Writes status line and fields; a handler's own framing fields are dropped.
    /// - Parameter framing: the lines that say where the content ends.
    func appendHead(to out: inout SecretBuffer, _ framing: String, closing: Bool) {
        out.append("HTTP/1.1 ")
        out.append(String(status))
        out.append(" ")
        out.append(reason(of: status))
        out.append("\r\n")
        for field in fields.all where !isFraming(field.name) {
            out.append(field.name)
            out.append(": ")
            switch field.value {
            case .plain(let text): out.append(text)
            case .secret(let secret): out.append(secret)
            }
            out.append("\r\n")
        }
        out.append(framing)
        if closing { out.append("Connection: close\r\n") }
        out.append("\r\n")
    }
}

private func isFraming(_ name: String) -> Bool {
    framingNames.contains { equalIgnoringCase($0, name) }
}

private let framingNames = ["Content-Length", "Transfer-Encoding", "Connection"]

private func reason(of status: Int) -> String { reasons[status] ?? "Status" }

private let reasons = [
    200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 302: "Found", 303: "See Other",
    304: "Not Modified", 307: "Temporary Redirect", 400: "Bad Request", 401: "Unauthorized",
    403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout",
    409: "Conflict", 410: "Gone", 413: "Content Too Large", 415: "Unsupported Media Type",
    417: "Expectation Failed", 422: "Unprocessable Content", 429: "Too Many Requests",
    431: "Request Header Fields Too Large", 500: "Internal Server Error", 501: "Not Implemented",
    502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
    505: "HTTP Version Not Supported",
]
