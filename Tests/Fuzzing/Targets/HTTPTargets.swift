import SesameHTTP
import SesameSecrets

@testable import SesameCurl
@testable import SesameHTTPServer
@testable import SesameOAuth

extension FuzzTarget {
    /// Challenges that are read have schemes and names that may stand in a field.
    static let challenge = FuzzTarget(
        "challenge",
        seeds: [
            #"Bearer realm="a, \"b\"", error="invalid_token", DPoP algs="ES256", error="use_dpop_nonce""#,
            "Basic realm=x,Bearer", #"Newauth realm="apps", type=1, Basic realm="simple""#,
        ]
    ) { bytes throws(Violation) in
        for challenge in Challenge.all(in: bytes.text) {
            let names = [challenge.scheme] + challenge.parameters.map(\.name)
            for name in names {
                try require(
                    !name.isEmpty && name.utf8.allSatisfy(isTokenCharacter), "'\(name)' is no token"
                )
            }
        }
        var response = HTTPResponse(status: 401)
        response.fields.append("WWW-Authenticate", bytes.text)
        _ = TokenRejection.isTokenRejected(response)
    }

    /// A URL reads the same again, and one that is admitted lies where it may.
    static let url = FuzzTarget(
        "url",
        seeds: [
            "https://api.example/v1/things?a=b#c", "https://api.example/v1/../%2e%2e/x",
            "http://[::1]:80/", "https://a@b:443//..;/v1",
        ]
    ) { bytes throws(Violation) in
        guard let url = HTTPURL(bytes.text) else { return }
        guard let again = HTTPURL(url.description) else {
            throw Violation("\(url) cannot be read again")
        }
        try require(again == url, "\(url) is read as \(again)")
        guard let admitted = try? destinations.admit(url) else { return }
        try require(
            admitted.origin == "https://api.example"
                && (admitted.path == "/v1" || admitted.path.hasPrefix("/v1/")),
            "\(url) was admitted as \(admitted)")
        try require(
            !admitted.path.split(separator: "/").contains { $0 == ".." || $0 == "." },
            "\(admitted) has dots")
    }

    /// The head of a request is read as one that can be passed on, and no longer text changes what was refused.
    static let requestHead = FuzzTarget(
        "request-head",
        seeds: [
            "GET /echo?a=b HTTP/1.1\r\nHost: sesame\r\nAccept: */*\r\n\r\n",
            "POST /x HTTP/1.1\r\nHost: [::1]:80\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
            "PUT /%2e/ HTTP/1.0\r\nHost:a\r\nContent-Length: 999999999999999999\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n",
        ]
    ) { bytes throws(Violation) in
        for limits in serverLimits {
            let outcome = parse(bytes, limits: limits)
            switch outcome {
            case .incomplete: break
            case .refused(let status):
                try require(
                    [400, 413, 417, 431, 501, 505].contains(status), "refused with \(status)")
            case .head(let head):
                try require(head.length <= bytes.count, "a head that is longer than all")
                try require(head.fields.firstMalformed == nil, "a field that is malformed")
                try require(head.contentLength.map { $0 >= 0 } ?? true, "a negative length")
                try require(limits.takesStreams || head.path.hasPrefix("/"), "a path without /")
            }
            try requireSteadiness(bytes, limits, outcome)
        }
    }

    /// What comes in two pieces is read as what comes at once.
    private static func requireSteadiness(
        _ bytes: Span<UInt8>, _ limits: ServerLimits, _ whole: Parsed
    ) throws(Violation) {
        let count = bytes.count / 2
        switch parse(bytes.extracting(0..<count), limits: limits) {
        case .incomplete: break
        case .refused(let status):
            guard case .refused(status) = whole else {
                throw Violation("refused with \(status) at first, then not")
            }
        case .head(let first):
            guard case .head(let head) = whole, head.length == first.length else {
                throw Violation("a head at first, then not")
            }
        }
    }

    /// The head of an answer is complete only with a final status and one way of framing.
    static let responseHead = FuzzTarget(
        "response-head",
        seeds: [
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 401 \r\nWWW-Authenticate: Bearer\r\nTransfer-Encoding: chunked\r\n\r\n",
        ]
    ) { bytes throws(Violation) in
        var head = ResponseHead()
        var start = 0
        while start < bytes.count {
            let end = (start..<bytes.count).first { bytes[$0] == 0x0A } ?? bytes.count - 1
            let line = bytes.extracting(start..<end + 1)
            do throws(ResponseHead.Refusal) { try head.read(line) } catch { return }
            start = end + 1
        }
        guard head.isComplete else { return }
        try require((200...599).contains(head.status), "status \(head.status)")
        let framings =
            head.fields.values("Content-Length") + head.fields.values("Transfer-Encoding")
        try require(framings.count <= 1, "two ways of framing")
        try require(head.fields.firstMalformed == nil, "a field that is malformed")
    }

    private static let destinations = Destinations(
        [HTTPURL("https://api.example/v1")].compactMap(\.self))

    private static let serverLimits: [ServerLimits] = {
        var streaming = ServerLimits()
        streaming.takesStreams = true
        return [ServerLimits(), streaming]
    }()
}
