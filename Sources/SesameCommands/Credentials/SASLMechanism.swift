import SesameSecrets

/// The two ways to present a bearer token to a mail server.
enum SASLMechanism: String, CaseIterable {
    /// Google's and Microsoft's.
    case xoauth2 = "XOAUTH2"
    /// RFC 7628.
    case oauthbearer = "OAUTHBEARER"

    /// The whole initial response of the client, before it is base64.
    func response(
        of user: String, _ token: Secret, host: String? = nil, port: Int64? = nil
    ) -> Secret {
        var out = SecretBuffer(capacity: token.count + 256)
        switch self {
        case .xoauth2: out.append("user=\(user)\u{1}")
        case .oauthbearer:
            // The GS2 header ends with a comma of its own (RFC 5801, section 4).
            out.append("n,a=\(Self.escaped(user)),\u{1}")
            if let host { out.append("host=\(host)\u{1}") }
            if let port { out.append("port=\(port)\u{1}") }
        }
        out.append("auth=Bearer ")
        out.append(token)
        out.append("\u{1}\u{1}")
        return Secret(out)
    }

    /// A `saslname` (RFC 5801, section 4).
    private static func escaped(_ user: String) -> String {
        user.replacing("=", with: "=3D").replacing(",", with: "=2C")
    }
}
