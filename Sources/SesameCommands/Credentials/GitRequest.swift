import SesameHTTP
import SesameSecrets

/// What git wants a credential for.
struct GitRequest {
    /// The destination; `nil` where it is none that Sesame has credentials for, such as another protocol.
    let url: HTTPURL?
    /// The user that git has been told of, by the URL or its configuration.
    let username: Secret?
    /// What was refused, in an `erase`.
    let refused: Secret?
    /// Whether git takes a whole `Authorization` field, and the server does not ask for Basic instead.
    let takesBearer: Bool

    init(_ input: Secret) throws(GitAttributes.Refusal) {
        let attributes = try GitAttributes(input)
        guard let scheme = attributes.text("protocol"), let host = attributes.text("host"),
            !scheme.isEmpty, !host.isEmpty
        else {
            throw GitAttributes.Refusal(reason: "protocol or host is missing")
        }
        url = Self.url(scheme, host, attributes["path"])
        username = attributes["username"].flatMap { $0.isEmpty ? nil : $0 }
        refused = attributes["credential"] ?? attributes["password"]
        let schemes = attributes.list("wwwauth[]").flatMap(Self.schemes)
        // A server that asks for Basic alone would not understand a token in any other place.
        takesBearer =
            attributes.list("capability[]").contains("authtype")
            && (schemes.isEmpty || schemes.contains("bearer"))
    }

    private static func url(_ scheme: String, _ host: String, _ path: Secret?) -> HTTPURL? {
        guard ["https", "http"].contains(scheme), host.utf8.allSatisfy(isHostByte) else {
            return nil
        }
        // git has decoded the path.
        var encoded = "/"
        path?.withBytes { bytes in
            for index in bytes.indices { encoded += Self.encoded(bytes[index]) }
        }
        guard let url = HTTPURL("\(scheme)://\(host)\(encoded)"), url.isSecure else { return nil }
        return url
    }

    /// The schemes of the challenges in one field (RFC 9110, section 11.6.1), in lower case.
    private static func schemes(_ field: String) -> [String] {
        var isQuoted = false
        let parts = field.split { character in
            if character == "\"" { isQuoted.toggle() }
            return character == "," && !isQuoted
        }
        return parts.compactMap { part in
            let word = part.drop { $0 == " " }.prefix { $0 != " " }
            return word.isEmpty || word.contains("=") ? nil : word.lowercased()
        }
    }

    private static func encoded(_ byte: UInt8) -> String {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x2F, 0x5F, 0x7E:
            String(Unicode.Scalar(byte))
        default:
            "%" + (byte < 0x10 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }
    }
}

/// What may stand in a host and a port, so that nothing of it ends up in another part of the URL.
private func isHostByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x3A, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5B, 0x5D, 0x5F: true
    default: false
    }
}
