import Glibc
import SesameAudit
import SesameBroker
import SesameBrokerServer
import SesameHTTP
import SesameHTTPServer
import SesameJSON
import SesamePlayground
import SesameSecrets
import SesameStore
import SesameSystem
import TestSupport
import Testing

@Suite struct `A credential for a destination` {
    private static let profiles = """
        [profile git]
        issuer = @/rfc
        allow = @/rfc/git
        client_id = practice-service
        grant = client_credentials
        credential_username = x-access-token

        [profile api]
        issuer = @/rfc
        base_url = @/rfc/api
        client_id = practice-service
        grant = client_credentials

        [profile wide]
        issuer = @/rfc
        allow = @/rfc/api/v2
        allow = https://wide.example
        client_id = practice-service
        grant = client_credentials

        [profile person]
        issuer = @/strict
        allow = @/strict/api
        client_id = practice-public

        [profile old]
        provider = mautic
        base_url = @/mautic
        grant = basic

        """

    private func rig(_ more: String = "") async throws -> Rig {
        let rig = try Rig(.unixSocket, Self.profiles + more)
        for profile in ["git", "api", "wide"] { try await rig.give("practice-secret", to: profile) }
        let login = #"{"settings":{},"username":"admin","password":"pass word"}"#
        try #require(try await rig.call("PUT", "/profiles/old", login).status == 200)
        return rig
    }

    private func ask(_ rig: Rig, _ path: String, _ more: String = "") async throws -> RawAnswer {
        let url = path.hasPrefix("/") ? rig.playground.baseURL.origin + path : path
        return try await rig.call("GET", "/credential?url=\(Self.escaped(url))\(more)")
    }

