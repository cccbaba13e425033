import Glibc
import SesameAudit
import SesameBroker
import SesameBrokerServer
import SesameHTTP
import SesameHTTPServer
import SesameJSON
import SesamePlayground
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@Suite struct `What the broker hands out` {
    @Test func `is in the audit trail, by fingerprint and never as a token`() async throws {
        let rig = try Rig()
        try await rig.give("practice-secret", to: "service")
        let token = try #require(try await rig.token("service").json["access_token"]?.string)
        let address = rig.playground.baseURL.origin
        _ = try await rig.call(
            "GET", "/profiles/service/headers?method=PUT&url=\(address)/rfc/api/a?key=canary")
        _ = try await rig.send("service", "/things?key=canary")
        let fingerprint = try #require(rig.trail.fingerprint(of: Secret(utf8: token)))
        let records = try await records(rig)
        #expect(
            records.compactMap { $0["action"]?.string }
                == ["trail", "setup", "renewal", "token", "headers", "request"])
        for record in records.suffix(4) {
            #expect(record["fingerprint"]?.string == fingerprint)
            #expect(record["profile"]?.string == "service")
            #expect(record["outcome"]?.string == "granted")
        }
        #expect(records[4]["destination"]?.string == "\(address)/rfc/api/a")
        #expect(records[4]["method"]?.string == "PUT")
        #expect(records[5]["destination"]?.string == "\(address)/rfc/api/things")
        let file = try PrivateFile.read(rig.folder.file("audit.log"), limit: 1 << 20)
        for secret in [token, "canary", "practice-secret"] {
            #expect(!file.dangerouslyRevealedText().contains(secret))
        }
    }

    @Test func `is recorded with how a person's login began and ended`() async throws {
        let rig = try Rig()
        try await rig.logIn("rfc")
        let records = try await records(rig)
        #expect(records.compactMap { $0["action"]?.string } == ["trail", "login", "login"])
        #expect(records.compactMap { $0["outcome"]?.string } == ["begun", "begun", "granted"])
        #expect(records[1]["caller"]?["uid"]?.integer == Int64(geteuid()))
        #expect(records[2]["fingerprint"]?.string?.utf8.count == 32)
    }

    @Test func `is recorded with what was refused, and where it was to go`() async throws {
        let rig = try Rig()
        try await rig.give("practice-secret", to: "service")
        _ = try await rig.send("service", "https://evil.example/x?token=canary#canary")
        _ = try await rig.call(
            "GET", "/profiles/service/headers?url=https://user:canary@evil.example/")
        _ = try await rig.token("rfc")
        _ = try await rig.token("nobody")
        let records = try await records(rig).suffix(4)
        #expect(
            records.compactMap { $0["outcome"]?.string } == [
                "destination_refused", "destination_refused", "login_required", "unknown_profile",
            ])
        #expect(records.first?["destination"]?.string == "https://evil.example:443/x")
        #expect(records.dropFirst().first?["destination"] == nil)
        let file = try PrivateFile.read(rig.folder.file("audit.log"), limit: 1 << 20)
        #expect(!file.dangerouslyRevealedText().contains("canary"))
    }

    @Test func `is recorded for each of four callers`() async throws {
        let rig = try Rig()
        try await rig.give("practice-secret", to: "service")
        let gate = Gate(
            configuration: ConfigurationFile(
                path: rig.folder.file("config"), home: rig.folder.path), owner: 1000)
        let routes = Routes(broker: rig.broker, gate: gate, trail: rig.trail)
        let peers: [Peer] = [
            .process(pid: 11, uid: 1000, gid: 1), .process(pid: 12, uid: 1000, gid: 2),
            .process(pid: 13, uid: 1001, gid: 3), .loopback,
        ]
        for peer in peers {
            _ = await routes.handle(
                ServerRequest(method: "GET", path: "/v1/profiles/service/token", peer: peer))
        }
        let records = try await records(rig).filter { record in
            !["trail", "renewal", "setup"].contains(record["action"]?.string)
        }
        #expect(records.count == 4)
        #expect(
            records.map { $0["caller"]?["pid"]?.integer } == [11, 12, 13, nil])
        #expect(records.map { $0["caller"]?["gid"]?.integer } == [1, 2, 3, nil])
        #expect(records.allSatisfy { $0["action"]?.string == "token" })
        #expect(records.suffix(2).allSatisfy { $0["outcome"]?.string == "caller_refused" })
    }

    @Test func `is nothing where it must be recorded and cannot be`() async throws {
        let rig = try Rig(.unixSocket, "[audit]\nrequired = yes\n\n" + Rig.profiles)
        try await rig.give("practice-secret", to: "service")
        _ = try await rig.token("service")
        let path = rig.folder.file("audit.log")
        try #require(unsafe rename(path, path + ".away") == 0 && mkdir(path, 0o700) == 0)
        let sent = try await rig.call("GET", "/profiles/service/token?scope=")
        #expect(sent.status == 200, "a repeat is counted")
        for answer in [
            try await rig.send("service", "/things"),
            try await rig.call("GET", "/profiles/service/headers?url=/things"),
        ] {
            #expect(answer.status == 507 && answer.problem == "audit_unwritable", "\(answer.text)")
            #expect(!answer.text.contains("Bearer"))
        }
        unsafe rmdir(path)
        try #require(unsafe rename(path + ".away", path) == 0)
        #expect(try await rig.send("service", "/things").status == 200)
    }

    private func records(_ rig: Rig) async throws -> [JSON] {
        try await rig.trail.records(AuditQuery(limit: 100)).map(\.json)
    }
}

