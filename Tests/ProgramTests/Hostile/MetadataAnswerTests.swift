import TestSupport
import Testing

/// One way in which an issuer can describe itself, and what a command ends with.
private struct MetadataAnswer: Sendable {
    let name: String
    let status: Int32
    /// By the issuer; byte for byte.
    let answer: @Sendable (String) -> String

    init(_ name: String, _ status: Int32, _ answer: @escaping @Sendable (String) -> String) {
        self.name = name
        self.status = status
        self.answer = answer
    }

    /// Metadata that are in order but for one member, whose value is a text in JSON.
    init(_ name: String, _ status: Int32, _ member: String, _ value: String) {
        self.init(name, status) { issuer in
            let members = ["issuer": issuer, "token_endpoint": issuer + "/token"]
                .merging([member: value.replacing("@", with: issuer)]) { $1 }
            let pairs = members.map { #""\#($0)":"\#($1)""# }
            return json("{\(pairs.joined(separator: ","))}")
        }
    }

    /// Another document, with `@` for the issuer.
    init(_ name: String, _ status: Int32, document: String) {
        self.init(name, status) { json(document.replacing("@", with: $0)) }
    }
}

private let good = #"{"issuer":"@","token_endpoint":"@/token"}"#
/// Nobody but the person who has set the profile up can do anything about it.
private let wrong: Int32 = 2
/// It may be a network that wants a login first, or a server in trouble.
private let later: Int32 = 5

/// The built programs and servers that say about themselves what nobody should believe.
@Suite struct `A server with hostile metadata` {
    @Test func `T-20: is sent nothing where they name another issuer, or none`() async throws {
        try await expect([
            MetadataAnswer("good", 0, document: good),
            MetadataAnswer("another", wrong, "issuer", "https://id.example"),
            MetadataAnswer("slash", wrong, "issuer", "@/"),
            MetadataAnswer("letters", wrong, "issuer", "HTTP://127.0.0.1/letters"),
            MetadataAnswer("empty", wrong, "issuer", ""),
            MetadataAnswer("none", wrong, document: #"{"token_endpoint":"@/token"}"#),
            MetadataAnswer(
                "number", wrong, document: #"{"issuer":7,"token_endpoint":"@/token"}"#),
            MetadataAnswer(
                "twice", wrong,
                document: #"{"issuer":"@","issuer":"https://x.example","token_endpoint":"@/token"}"#
            ),
        ])
    }

    /// A request to such an address would carry what is meant for the server.
    @Test func `T-20: is sent nothing where an endpoint is no plain https URL`() async throws {
        let addresses = [
            "http://id.example/token", "http://10.0.0.1/token",
            "http://169.254.169.254/latest/token", "http://[fe80::1]/token", "@/token#top",
            #"@/token\u001b[31m"#, #"@/token\u0000"#, #"@/token\r\nX-Injected: 1"#,
            #"@/token\t"#, "@/to ken", "https://t\u{F6}ken.example/token",
            #"http:\\\\evil.example\\token"#, "https://ada:word@@id.example/token",
            "http://ada:word@@127.0.0.1:1/token",
            "https://id.example:99999/token", "file:///etc/passwd", "javascript:alert(1)",
            "/token", "token", "",
        ]
        let members = ["token_endpoint", "revocation_endpoint", "jwks_uri"]
        try await expect(
            [MetadataAnswer("good", 0, "revocation_endpoint", "@/revoke")]
                + members.flatMap { member in
                    addresses.enumerated().map {
                        MetadataAnswer(
                            "\(member.prefix(3))-\($0)", wrong, member,
                            // The sign of an issuer's place is one of userinfo, too.
                            $1.replacing("@@", with: "\\u0040"))
                    }
                }
                + [
                    MetadataAnswer("missing", wrong, document: #"{"issuer":"@"}"#),
                    MetadataAnswer(
                        "null", wrong, document: #"{"issuer":"@","token_endpoint":null}"#),
                    MetadataAnswer(
                        "list", wrong, document: #"{"issuer":"@","token_endpoint":["@/token"]}"#),
                ])
    }

    /// T-22: and none is taken whose end two readers could see in two places.
    @Test func `T-20: is sent nothing where they are too much, or not what was asked for`()
        async throws
    {
        try await expect([
            MetadataAnswer("padded", 0, document: padded(by: 100_000)),
            MetadataAnswer("large", later, document: padded(by: 1 << 20)),
            MetadataAnswer("deep", wrong, document: good.dropLast() + ",\"x\":" + deep + "}"),
            MetadataAnswer("list", wrong, document: "[\(good)]"),
            MetadataAnswer("nothing", wrong, document: ""),
            MetadataAnswer("behind", wrong, document: good + "x"),
            MetadataAnswer("html", later) { issuer in
                content(good.replacing("@", with: issuer), type: "text/html")
            },
            MetadataAnswer("gzip", later) { issuer in
                json(good.replacing("@", with: issuer), fields: "Content-Encoding: gzip\r\n")
            },
            MetadataAnswer("away", later) { _ in
                json("{}", status: "302 Found", fields: "Location: http://localhost:1/\r\n")
            },
            MetadataAnswer("around", later) { issuer in
                let path = "/.well-known/oauth-authorization-server/around"
                return json("{}", status: "302 Found", fields: "Location: \(path)\r\n")
            },
            MetadataAnswer("trouble", later) { _ in json("{}", status: "503 Service Unavailable") },
            MetadataAnswer("two-lengths", later) { issuer in
                json(good.replacing("@", with: issuer), fields: "Content-Length: 4\r\n")
            },
            MetadataAnswer("two-framings", later) { issuer in
                json(good.replacing("@", with: issuer), fields: "Transfer-Encoding: chunked\r\n")
            },
            MetadataAnswer("folded", later) { issuer in
                json(good.replacing("@", with: issuer), fields: "X-Long: a\r\n b\r\n")
            },
        ])
    }

    private var deep: String {
        String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000)
    }

    private func padded(by count: Int) -> String {
        good.dropLast() + ",\"x\":\"" + String(repeating: "x", count: count) + "\"}"
    }

    /// Each case by a command of its own at one broker: only the good ones see a token request.
    private func expect(_ cases: [MetadataAnswer]) async throws {
        let metadata = Dictionary(uniqueKeysWithValues: cases.map { ($0.name, $0.answer) })
        let token: HostileServer.Answer = {
            $0.write(json(#"{"access_token":"good","token_type":"Bearer"}"#))
        }
        let server = try HostileServer(metadata.mapValues { _ in token }) { issuer in
            let name = issuer.split(separator: "/").last.map(String.init) ?? ""
            return metadata[name].map { $0(issuer) } ?? json("{}", status: "404 Not Found")
        }
        let sesame = try server.sesame(for: cases.map(\.name))
        let broker = try await sesame.startBroker()
        defer { broker.kill() }
        for one in cases {
            let ended = try await sesame.attempt(["token", one.name])
            let comment = Comment(rawValue: "\(one.name): \(ended.status) \(ended.errors)")
            #expect(ended.status == one.status, comment)
            #expect(ended.output == (one.status == 0 ? "good\n" : ""), comment)
            #expect(ended.errors.utf8.allSatisfy { $0 == 0x0A || 0x20..<0x7F ~= $0 }, comment)
            // Whatever was asked for, but for the places where metadata are.
            let requests = server.requests(of: one.name).filter { !$0.contains("/.well-known/") }
            let expected = one.status == 0 ? ["POST /\(one.name)/token HTTP/1.1"] : []
            #expect(requests == expected, comment)
        }
        broker.terminate()
        #expect(try await offPool { try broker.wait() }.status == 0)
    }
}