    private func reject(_ rig: Rig, _ path: String, _ secret: String) async throws -> RawAnswer {
        let url = rig.playground.baseURL.origin + path
        return try await rig.call(
            "POST", "/credential/rejection", #"{"url":"\#(url)","secret":"\#(secret)"}"#)
    }

    private static func escaped(_ url: String) -> String {
        url.utf8.map { byte in
            let isPlain = (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte)
            return isPlain
                ? String(Unicode.Scalar(byte))
                : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }

    @Test(arguments: [("/rfc/git", "git", "x-access-token"), ("/rfc/api/things", "api", "oauth2")])
    func `is the token of the one profile that allows it`(
        path: String, profile: String, username: String
    ) async throws {
        let answer = try await ask(rig(), path).json
        #expect(answer["profile"]?.string == profile)
        #expect(answer["type"]?.string == "bearer")
        #expect(answer["username"]?.string == username)
        #expect(answer["secret"]?.string?.isEmpty == false)
        #expect(answer["expires_at"]?.string?.hasSuffix("Z") == true)
        #expect(try #require(answer.members).map(\.name).contains("scope"))
    }

    @Test func `is user name and password where the profile has these`() async throws {
        let answer = try await ask(rig(), "/mautic/api").json
        #expect(answer["profile"]?.string == "old" && answer["type"]?.string == "basic")
        #expect(answer["username"]?.string == "admin")
        #expect(answer["secret"]?.string == "pass word")
        #expect(answer["expires_at"] == nil)
    }

    @Test(arguments: [
        "/rfc", "/rfc/gitx", "/rfc/git/../token", "/other", "https://wide.example.evil.test/",
        "https://evil.test/wide.example", "https://wide.example:444/", "http://127.0.0.1:1/rfc/git",
        "https://wide.example./", "https://xwide.example/", "https://[::ffff:1.2.3.4]/",
    ])
    func `is none where no profile allows it`(url: String) async throws {
        let answer = try await ask(rig(), url)
        #expect(answer.status == 404 && answer.problem == "unknown_profile", "\(answer.text)")
    }

    @Test(arguments: [
        "https://user@wide.example/", "https://wide.example/%2e%2e/", "https://wide.example/%2F",
        "https://wide.example/a#b", "ftp://wide.example/", "http://wide.example/", "wide.example",
        "https://wide.example\\@evil.test/", "https://w\u{131}de.example/", "/rfc/api", "",
    ])
    func `is refused for what two programs could read in two ways`(url: String) async throws {
        let rig = try await rig()
        for more in ["", "&profile=wide"] {
            let answer = try await rig.call("GET", "/credential?url=\(Self.escaped(url))\(more)")
            #expect(
                ["destination_refused", "usage"].contains(answer.problem), "\(url): \(answer.text)")
        }
    }

    @Test func `is asked for by host in any case`() async throws {
        let answer = try await ask(rig(), "https://WIDE.Example/x").json
        #expect(answer["profile"]?.string == "wide")
    }

    @Test func `of several profiles is none before one is chosen`() async throws {
        let rig = try await rig()
        let both = try await ask(rig, "/rfc/api/v2/x")
        #expect(both.status == 400 && both.problem == "usage")
        #expect(both.detail.contains("several profiles: api, wide"), "\(both.detail)")
        let chosen = try await ask(rig, "/rfc/api/v2/x", "&profile=wide").json
        #expect(chosen["profile"]?.string == "wide")
        let foreign = try await ask(rig, "/rfc/api/v1", "&profile=wide")
        #expect(foreign.status == 403 && foreign.problem == "destination_refused")
        #expect(try await ask(rig, "/rfc/api", "&profile=no").problem == "unknown_profile")
    }

    @Test func `lasts as long as is asked for`() async throws {
        let rig = try await rig()
        #expect(try await ask(rig, "/rfc/git", "&min_valid=never").problem == "usage")
        let before = rig.playground.tokenRequests(of: "rfc")
        for _ in 0..<3 { _ = try await ask(rig, "/rfc/git") }
        #expect(rig.playground.tokenRequests(of: "rfc") == before + 1)
        _ = try await ask(rig, "/rfc/git", "&min_valid=100000")
        #expect(rig.playground.tokenRequests(of: "rfc") == before + 2)
    }

    @Test func `that was refused there is renewed, and no other is`() async throws {
        let rig = try await rig()
        try await rig.logIn("person")
        let first = try #require(try await ask(rig, "/strict/api").json["secret"]?.string)
        for other in ["x", first + "x", String(first.dropLast()), "pass word"] {
            let kept = try await reject(rig, "/strict/api", other)
            #expect(kept.status == 200, "\(kept.text)")
            #expect(try kept.json["replaced"]?.bool == false)
        }
        #expect(try await ask(rig, "/strict/api").json["secret"]?.string == first)
        let before = rig.playground.tokenRequests(of: "strict")
        let replaced = try await reject(rig, "/strict/api", first).json
        #expect(replaced["replaced"]?.bool == true && replaced["profile"]?.string == "person")
        let second = try await ask(rig, "/strict/api").json["secret"]?.string
        #expect(second != nil && second != first)
        // Once more for a late one: it is not held any more.
        #expect(try await reject(rig, "/strict/api", first).json["replaced"]?.bool == false)
        #expect(rig.playground.tokenRequests(of: "strict") == before + 1)
        #expect(try await rig.store.credential(of: "person")?.value.ended == nil)
    }

    @Test func `that many say was refused is renewed once`() async throws {
        let rig = try await rig()
        try await rig.logIn("person")
        let first = try #require(try await ask(rig, "/strict/api").json["secret"]?.string)
        let before = rig.playground.tokenRequests(of: "strict")
        try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<20 {
                group.addTask {
                    number.isMultiple(of: 2)
                        ? try await reject(rig, "/strict/api", first).status
                        : try await ask(rig, "/strict/api").status
                }
            }
            for try await status in group { #expect(status == 200) }
        }
        #expect(rig.playground.tokenRequests(of: "strict") == before + 1)
    }

    @Test func `that was refused leaves the login alone when it cannot be renewed`() async throws {
        let rig = try await rig()
        try await rig.logIn("person")
        let first = try #require(try await ask(rig, "/strict/api").json["secret"]?.string)
        var fault = Fault().at(.token, of: "strict")
        fault.isCarriedOut = false
        fault.answer = Fault.Answer(status: 503, contentType: "text/plain", body: "later")
        rig.playground.install(fault)
        #expect(try await reject(rig, "/strict/api", first).problem == "temporary")
        #expect(try await rig.store.credential(of: "person")?.value.refreshToken != nil)
        #expect(try await reject(rig, "/strict/api", first).json["replaced"]?.bool == true)
    }

    @Test func `that was refused elsewhere, or is a password, changes nothing`() async throws {
        let rig = try await rig()
        let token = try #require(try await ask(rig, "/rfc/git").json["secret"]?.string)
        #expect(try await reject(rig, "/elsewhere", token).problem == "unknown_profile")
        #expect(try await ask(rig, "/rfc/git").json["secret"]?.string == token)
        let password = try await reject(rig, "/mautic/", "pass word").json
        #expect(password["replaced"]?.bool == false)
        #expect(try await ask(rig, "/mautic/").json["secret"]?.string == "pass word")
        for body in ["{}", #"{"url":"https://wide.example/"}"#, "no"] {
            #expect(
                try await rig.call("POST", "/credential/rejection", body).problem == "usage")
        }
    }

