import SesameHTTP
import SesameHTTPServer
import Testing

@testable import SesameBrokerServer

@Suite struct `The target of a proxy` {
    private func target(_ text: String) throws -> ProxyTarget {
        ProxyTarget(try #require(HTTPURL(text)))
    }

    @Test(arguments: [
        ("https://a.example", "/", nil, "https://a.example/"),
        ("https://a.example/v1", "/x", "q=1", "https://a.example/v1/x?q=1"),
        ("https://a.example/v1/", "/x", nil, "https://a.example/v1/x"),
        ("https://a.example/v1", "/x/../y", nil, "https://a.example/v1/y"),
        ("https://a.example:8443/v1", "//x", nil, "https://a.example:8443/v1//x"),
        ("https://a.example/v1", "/x", "", "https://a.example/v1/x?"),
        ("https://a.example/v1", "/@b.example/", nil, "https://a.example/v1/@b.example/"),
    ])
    func `lies before each path`(
        base: String, path: String, query: String?, url: String
    ) throws {
        #expect(try target(base).url(path: path, query: query).description == url)
    }

    @Test(arguments: [
        "/..", "/../v2", "/%2e%2e/v2", "/x%2f..%2f..", "/x\\y", "/x\"y", "/{x}", "/%zz",
    ])
    func `is not left`(path: String) throws {
        let target = try target("https://a.example/v1")
        #expect(throws: Destinations.Refusal.self) { try target.url(path: path, query: nil) }
    }

    @Test(arguments: [
        ("/v1/x", "/x"), ("https://a.example/v1/x?a#b", "/x?a#b"), ("/v1", "/"), ("/v1/", "/"),
        ("//a.example/v1/y", "/y"), ("/v2/x", nil), ("https://b.example/v1/x", nil),
        ("http://a.example/v1/x", nil), ("//b.example/", nil), ("x", nil), ("", nil),
        ("/v1/../v2", nil), ("javascript:x", nil), ("/v1//evil.example/x", "/.//evil.example/x"),
    ])
    func `is left out of a redirect to what lies behind it`(
        location: String, local: String?
    ) throws {
        let request = try #require(HTTPURL("https://a.example/v1/things"))
        #expect(try target("https://a.example/v1").local(location, of: request) == local)
    }
}

@Suite struct `The fields that pass a proxy` {
    private func fields(_ all: (String, String)...) -> HTTPFields {
        var fields = HTTPFields()
        for (name, value) in all { fields.append(name, value) }
        return fields
    }

    private func names(_ fields: HTTPFields) -> [String] { fields.all.map(\.name) }

    @Test func `are all but those of the connection, the credentials and what is named`() {
        let passed = ProxyFields.request(
            fields(
                ("Host", "x"), ("connection", "close, X-One ,x-two,,"), ("X-One", "1"),
                ("X-TWO", "2"), ("Accept", "a"), ("AUTHORIZATION", "b"), ("dpop", "c"),
                ("Cookie", "d"), ("Transfer-Encoding", "chunked"), ("Content-Length", "1"),
                ("Content-Type", "e"), ("Expect", "100-continue"), ("Keep-Alive", "1"),
                ("Proxy-Authorization", "f"), ("TE", "trailers"), ("Trailer", "T"),
                ("Upgrade", "h2c"), ("HTTP2-Settings", "g")), via: "sesame-x")
        #expect(names(passed) == ["Accept", "Cookie", "Content-Type", "Via"])
    }

    @Test func `tell the way behind the way that they came`() {
        let passed = ProxyFields.request(
            fields(("Via", "1.0 a"), ("Via", "1.1 b (c)")), via: "sesame-x")
        #expect(passed.values("Via") == ["1.0 a, 1.1 b (c), 1.1 sesame-x"])
    }

    @Test(arguments: [
        ("1.1 sesame-x", true), ("1.0 a, 1.1 SESAME-X (c)", true), ("HTTP/1.1  sesame-x", true),
        ("1.1 sesame-xy", false), ("1.1 a (sesame-x)", false), ("sesame-x", false), ("", false),
    ])
    func `show a loop`(via: String, isLoop: Bool) {
        #expect(ProxyFields.isLoop(fields(("Via", via)), via: "sesame-x") == isLoop)
    }

    @Test func `come back without what belongs to another connection or origin`() {
        let passed = ProxyFields.response(
            fields(
                ("Connection", "X-Hop"), ("X-Hop", "1"), ("Set-Cookie", "a"), ("Set-Cookie", "b"),
                ("Alt-Svc", "h3"), ("Proxy-Authenticate", "Basic"), ("Location", "/v1/x"),
                ("WWW-Authenticate", "Bearer"), ("Content-Encoding", "gzip"))
        ) { $0 == "/v1/x" ? "/x" : nil }
        #expect(
            names(passed) == [
                "Set-Cookie", "Set-Cookie", "WWW-Authenticate", "Content-Encoding", "Location",
            ])
        #expect(passed["Location"] == "/x")
    }
}
