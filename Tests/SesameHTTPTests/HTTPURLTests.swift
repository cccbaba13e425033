import SesameHTTP
import Testing

@Suite struct `A URL` {
    @Test(arguments: [
        ("https://Example.COM", "https://example.com/"),
        ("HTTPS://example.com:443/a?b=c#d", "https://example.com/a?b=c#d"),
        ("http://127.0.0.1:8400/callback", "http://127.0.0.1:8400/callback"),
        ("http://[::1]:80/x", "http://[::1]/x"),
        ("https://h/?q", "https://h/?q"),
        ("https://h?q", "https://h/?q"),
    ])
    func `is written in one way`(text: String, written: String) throws {
        let url = try #require(HTTPURL(text))
        #expect(url.description == written)
        #expect(HTTPURL(written) == url)
    }

    @Test(arguments: [
        "", "https://", "https:///x", "ftp://h/", "file:///etc/passwd", "javascript:alert(1)",
        "https:/h", "//h/",
        "https://user@h/", "https://user:pw@h/", "http://localhost:80@evil.test/",
        "https://h\\@evil/", "https://h/a b",
        "https://h/\u{0}", "https://h/\n", "https://h/é", "https://é.test/", "https://h:65536/",
        "https://h:+1/", "https://h:/", "https://[::1/", "https://[::g]/", "https://.h/",
        "https://a..b/", "https://-h/",
        "https://h/%", "https://h/%1", "https://h/%zz", "https://h/\"", "https://h/<x>", "-flag",
        "https://h/`id`",
        "https://h/{x}", "https://h/|x",
    ])
    func `is refused when parsers could disagree about it`(text: String) {
        #expect(HTTPURL(text) == nil)
    }

    @Test(arguments: [
        ("http://localhost/", true), ("http://127.0.0.1/", true), ("http://127.255.0.1/", true),
        ("http://[::1]/", true), ("http://localhost.evil.test/", false),
        ("http://127.0.0.1.evil.test/", false),
        ("http://127.0.0/", false), ("http://0.0.0.0/", false), ("http://128.0.0.1/", false),
        ("http://127.0.0.256/", false), ("http://[::ffff:127.0.0.1]/", false),
    ])
    func `knows this machine when it is named literally`(text: String, isLoopback: Bool) throws {
        #expect(try #require(HTTPURL(text)).isLoopback == isLoopback)
    }

    @Test func `keeps the query of an endpoint when parameters are added`() throws {
        var parameters = FormParameters()
        parameters.append("client_id", "a b&c")
        parameters.append("empty", "")
        let url = try #require(HTTPURL("https://h/authorize?tenant=a")).appending(query: parameters)
        #expect(url.description == "https://h/authorize?tenant=a&client_id=a+b%26c")
    }

    @Test func `takes a path below a base with a sub-path`() throws {
        let base = try #require(HTTPURL("https://h/mautic/index.php/"))
        #expect(
            base.appending(path: "/api/contacts/new").description
                == "https://h/mautic/index.php/api/contacts/new")
    }
}
