import Glibc
import SesameBroker
import SesameBrokerServer
import SesameHTTP
import SesameHTTPServer
import SesameJSON
import SesameSecrets
import TestSupport
import Testing

@Suite struct `The API` {
    @Test(arguments: Line.allCases)
    func `says that the broker runs`(line: Line) async throws {
        let answer = try await Rig(line).call("GET", "/health")
        #expect(answer.status == 200)
        #expect(answer["Content-Type"] == "application/json")
        #expect(answer["Cache-Control"] == "no-store")
        #expect(try answer.json["status"]?.string == "ok")
        #expect(try answer.json["version"]?.string == "0.1.0")
    }

    @Test(arguments: Line.allCases)
    func `takes one request after the other on a connection`(line: Line) async throws {
        let rig = try Rig(line)
        let statuses = try await offPool {
            let client = try rig.connect()
            return try ["/health", "/profiles", "/nothing", "/health"].map { target in
                client.send(Rig.request("GET", target))
                return try client.receiveAnswer().status
            }
        }
        #expect(statuses == [200, 200, 404, 200])
    }

    @Test(arguments: [
        "/audit?since=null&since=null", "/profiles/rfc/token?min_valid=1&min_valid=99999",
        "/logins/x?wait=61", "/logins/x?wait=-1", "/health?a=1&a=1",
    ])
    func `refuses a query that two readers could take differently`(path: String) async throws {
        let answer = try await Rig().call("GET", path)
        #expect(answer.status == 400 && answer.problem == "usage")
    }

