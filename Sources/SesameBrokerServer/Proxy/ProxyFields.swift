import SesameHTTP

/// Which fields pass a proxy, in both directions.
enum ProxyFields {
    /// What goes on to the server: all that is meant for it, and the trace of a gateway.
    ///
    /// A gateway has to leave one (RFC 9110, section 7.6.3). Credentials of the client's are dropped; those of
    /// the profile take their place.
    static func request(_ fields: HTTPFields, via pseudonym: String) -> HTTPFields {
        var passed = endToEnd(fields, without: replaced)
        let trace = fields.values("Via").filter { !$0.isEmpty } + ["1.1 \(pseudonym)"]
        passed.set("Via", trace.joined(separator: ", "))
        return passed
    }

    /// What comes back to the client.
    static func response(_ fields: HTTPFields, location: (String) -> String?) -> HTTPFields {
        var passed = endToEnd(fields, without: foreign)
        if let text = fields["Location"], let local = location(text) {
            passed.set("Location", local)
        }
        return passed
    }

    /// Whether a request has come through this proxy before.
    static func isLoop(_ fields: HTTPFields, via pseudonym: String) -> Bool {
        fields.values("Via").contains { value in
            value.split(separator: ",").contains { part in
                part.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.map {
                    equalIgnoringCase($0, pseudonym)
                } ?? false
            }
        }
    }

    /// RFC 9110, section 7.6.1: neither the fields of this one connection, nor what it names as such.
    private static func endToEnd(_ fields: HTTPFields, without dropped: Set<String>) -> HTTPFields {
        let named = fields.values("Connection").flatMap { value in
            // A name has no blanks, so those that it has are around it.
            value.utf8.split(separator: UInt8(ascii: ",")).map { option in
                String(decoding: option.filter { $0 != 0x20 && $0 != 0x09 }, as: UTF8.self)
            }
        }
        var passed = HTTPFields()
        for field in fields.all where !dropped.contains(field.name.lowercased()) {
            if named.contains(where: { equalIgnoringCase($0, field.name) }) { continue }
            passed.append(field.name, field.value)
        }
        return passed
    }

    private static let hopByHop: Set<String> = [
        "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding",
        "upgrade", "proxy-authenticate", "proxy-authentication-info", "content-length",
    ]
    /// And what has another value at the next hop, or none.
    private static let replaced = hopByHop.union([
        "host", "expect", "authorization", "proxy-authorization", "dpop", "http2-settings", "via",
    ])
    /// And what is of another origin than the one that the client knows (RFC 7838; RFC 6797).
    private static let foreign = hopByHop.union(["alt-svc", "strict-transport-security"])
}