@Suite struct `The audit trail over the API` {
    @Test func `is shown by number, profile and time`() async throws {
        let rig = try Rig()
        try await rig.give("practice-secret", to: "service")
        _ = try await rig.token("service")
        _ = try await rig.token("rfc")
        let numbers = { (query: String) in
            try await rig.call("GET", "/audit\(query)").json["records"]?.elements?
                .compactMap { $0["seq"]?.integer }
        }
        #expect(try await numbers("") == [1, 2, 3, 4, 5])
        #expect(try await numbers("?limit=2") == [4, 5])
        #expect(try await numbers("?after=1&limit=2") == [2, 3])
        #expect(try await numbers("?profile=rfc") == [5])
        #expect(try await numbers("?since=2999-01-01T00:00:00Z") == [])
        for query in ["?limit=0", "?limit=1001", "?after=-1", "?since=yesterday"] {
            #expect(try await rig.call("GET", "/audit\(query)").problem == "usage")
        }
    }

    @Test func `is verified, and a token is found by its fingerprint`() async throws {
        let rig = try Rig()
        try await rig.give("practice-secret", to: "service")
        let token = try #require(try await rig.token("service").json["access_token"]?.string)
        let whole = try await rig.call("POST", "/audit/verification").json
        #expect(whole["whole"]?.bool == true && whole["records"]?.integer == 4)
        let print = try await rig.call("POST", "/audit/fingerprint", #"{"token":"\#(token)"}"#)
            .json["fingerprint"]?.string
        let found = try await rig.call("GET", "/audit?fingerprint=\(try #require(print))").json
        #expect(found["records"]?.elements?.count == 2, "the renewal and the token")

        let path = rig.folder.file("audit.log")
        var bytes = try PrivateFile.read(path, limit: 1 << 20).dangerouslyRevealedBytes()
        bytes[bytes.count / 2] ^= 1
        try PrivateFile.replace(path, Secret(copying: bytes))
        let damaged = try await rig.call("POST", "/audit/verification").json
        #expect(damaged["whole"]?.bool == false)
        #expect(damaged["flaws"]?.elements?.first?["file"]?.string == "audit.log")
    }

    @Test func `is not there where it is off`() async throws {
        let rig = try Rig(.unixSocket, "[audit]\nfile = off\n\n" + Rig.profiles)
        #expect(try await rig.call("GET", "/audit").problem == "configuration")
        #expect(try await rig.call("POST", "/audit/verification").problem == "configuration")
        #expect(try await rig.call("GET", "/profiles/rfc/token").problem == "login_required")
        #expect(!PrivateFile.names(in: rig.folder.path).contains("audit.log"))
    }
}