    @Test(arguments: ["[]", "[null]", "1", "null", #""text""#])
    func `takes no content but an object`(content: String) async throws {
        let rig = try Rig()
        for path in ["/profiles/rfc/login", "/store/rotation", "/store/confirmation"] {
            let answer = try await rig.call("POST", path, content)
            #expect(answer.status == 400 && answer.problem == "usage", "\(path)")
        }
    }

    @Test func `knows no profile without a name, wherever it is asked`() async throws {
        let answer = try await Rig().call("POST", "/store/confirmation", #"{"profiles":[""]}"#)
        #expect(answer.problem == "unknown_profile")
    }

    @Test(arguments: [
        "/", "/Health", "/health/", "/profiles/", "/profiles/rfc/", "/profiles/rfc/nothing",
        "/profiles/rfc/token/more", "/logins", "/..", "/profiles/../health", "/%68ealth",
    ])
    func `answers 404 for a path that it does not have`(path: String) async throws {
        let answer = try await Rig().call("GET", path)
        #expect(answer.status == 404)
        #expect(answer.problem != nil, "\(answer.text)")
    }

    @Test(arguments: [
        ("POST", "/health", "GET"), ("HEAD", "/health", "GET"), ("get", "/health", "GET"),
        ("DELETE", "/profiles/rfc", "GET, PUT"), ("GET", "/profiles/rfc/grant", "DELETE"),
        ("PUT", "/profiles/rfc/token", "GET"), ("GET", "/logins/x/callback", "POST"),
        ("POST", "/logins/x", "GET, DELETE"),
    ])
    func `answers 405 for another method, and names the right ones`(
        method: String, path: String, allowed: String
    ) async throws {
        let rig = try Rig()
        let answer = try await offPool {
            let client = try rig.connect()
            client.send(Rig.request(method, path))
            return try client.receiveAnswer(toHead: method == "HEAD")
        }
        #expect(answer.status == 405)
        #expect(answer["Allow"] == allowed)
        if method != "HEAD" { #expect(answer.problem == "usage") }
    }

    @Test(arguments: [
        "{", "[]", "null", "7", #"{"settings":[]}"#, #"{"settings":{"scope":"x"}}"#,
        #"{"settings":{"scope":[7]}}"#, #"{"settings":{},"settings":{}}"#,
        #"{"settings":{},"client_secret":7}"#, "{\"settings\":{\"scope\":[\"\u{0}\"]}}",
        #"{"settings":{}} x"#, String(repeating: "[", count: 1000),
    ])
    func `refuses content that is not its JSON`(body: String) async throws {
        let rig = try Rig()
        let before = try rig.configuration
        let answer = try await rig.call("PUT", "/profiles/rfc", body)
        #expect(answer.status == 400)
        #expect(answer.problem == "usage")
        #expect(try rig.configuration == before)
    }

    @Test(arguments: [
        ("POST", "/profiles/rfc/requests", "{}"),
        ("POST", "/profiles/rfc/requests", #"{"method":"GET","url":"/x","timeout":0}"#),
        ("POST", "/profiles/rfc/requests", #"{"method":"G T","url":"/x"}"#),
        ("POST", "/profiles/rfc/requests", #"{"method":"GET","url":"/x","body":"+/=="}"#),
        (
            "POST", "/profiles/rfc/requests",
            #"{"method":"GET","url":"/x","headers":[{"name":"a:b","value":"c"}]}"#
        ),
        ("POST", "/profiles/rfc/login", #"{"mode":"telepathy"}"#),
        ("POST", "/profiles/rfc/login", #"{"timeout":99999}"#),
        ("GET", "/profiles/rfc/token?min_valid=soon", ""),
        ("GET", "/profiles/rfc/token?min_valid=-1", ""),
        ("GET", "/profiles/rfc/token?min_valid=99999999999999999999", ""),
        ("GET", "/profiles/rfc/token?min_valid=1&min_valid=2", ""),
        ("GET", "/profiles/rfc/token?refresh=maybe", ""),
        ("GET", "/profiles/rfc/token?resource=https://elsewhere.example", ""),
        ("GET", "/profiles/rfc/token?%zz=1", ""),
        ("GET", "/profiles/rfc/headers", ""),
        ("GET", "/logins/unknown", ""), ("GET", "/logins/unknown?wait=-1", ""),
        ("POST", "/logins/unknown/callback", #"{"url":"http://127.0.0.1/"}"#),
        ("POST", "/logins/unknown/callback", "{}"),
    ])
    func `says what is wrong with a request`(
        method: String, target: String, body: String
    ) async throws {
        let answer = try await Rig().call(method, target, body)
        #expect(answer.status == 400)
        #expect(answer.problem == "usage", "\(answer.text)")
    }

    @Test(arguments: Line.allCases)
    func `knows every place where a profile may be unknown`(line: Line) async throws {
        let rig = try Rig(line)
        for (method, target, body) in [
            ("GET", "", ""), ("GET", "/token", ""), ("GET", "/headers?url=/x", ""),
            ("POST", "/requests", #"{"method":"GET","url":"/x"}"#), ("POST", "/login", "{}"),
            ("DELETE", "/grant", ""),
        ] {
            let answer = try await rig.call(method, "/profiles/nobody" + target, body)
            #expect(answer.status == 404)
            #expect(answer.problem == "unknown_profile")
            #expect(answer.text.contains("rfc, service, mautic, plain"))
        }
    }
}

@Suite struct `A caller` {
    private func status(of peer: Peer) async throws -> Int {
        let rig = try Rig()
        let gate = Gate(
            configuration: ConfigurationFile(
                path: rig.folder.file("config"), home: rig.folder.path), owner: 1000)
        let routes = Routes(broker: rig.broker, gate: gate)
        let response = await routes.handle(
            ServerRequest(method: "GET", path: "/v1/health", peer: peer))
        let json = try JSON(parsing: response.body)
        if response.status != 200 { #expect(json["code"]?.string == "caller_refused") }
        return response.status
    }

    @Test func `is served when the kernel says that it is the owner`() async throws {
        #expect(try await status(of: .process(pid: 1, uid: 1000, gid: 7)) == 200)
        #expect(try await status(of: .parent) == 200)
    }

    @Test func `is refused when it is another user, root among them`() async throws {
        #expect(try await status(of: .process(pid: 1, uid: 1001, gid: 1000)) == 403)
        #expect(try await status(of: .process(pid: 1, uid: 0, gid: 0)) == 403)
        #expect(try await status(of: .process(pid: 0, uid: uid_t.max, gid: gid_t.max)) == 403)
    }

    @Test func `is refused on TCP`() async throws {
        #expect(try await status(of: .loopback) == 403)
    }
}
