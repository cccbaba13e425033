import SesameBroker
import SesameCrypto
import SesameHTTP
import SesameJOSE
import SesameJSON
import SesamePlayground
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

/// RFC 9449, sections 7 and 9: what the broker signs, and what it gives to nobody who could not use it.
@Suite struct `What is signed with a token that is bound to a key` {
    private func loggedIn(
        _ issuer: String = "dpop", _ settings: String = "", more: String = ""
    ) async throws -> Rig {
        let rig = try Rig(.unixSocket, boundProfile(issuer, settings) + more)
        let done = try await rig.logIn("p")
        try #require(done["state"]?.string == "done", "\(done)")
        return rig
    }

    @Test(arguments: ["GET", "POST", "DELETE"])
    func `DP-3, DP-4: is a request with a proof of its own`(method: String) async throws {
        let rig = try await loggedIn()
        for _ in 0..<3 { #expect(try await rig.status(method: method) == 200) }
    }

    @Test func `DP-7, DP-8: has the newest nonce of its own server`() async throws {
        let rig = try await loggedIn("dpop-nonce")
        for _ in 0..<5 { #expect(try await rig.status() == 200) }
        #expect(try await rig.tokenType("?refresh=true") == "DPoP")
        #expect(try await rig.status() == 200)
    }

    @Test func `DP-7: is sent twice at the most (rs-dpop-auth-scheme-case-insensitivity)`()
        async throws
    {
        let rig = try await loggedIn()
        let demand = Fault.demanding(nonces: ["n"])
        rig.playground.install(demand.at(.api, of: "dpop"))
        #expect(try await rig.status() == 200)
        rig.playground.install(demand.at(.api, of: "dpop", count: 2))
        #expect(try await rig.status() == 401)
        #expect(rig.playground.service.waitingFaults == 0)
        rig.playground.install(Fault.demanding(nonces: ["a", "b"]).at(.api, of: "dpop"))
        #expect(try await rig.status() == 401, "two nonces are none")
        #expect(try await rig.status() == 200)
    }

    @Test func `is renewed once where the server refuses the token`() async throws {
        let rig = try await loggedIn("dpop-nonce")
        #expect(try await rig.status() == 200)
        rig.playground.expireAccessTokens(of: "dpop-nonce")
        #expect(try await rig.status() == 200)
        #expect(rig.outcomes.last == "issued")
    }

    @Test func `DP-2, DP-9: is a pair of fields for one request of the caller's own`() async throws
    {
        let rig = try await loggedIn()
        let url = "\(rig.playground.baseURL.origin)/dpop/api/me"
        let answer = try await rig.call(
            "GET", "/profiles/p/headers?method=PUT&url=\(url)%3Fa=b")
        let fields = try #require(try answer.json["headers"]?.elements)
        #expect(fields.compactMap { $0["name"]?.string } == ["Authorization", "DPoP"])
        let token = try #require(try await rig.token("p").json["access_token"]?.string)
        #expect(fields[0]["value"]?.string == "DPoP \(token)")
        let proof = try CompactJWS(parsing: try #require(fields[1]["value"]?.secret))
        let key = try JWK(try #require(proof.header.json["jwk"]))
        let claims = try proof.verified(by: key, allowing: [.es256], type: "dpop+jwt").claims()
        #expect(claims["htm"]?.string == "PUT" && claims["htu"]?.string == url)
        let digest = SHA256.digest(Array(token.utf8).span)
        #expect(claims["ath"]?.string == digest.withBytes { Base64URL.encode($0) })
        let trail = try await rig.call("GET", "/profiles/p/headers?url=\(url)")
        #expect(trail.text.contains(key.thumbprint) == false)
    }

    /// A token alone would be refused where it is sent, and whoever sends it would not know why.
    @Test func `DP-5: is not given to a tool that knows bearer tokens only`() async throws {
        let rig = try await loggedIn()
        let url = "\(rig.playground.baseURL.origin)/dpop/api/me"
        let answers = [
            try await rig.call("GET", "/credential?url=\(url)"),
            try await rig.call(
                "POST", "/profiles/p/web-identity",
                #"{"endpoint":"\#(url)","role_arn":"arn:aws:iam::1:role/a","session_name":"s"}"#),
        ]
        for answer in answers {
            #expect(answer.problem == "usage", "\(answer.text)")
            #expect(answer.detail.contains("proof for each request"))
            #expect(answer.text.contains("sesame request p"))
        }
        let forProxy = try await offPool {
            let client = try rig.connect()
            client.send("GET /auth/p HTTP/1.1\r\nHost: sesame\r\n\r\n")
            return try client.receiveAnswer()
        }
        #expect(forProxy.problem == "usage" && forProxy["Authorization"] == nil)
        #expect(forProxy.text.contains("[proxy NAME]"))
    }

    @Test func `DP-6: is forgotten at logout`() async throws {
        let rig = try await loggedIn()
        _ = try await rig.call("DELETE", "/profiles/p/grant")
        #expect(try await rig.held() == nil)
        #expect(try await rig.send("p", "/me").problem == "login_required")
    }
}

@Suite struct `A proxy in front of a server that wants proofs` {
    private static let demand =
        "HTTP/1.1 401 No\r\nWWW-Authenticate: dPoP error=\"use_dpop_nonce\"\r\n"
        + "DPoP-Nonce: n1\r\nContent-Length: 2\r\n\r\nno"

    private func rig(refusing count: Int) async throws -> ProxyRig {
        let left = Locked(count)
        return try await ProxyRig(issuer: "dpop") { connection in
            while let request = connection.request() {
                let isRefused = left.withLock { left in
                    left -= 1
                    return left >= 0
                }
                connection.write(
                    isRefused
                        ? Self.demand
                        : "HTTP/1.1 200 OK\r\nContent-Length: \(request.body.count)\r\n\r\n")
                if !isRefused { connection.write(request.body) }
            }
        }
    }

    private func claims(_ rig: ProxyRig, _ index: Int) throws -> JSON {
        let text = try #require(rig.upstream.requests[index].field("DPoP"))
        let proof = try CompactJWS(parsing: Secret(utf8: text))
        let key = try JWK(try #require(proof.header.json["jwk"]))
        return try proof.verified(by: key, allowing: [.es256], type: "dpop+jwt").claims()
    }

    @Test(arguments: ["", "hello"])
    func `DP-4, DP-7: adds one to each request, and repeats it with the nonce`(
        content: String
    ) async throws {
        let rig = try await rig(refusing: 1)
        let (method, length) = (content.isEmpty ? "GET" : "POST", content.utf8.count)
        for _ in 0..<2 {
            let answer = try await rig.call(
                "\(method) /things?a=b", "DPoP: mine\r\nContent-Length: \(length)\r\n\r\n\(content)"
            )
            #expect(answer.status == 200 && answer.text == content)
        }
        #expect(rig.upstream.requests.count == 3)
        let all = try (0..<3).map { try claims(rig, $0) }
        #expect(all.map { $0["nonce"]?.string } == [nil, "n1", "n1"])
        #expect(Set(all.map { $0["jti"]?.string }).count == 3)
        for claims in all {
            #expect(claims["htm"]?.string == method)
            #expect(
                claims["htu"]?.string == "http://127.0.0.1:\(rig.upstream.port)/api/things")
        }
        let authorization = rig.upstream.requests[0].field("Authorization")
        #expect(authorization == "DPoP \(try await rig.token)")
    }

    @Test func `DP-7: passes a second demand on`() async throws {
        let rig = try await rig(refusing: 9)
        let answer = try await rig.call("GET /things")
        #expect(answer.status == 401 && answer.text == "no")
        #expect(rig.upstream.requests.count == 2)
    }

    @Test func `DP-7: does not repeat a large content, and knows the nonce for the next`()
        async throws
    {
        let rig = try await rig(refusing: 1)
        let content = String(repeating: "a", count: 70_000)
        let large = try await rig.call(
            "POST /things", "Content-Length: \(content.utf8.count)\r\n\r\n\(content)")
        #expect(large.status == 401)
        #expect(try await rig.call("GET /things").status == 200)
        #expect(try claims(rig, 1)["nonce"]?.string == "n1")
    }
}
