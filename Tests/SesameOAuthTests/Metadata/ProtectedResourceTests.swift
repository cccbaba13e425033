import SesameHTTP
import SesameJSON
import SesameOAuth
import SesameSecrets
import Testing

@Suite struct `Metadata of a protected resource` {
    @Test func `are read as RFC 9728 writes them, section 3.2`() throws {
        let text = """
            {"resource":"https://resource.example.com",
             "authorization_servers":["https://as1.example.com","https://as2.example.net"],
             "bearer_methods_supported":["header","body"],
             "scopes_supported":["profile","email","phone"],
             "resource_documentation":"https://resource.example.com/resource_documentation.html"}
            """
        let found = try read(text, "https://resource.example.com")
        #expect(
            found.authorizationServers == ["https://as1.example.com", "https://as2.example.net"])
        #expect(found.scope == "profile email phone")
        #expect(!found.requiresDPoP)
        #expect(found.name == nil)
    }

    @Test(arguments: [
        "null", "[]", #""https://as.test""#, #"{"a":"https://as.test"}"#, "[7]", #"["as.test"]"#,
        #"["https://user@as.test"]"#, #"["https://user:p@as.test"]"#, #"["https://as.test\u0000"]"#,
        #"["https://as.test","javascript:alert(1)"]"#,
    ])
    func `PR-3, T-20: are refused with authorization servers that are none`(_ servers: String) {
        #expect(refusal(#""authorization_servers":\#(servers)"#) == .invalidMetadata)
    }

    @Test(arguments: [
        "http://as.test", "https://as.test?a=b", "https://as.test#f", "http://127.0.0.1:8080",
        "https://127.0.0.1", "https://localhost", "https://a.localhost", "https://10.0.0.1",
        "https://[::1]", "https://169.254.169.254", "https://2130706433",
    ])
    func `PR-3, T-20: are refused with a server that a public one must not name`(
        _ server: String
    ) {
        #expect(
            refusal(#""authorization_servers":["https://as.test","\#(server)"]"#) == .unsafeEndpoint
        )
    }

    @Test func `may name one on this machine, where the resource is on it`() throws {
        let text =
            #"{"resource":"http://127.0.0.1:1/a","authorization_servers":["http://127.0.0.1:2/b"]}"#
        #expect(
            try read(text, "http://127.0.0.1:1/a", isPublic: false).authorizationServers
                == ["http://127.0.0.1:2/b"])
    }

    @Test(arguments: [#"["body","query"]"#, "[]"])
    func `are refused where tokens may not stand in the header`(_ methods: String) {
        let members =
            #""authorization_servers":["https://as.test"],"bearer_methods_supported":\#(methods)"#
        #expect(refusal(members) == .invalidMetadata)
    }

    @Test func `are refused with more authorization servers than anybody could choose from`() {
        let many = (0..<21).map { #""https://as\#($0).test""# }.joined(separator: ",")
        #expect(refusal(#""authorization_servers":[\#(many)]"#) == .invalidMetadata)
    }

    @Test func `give a scope of words that can be asked for, and a name that can be shown`() throws
    {
        let text =
            #"{"resource":"https://api.test/","authorization_servers":["https://as.test"],"#
            + #""scopes_supported":["read","two words","wr\"ite","\u001b[31m","admin"],"#
            + #""resource_name":"Good\u202e\u001b[2J","dpop_bound_access_tokens_required":true}"#
        let found = try read(text, "https://api.test")
        #expect(found.scope == "read admin")
        #expect(
            found.name?.unicodeScalars.contains { $0.value < 0x20 || $0 == "\u{202E}" } == false)
        #expect(found.requiresDPoP)
        #expect(try read(text, "https://api.test", scope: "one").scope == "one")
        #expect(try read(text, "https://api.test", scope: "b\u{1}d").scope == "read admin")
    }

    @Test func `survive ten thousand mutations`() throws {
        var numbers = SeededNumbers(state: 9728)
        let text =
            #"{"resource":"https://api.test/","authorization_servers":["https://as.test","https://b.test/x"],"#
            + #""scopes_supported":["read"],"bearer_methods_supported":["header"]}"#
        var read = 0
        for _ in 0..<10_000 {
            let bytes = numbers.mutated(Array(text.utf8))
            guard let json = try? JSON(parsing: Secret(copying: bytes)) else { continue }
            guard
                let found = try? ProtectedResource(
                    metadata: json, of: try url("https://api.test/"), isPublic: true)
            else { continue }
            read += 1
            #expect(HTTPURL(found.resource) == HTTPURL("https://api.test"))
            #expect(found.authorizationServers.allSatisfy { HTTPURL($0)?.scheme == .https })
        }
        #expect(read > 100)
    }
}

private func read(
    _ text: String, _ resource: String, scope: String? = nil, isPublic: Bool = true
) throws -> ProtectedResource {
    try ProtectedResource(
        metadata: try JSON(parsing: Secret(utf8: text)), of: try url(resource),
        challengedScope: scope, isPublic: isPublic)
}

private func refusal(_ members: String) -> OAuthError.Code? {
    let json = try? JSON(parsing: Secret(utf8: #"{"resource":"https://api.test/",\#(members)}"#))
    guard let json, let resource = HTTPURL("https://api.test") else { return nil }
    return code { () throws(OAuthError) in
        _ = try ProtectedResource(metadata: json, of: resource, isPublic: true)
    }
}
