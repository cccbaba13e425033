import SesameHTTP

/// What the `/` of a proxy stands for.
struct ProxyTarget: Sendable {
    private let base: HTTPURL
    private let destinations: Destinations

    init(_ base: HTTPURL) {
        self.base = base
        destinations = Destinations([base])
    }

    /// The URL that a request is for; nothing but what lies at or below the target.
    func url(path: String, query: String?) throws(Destinations.Refusal) -> HTTPURL {
        let folder = base.path.hasSuffix("/") ? String(base.path.dropLast()) : base.path
        let text = base.origin + folder + path + (query.map { "?" + $0 } ?? "")
        return try destinations.admit(text)
    }

    /// Where the proxy's client finds what the server calls `location`; `nil` where that is elsewhere, or
    /// no redirect that we understand.
    func local(_ location: String, of request: HTTPURL) -> String? {
        let text: String
        if location.hasPrefix("//") {
            text = request.scheme.rawValue + ":" + location
        } else if location.hasPrefix("/") {
            text = request.origin + location
        } else {
            text = location
        }
        let parts = text.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        guard let bare = parts.first, let url = try? destinations.admit(String(bare)) else {
            return nil
        }
        let folder = base.path.hasSuffix("/") ? base.path.utf8.count - 1 : base.path.utf8.count
        let rest = String(decoding: Array(url.path.utf8.dropFirst(folder)), as: UTF8.self)
        let fragment = parts.count > 1 ? "#" + parts[1] : ""
        // Two slashes at the beginning would name another host (RFC 3986, section 4.2).
        let path = rest.isEmpty ? "/" : rest.hasPrefix("//") ? "/." + rest : rest
        return path + (url.query.map { "?" + $0 } ?? "") + fragment
    }
}