    @Test func `is recorded with where it goes, by fingerprint and never as a secret`()
        async throws
    {
        let rig = try await rig()
        let token = try #require(try await ask(rig, "/rfc/git?key=canary").json["secret"]?.string)
        _ = try await ask(rig, "/mautic/x")
        _ = try await ask(rig, "https://elsewhere.example/")
        _ = try await reject(rig, "/rfc/git", "canary")
        let records = try await rig.trail.records(AuditQuery(limit: 100)).map(\.json)
        let credentials = records.filter {
            ["credential", "rejection"].contains($0["action"]?.string)
        }
        let origin = rig.playground.baseURL.origin
        #expect(
            credentials.map { $0["destination"]?.string } == [
                "\(origin)/rfc/git", "\(origin)/mautic/x", "https://elsewhere.example:443/",
                "\(origin)/rfc/git",
            ])
        #expect(credentials.map { $0["profile"]?.string } == ["git", "old", nil, "git"])
        #expect(
            credentials.map { $0["outcome"]?.string }
                == ["granted", "granted", "unknown_profile", "granted"])
        #expect(
            credentials[0]["fingerprint"]?.string
                == rig.trail.fingerprint(of: Secret(utf8: token)))
        #expect(credentials[1]["fingerprint"] == nil && credentials[3]["fingerprint"] == nil)
        let file = try PrivateFile.read(rig.folder.file("audit.log"), limit: 1 << 20)
        for secret in [token, "pass word", "canary"] {
            #expect(!file.dangerouslyRevealedText().contains(secret))
        }
    }

    @Test func `is for callers who may have tokens, each within his limits`() async throws {
        let rules = """
            [caller sender]
            user = 2002
            profile = git
            may = request

            [caller reader]
            user = 2003
            profile = wide
            may = token
            rate = 2/min

            [caller narrow]
            user = 2004
            may = token
            scope = read

            [caller eyes]
            user = 2002
            may = status

            """
        let rig = try await rig(rules)
        let gate = Gate(
            configuration: ConfigurationFile(
                path: rig.folder.file("config"), home: rig.folder.path), owner: geteuid())
        let routes = Routes(broker: rig.broker, gate: gate, trail: rig.trail)
        func ask(_ uid: UInt32, _ path: String, _ profile: String = "") async -> String {
            let url = Self.escaped(rig.playground.baseURL.origin + path)
            let answer = await routes.handle(
                ServerRequest(
                    method: "GET", path: "/v1/credential", query: "url=\(url)\(profile)",
                    peer: .process(pid: 1, uid: uid, gid: 1)))
            let json = try? JSON(parsing: answer.body)
            return json?["code"]?.string ?? json?["scope"]?.string ?? "given"
        }
        // Who may have requests only sees no credential, and is told why where he names a profile.
        #expect(await ask(2002, "/rfc/git") == "unknown_profile")
        #expect(await ask(2002, "/rfc/git", "&profile=git") == "caller_refused")
        // Of two profiles there is one within reach.
        #expect(await ask(2003, "/rfc/api/v2") != "usage")
        #expect(await ask(2003, "/rfc/git") == "unknown_profile")
        _ = await ask(2003, "/rfc/api/v2")
        #expect(await ask(2003, "/rfc/api/v2") == "rate_limited")
        #expect(await ask(2004, "/rfc/git") == "read")
        #expect(await ask(2004, "/mautic/") == "caller_refused")
        #expect(await ask(2009, "/rfc/git") == "caller_refused")
    }
}
