import SesameHTTP

/// Redirect URIs of other programs, as far as a login of ours can use them.
enum RedirectURI {
    /// The URI, if the browser could come back to this machine by it, or bring it by hand; else none is
    /// stated, and the usual one of Sesame holds.
    ///
    /// Renewals need none.
    static func usable(_ text: String?) -> String? {
        guard let text, let url = HTTPURL(text), url.fragment == nil,
            url.scheme == .https || url.isLoopback
        else { return nil }
        return text
    }

    /// The same for a program that takes any free port and leaves it out of the URI.
    static func onAnyPort(_ text: String?) -> String? {
        guard let text = usable(text), let url = HTTPURL(text) else { return nil }
        guard url.scheme == .http, url.port == 80 else { return text }
        return "http://\(url.host):0\(url.path)" + (url.query.map { "?\($0)" } ?? "")
    }
}
