import TestSupport

/// One way in which a token endpoint can answer, and what must come of it.
struct TokenAnswer: Sendable {
    /// What a command ends with.
    enum End: Sendable, Equatable {
        /// This token is printed.
        case token(String)
        /// No token; the exit code.
        case none(Int32)
    }

    /// The row of the table of hostile answers, and a word: `T-5-huge`.
    let name: String
    let end: End
    let answer: HostileServer.Answer

    init(_ name: String, _ end: End, answer: @escaping HostileServer.Answer) {
        self.name = name
        self.end = end
        self.answer = answer
    }

    init(_ name: String, _ end: End, _ text: String) {
        self.init(name, end) { $0.write(text) }
    }

    /// A good answer but for these members.
    init(_ name: String, _ end: End, with members: String) {
        self.init(name, end, json(#"{"access_token":"good","token_type":"Bearer",\#(members)}"#))
    }
}

private let good = TokenAnswer.End.token("good")
/// The server broke the protocol: an answer that no later try makes better, and that ends no login.
private let broken = TokenAnswer.End.none(5)
/// A redirect: the address that is configured is not the right one.
private let misdirected = TokenAnswer.End.none(7)
private let goodBody = #"{"access_token":"good","token_type":"Bearer","expires_in":3600}"#

extension TokenAnswer {
    /// Status, content type and shape.
    static let shapes = [
        TokenAnswer("T-0", good, json(goodBody)),
        TokenAnswer("T-1-html", broken, content("<h1>Sign in</h1>", type: "text/html")),
        TokenAnswer("T-1-html-as-json", broken, json("<h1>Sign in</h1>")),
        TokenAnswer(
            "T-1-no-type", broken,
            "HTTP/1.1 200 OK\r\nContent-Length: \(goodBody.utf8.count)\r\n\r\n\(goodBody)"),
        TokenAnswer(
            "T-2-error-at-200", .none(7),
            json(#"{"error":"invalid_scope","access_token":"good","token_type":"Bearer"}"#)),
        TokenAnswer("T-2-token-at-400", .none(7), json(goodBody, status: "400 Bad Request")),
        TokenAnswer("T-3-empty", broken, json("")),
        TokenAnswer("T-3-null", broken, json("null")),
        TokenAnswer("T-3-array", broken, json("[]")),
        TokenAnswer("T-3-text", broken, json(#""x""#)),
        TokenAnswer("T-3-nothing-in-it", broken, json("{}")),
        TokenAnswer("T-3-garbage-behind", broken, json(goodBody + "x")),
        TokenAnswer("T-3-bom", broken, json("\u{FEFF}" + goodBody)),
        TokenAnswer("T-3-utf-16", broken) { connection in
            let bytes: [UInt8] = goodBody.utf8.flatMap { [$0, 0] as [UInt8] }
            connection.write(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: \(bytes.count)\r\n\r\n"
            )
            connection.write(bytes)
        },
        TokenAnswer(
            "T-7-two-tokens", broken,
            json(#"{"access_token":"good","access_token":"bad","token_type":"Bearer"}"#)),
        TokenAnswer("T-7-two-lifetimes", broken, with: #""expires_in":1,"expires_in":2"#),
        TokenAnswer("T-9-bad-utf-8", broken) { connection in
            connection.write(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 46\r\n\r\n")
            connection.write(
                Array(#"{"access_token":"good"#.utf8) + [0xC0, 0xAF]
                    + Array(#"","token_type":"Bearer"}"#.utf8))
        },
        TokenAnswer("T-9-lone-surrogate", broken, with: #""scope":"\ud800""#),
        TokenAnswer("T-10-deep", broken, with: #""x":"# + String(repeating: "[", count: 100_000)),
        TokenAnswer(
            "T-10-wide", broken, with: (0..<150_000).map { "\"m\($0)\":0" }.joined(separator: ",")),
        TokenAnswer(
            "T-10-fifty-more-members", good,
            with: (0..<50).map { "\"m\($0)\":0" }.joined(separator: ",")),
    ]

    /// The members of an answer.
    static let members =
        [
            TokenAnswer("T-4-no-type", broken, json(#"{"access_token":"good"}"#)),
            TokenAnswer("T-4-mac", broken, json(#"{"access_token":"good","token_type":"mac"}"#)),
            TokenAnswer("T-4-number", broken, json(#"{"access_token":"good","token_type":1}"#)),
            TokenAnswer("T-4-empty", broken, json(#"{"access_token":"good","token_type":""}"#)),
            TokenAnswer(
                "T-4-any-case", good, json(#"{"access_token":"good","token_type":"bEaReR"}"#)),
            TokenAnswer("T-5-text", good, with: #""expires_in":"3600""#),
            TokenAnswer("T-5-fraction", good, with: #""expires_in":3600.5"#),
            TokenAnswer("T-5-exponent", good, with: #""expires_in":1e3"#),
            TokenAnswer("T-5-negative", .none(7), with: #""expires_in":-1"#),
            TokenAnswer("T-5-zero", .none(7), with: #""expires_in":0"#),
            TokenAnswer("T-5-overflow", good, with: #""expires_in":1e309"#),
            TokenAnswer("T-5-two-to-63", good, with: #""expires_in":9223372036854775808"#),
            TokenAnswer("T-5-two-to-64", good, with: #""expires_in":18446744073709551616"#),
            TokenAnswer("T-5-largest", good, with: #""expires_in":9223372036854775807"#),
            TokenAnswer("T-5-null", good, with: #""expires_in":null"#),
            TokenAnswer("T-5-true", good, with: #""expires_in":true"#),
            TokenAnswer("T-5-list", good, with: #""expires_in":[]"#),
            TokenAnswer("T-5-none", good, json(#"{"access_token":"good","token_type":"Bearer"}"#)),
            TokenAnswer("T-6-number", broken, json(#"{"access_token":1,"token_type":"Bearer"}"#)),
            TokenAnswer(
                "T-6-list", broken, json(#"{"access_token":["good"],"token_type":"Bearer"}"#)),
            TokenAnswer("T-6-empty", broken, json(#"{"access_token":"","token_type":"Bearer"}"#)),
            TokenAnswer(
                "T-6-of-64-KiB", .token(String(repeating: "t", count: 65_536)),
                json(
                    #"{"access_token":"\#(String(repeating: "t", count: 65_536))","token_type":"Bearer"}"#
                )),
            TokenAnswer(
                "T-6-of-a-megabyte", broken,
                json(
                    #"{"access_token":"\#(String(repeating: "t", count: 1_000_000))","token_type":"Bearer"}"#
                )),
            TokenAnswer(
                "T-6-of-ten-megabytes", broken,
                json(
                    #"{"access_token":"\#(String(repeating: "t", count: 10_000_000))","token_type":"Bearer"}"#
                )),
        ]
        + ["\\r\\nX-Injected: 1", "\\u0000", " ", "\\\"", "\\u00e9", "\\u001b[31m", "\\u007f"]
        .enumerated().map {
            TokenAnswer(
                "T-8-\($0)", broken, json(#"{"access_token":"good\#($1)","token_type":"Bearer"}"#))
        }

    /// Framing, size and status.
    static let transfers =
        [
            TokenAnswer("T-11-without-an-end", broken) { connection in
                connection.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
                // The client ends it, long before ten gigabytes.
                let blanks = [UInt8](repeating: 0x20, count: 65_536)
                for _ in 0..<163_840 { guard connection.write(blanks) else { return } }
            },
            TokenAnswer("T-11-chunks-without-an-end", broken) { connection in
                connection.write(
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                )
                let chunk =
                    Array("10000\r\n".utf8) + [UInt8](repeating: 0x20, count: 65_536) + [
                        0x0D, 0x0A,
                    ]
                for _ in 0..<163_840 { guard connection.write(chunk) else { return } }
            },
            TokenAnswer(
                "T-11-too-long-a-length", broken,
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n\(goodBody)"
            ),
            TokenAnswer(
                "T-11-too-short-a-length", broken,
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n\(goodBody)"
            ),
            TokenAnswer("T-13-gzip", broken, json(goodBody, fields: "Content-Encoding: gzip\r\n")),
            TokenAnswer(
                "T-13-nested", broken, json(goodBody, fields: "Content-Encoding: gzip, br\r\n")),
            TokenAnswer(
                "T-15-401", .none(7),
                json(#"{"error":"invalid_client"}"#, status: "401 Unauthorized")),
            TokenAnswer("T-15-403", broken, json("{}", status: "403 Forbidden")),
            TokenAnswer(
                "T-15-429", broken,
                json("{}", status: "429 Too Many Requests", fields: "Retry-After: 1000000000\r\n")),
            TokenAnswer(
                "T-15-503", broken,
                content(
                    "down", type: "text/plain", status: "503 Service Unavailable",
                    fields: "Retry-After: soon\r\n")),
            TokenAnswer(
                "T-15-504", broken, "HTTP/1.1 504 Gateway Timeout\r\nContent-Length: 0\r\n\r\n"),
            TokenAnswer("T-16-closed-at-once", broken) { _ in },
            TokenAnswer("T-16-reset-within", broken) { connection in
                connection.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Le")
                connection.reset()
            },
            TokenAnswer(
                "T-16-body-cut", broken,
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: \(goodBody.utf8.count)\r\n\r\n{"
            ),
            TokenAnswer(
                "T-22-two-lengths", broken, json(goodBody, fields: "Content-Length: 4\r\n")),
            TokenAnswer(
                "T-22-length-and-chunks", broken,
                json(goodBody, fields: "Transfer-Encoding: chunked\r\n")),
            TokenAnswer("T-22-folded", broken, json(goodBody, fields: "X-Long: a\r\n b\r\n")),
            TokenAnswer("T-22-interim-storm", broken) { connection in
                for _ in 0..<20_000 {
                    connection.write("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
                }
                connection.write(json(goodBody))
            },
            TokenAnswer("T-22-one-interim", good, "HTTP/1.1 100 Continue\r\n\r\n" + json(goodBody)),
            TokenAnswer("T-22-no-http", broken, "SSH-2.0-OpenSSH_9.2\r\n\r\n"),
            TokenAnswer(
                "T-22-old-http", broken,
                "HTTP/0.9 200 OK\r\nContent-Type: application/json\r\n\r\n\(goodBody)"),
            TokenAnswer("T-23-cookie", good, json(goodBody, fields: "Set-Cookie: session=1\r\n")),
        ]
        + [
            "301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary Redirect",
            "308 Permanent Redirect",
        ].flatMap { status in
            ["/T-0/token", "http://localhost:1/token", "file:///etc/passwd"].map { target in
                TokenAnswer(
                    "T-14-\(status.prefix(3))-\(target.count)", misdirected,
                    json(goodBody, status: status, fields: "Location: \(target)\r\n"))
            }
        }
}
