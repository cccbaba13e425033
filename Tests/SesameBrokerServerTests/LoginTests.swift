import Glibc
import SesameBroker
import SesameHTTP
import SesameJSON
import SesamePlayground
import SesameSecrets
import SesameStore
import SesameSystem
import TestSupport
import Testing

@Suite struct `A login over the API` {
    @Test(arguments: Line.allCases, ["rfc", "mautic"])
    func `ends with a stored token when the person allows it`(
        line: Line, profile: String
    ) async throws {
        let rig = try Rig(line)
        if profile == "mautic" { try await rig.give(Rig.mauticSecret, to: profile) }
        let login = try await rig.beginLogin(profile)
        #expect(login.redirect.host == "127.0.0.1")
        #expect(login.redirect.port != 0)
        #expect(try await rig.call("GET", "/logins/\(login.id)").json["state"]?.string == "pending")
        async let waiting = rig.call("GET", "/logins/\(login.id)?wait=20")
        let visit = try await PracticeBrowser().open(login.url)
        #expect(visit.body.contains("Signed in"))
        let done = try await waiting.json
        #expect(done["state"]?.string == "done")
        #expect(done["profile"]?.string == profile)
        #expect(done["expires_at"]?.string?.hasSuffix("Z") == true)
        #expect(done["error"] == nil)
        #expect(throws: SystemError.self) { try RawSocket(port: login.redirect.port) }
        #expect(try await rig.token(profile).status == 200)
    }

    @Test(arguments: Line.allCases)
    func `fails when the person denies it`(line: Line) async throws {
        let rig = try Rig(line)
        let failed = try await rig.logIn("rfc", .deny)
        #expect(failed["state"]?.string == "failed")
        #expect(failed["error"]?["code"]?.string == "login_required")
        #expect(try await rig.token("rfc").problem == "login_required")
    }

    /// A Mautic answers a denial, and a wrong redirect URI, with a page of its own.
    @Test func `that never calls back ends in time, and says what to look at`() async throws {
        let time = ManualTime()
        let rig = try Rig(time: time)
        try await rig.give(Rig.mauticSecret, to: "mautic")
        let login = try await rig.beginLogin("mautic")
        let visit = try await PracticeBrowser(.deny).open(login.url)
        #expect(visit.url.origin == rig.playground.baseURL.origin)
        var report = try await rig.call("GET", "/logins/\(login.id)").json
        #expect(report["state"]?.string == "pending")
        for _ in 0..<1000 where report["state"]?.string == "pending" {
            time.advance(seconds: 60)
            report = try await rig.call("GET", "/logins/\(login.id)").json
        }
        #expect(report["state"]?.string == "failed")
        #expect(report["error"]?["detail"]?.string == "no answer came from the browser in time")
        let hints = report["error"]?["hints"]?.elements?.compactMap(\.string) ?? []
        #expect(hints.contains { $0.contains("what did the browser show?") })
        #expect(throws: SystemError.self) { try RawSocket(port: login.redirect.port) }
    }

    @Test func `is not ended by forged callbacks`() async throws {
        let rig = try Rig()
        let login = try await rig.beginLogin("rfc")
        let port = login.redirect.port
        let forged = [
            "/callback", "/callback?code=forged", "/callback?code=forged&state=forged",
            "/callback?error=access_denied", "/callback?error=access_denied&state=x",
            "/callback?state=a&state=b", "/other?code=x", "/",
        ]
        let statuses = try await offPool {
            try forged.map { target in
                let client = try RawSocket(port: port)
                client.send("GET \(target) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\r\n")
                return try client.receiveAnswer().status
            }
        }
        #expect(statuses.allSatisfy { [400, 404].contains($0) }, "\(statuses)")
        for target in forged {
            let url = login.redirect.origin + target
            let answer = try await rig.call(
                "POST", "/logins/\(login.id)/callback", #"{"url":"\#(url)"}"#)
            #expect(answer.status == 409)
            #expect(answer.problem == "bad_callback")
        }
        _ = try await PracticeBrowser().open(login.url)
        let done = try await rig.call("GET", "/logins/\(login.id)?wait=20").json
        #expect(done["state"]?.string == "done")
    }

    @Test(arguments: Line.allCases)
    func `takes the address that the person brings by hand`(line: Line) async throws {
        let rig = try Rig(line, Rig.pasted)
        let login = try await rig.beginLogin("p", mode: "paste")
        // Nobody listens there: the browser ends at an address that it cannot open.
        let address = try await rig.callbackAddress(login.url)
        let answer = try await rig.call(
            "POST", "/logins/\(login.id)/callback", #"{"url":"\#(address)"}"#)
        #expect(answer.status == 200)
        #expect(try answer.json["state"]?.string == "done", "\(answer.text)")
        let again = try await rig.call(
            "POST", "/logins/\(login.id)/callback", #"{"url":"\#(address)"}"#)
        #expect(try again.json["state"]?.string == "done")
        #expect(rig.playground.tokenRequests(of: "rfc") == 1)
        #expect(try await rig.token("p").status == 200)
    }

    @Test func `closes its port when the address came by hand`() async throws {
        let rig = try Rig()
        let login = try await rig.beginLogin("rfc")
        let address = try await rig.callbackAddress(login.url)
        let answer = try await rig.call(
            "POST", "/logins/\(login.id)/callback", #"{"url":"\#(address)"}"#)
        #expect(try answer.json["state"]?.string == "done")
        #expect(throws: SystemError.self) { try RawSocket(port: login.redirect.port) }
    }

    @Test(arguments: Line.allCases)
    func `closes its port when it is given up`(line: Line) async throws {
        let rig = try Rig(line)
        let login = try await rig.beginLogin("rfc")
        async let waiting = rig.call("GET", "/logins/\(login.id)?wait=30")
        let answer = try await rig.call("DELETE", "/logins/\(login.id)")
        #expect(answer.status == 204)
        #expect(throws: SystemError.self) { try RawSocket(port: login.redirect.port) }
        #expect(try await waiting.json["state"]?.string == "failed")
        #expect(try await rig.call("DELETE", "/logins/\(login.id)").status == 204)
    }

    @Test func `that asks for a taken port names it`() async throws {
        let taken = try Rig()
        let port = try await taken.beginLogin("rfc").redirect.port
        let rig = try Rig(
            .unixSocket,
            "[profile p]\nissuer = @/rfc\nclient_id = practice-public\n"
                + "redirect_uri = http://127.0.0.1:\(port)/callback\n")
        let answer = try await rig.call("POST", "/profiles/p/login", "{}")
        #expect(answer.problem == "configuration")
        #expect(answer.detail.contains("\(port)"))
        #expect(answer.text.contains("--paste"))
        _ = taken
    }

    @Test func `is one of sixteen at the most`() async throws {
        let profiles = (0...16).map {
            "[profile p\($0)]\nissuer = @/rfc\nclient_id = practice-public\n"
        }
        let rig = try Rig(.unixSocket, profiles.joined())
        for number in 0..<16 { _ = try await rig.beginLogin("p\(number)") }
        let answer = try await rig.call("POST", "/profiles/p16/login", "{}")
        #expect(answer.problem == "temporary")
    }

    @Test func `is not begun any more once the broker is about to end`() async throws {
        let rig = try Rig()
        let login = try await rig.beginLogin("rfc")
        await rig.broker.settle()
        #expect(try await rig.call("GET", "/logins/\(login.id)").text.contains("cancelled"))
        #expect(try await rig.call("POST", "/profiles/rfc/login", "{}").problem == "temporary")
    }

    /// A client that was killed leaves its login behind, on the only port that is registered.
    @Test func `replaces the one before of the same profile, port and all`() async throws {
        let port = quietPort()
        let rig = try Rig(
            .unixSocket,
            "[profile p]\nissuer = @/rfc\nclient_id = practice-public\n"
                + "redirect_uri = http://127.0.0.1:\(port)/callback\n")
        let first = try await rig.beginLogin("p")
        #expect(try await rig.logIn("p")["state"]?.string == "done")
        let left = try await rig.call("GET", "/logins/\(first.id)")
        #expect(left.text.contains("cancelled"))
    }

    @Test func `does not begin where the code could not be kept`() async throws {
        let rig = try Rig(storeError: StoreError(.keyMissing, "there is no key"))
        let answer = try await rig.call("POST", "/profiles/rfc/login", "{}")
        #expect(answer.status == 503)
        #expect(answer.problem == "key_missing")
    }
}

@Suite struct `Logging out over the API` {
    @Test func `is over when somebody logs out`() async throws {
        let other = "[profile other]\nissuer = @/rfc\nclient_id = practice-public\n"
        let rig = try Rig(.unixSocket, Rig.profiles + other)
        let login = try await rig.beginLogin("rfc")
        let untouched = try await rig.beginLogin("other")
        #expect(try await rig.call("DELETE", "/profiles/rfc/grant").status == 200)
        let ended = try await rig.call("GET", "/logins/\(login.id)").json
        #expect(ended["error"]?["detail"]?.string == "the login was cancelled")
        #expect(throws: SystemError.self) { try RawSocket(port: login.redirect.port) }
        let going = try await rig.call("GET", "/logins/\(untouched.id)").json
        #expect(going["state"]?.string == "pending")
    }

    @Test(arguments: Line.allCases)
    func `revokes where the server can`(line: Line) async throws {
        let rig = try Rig(line)
        try await rig.logIn("rfc")
        let held = try await rig.store.credential(of: "rfc")
        let answer = try await rig.call("DELETE", "/profiles/rfc/grant")
        #expect(answer.status == 200)
        #expect(try answer.json["revoked"]?.bool == true)
        #expect(try answer.json["forgotten"]?.bool == true)
        #expect(try answer.json["note"] == nil)
        #expect(try await rig.token("rfc").problem == "login_required")
        // The server refuses what was revoked, should somebody have kept it.
        let copy = try #require(held)
        _ = try await rig.store.put(copy.value, for: "rfc")
        #expect(try await rig.token("rfc", "?refresh=true").problem == "login_required")
    }

    @Test(arguments: Line.allCases)
    func `says that a Mautic cannot, and forgets all the same`(line: Line) async throws {
        let rig = try Rig(line)
        try await rig.give(Rig.mauticSecret, to: "mautic")
        try await rig.logIn("mautic")
        let answer = try await rig.call("DELETE", "/profiles/mautic/grant")
        #expect(try answer.json["revoked"]?.bool == false)
        #expect(try answer.json["forgotten"]?.bool == true)
        #expect(try answer.json["note"]?.string?.contains("Mautic cannot revoke tokens") == true)
        #expect(try await rig.token("mautic").problem == "login_required")
        let again = try await rig.call("DELETE", "/profiles/mautic/grant")
        #expect(try again.json["forgotten"]?.bool == false)
        #expect(try again.json["note"]?.string == "nobody was logged in")
    }

    @Test func `forgets even when the server is gone, and says so`() async throws {
        let rig = try Rig()
        try await rig.logIn("rfc")
        await rig.playground.stop()
        let answer = try await rig.call("DELETE", "/profiles/rfc/grant")
        #expect(try answer.json["revoked"]?.bool == false)
        #expect(try answer.json["forgotten"]?.bool == true)
        #expect(try answer.json["note"]?.string?.contains("did not revoke") == true)
    }

    @Test func `forgets a password`() async throws {
        let rig = try Rig()
        _ = try await rig.call(
            "PUT", "/profiles/plain", #"{"settings":{},"username":"ada","password":"practice"}"#)
        let answer = try await rig.call("DELETE", "/profiles/plain/grant")
        #expect(try answer.json["forgotten"]?.bool == true)
        #expect(try await rig.store.secrets(of: "plain")?.password == nil)
    }
}

extension Rig {
    /// A redirect URI at which nobody listens.
    static let pasted =
        "[profile p]\nissuer = @/rfc\nclient_id = practice-public\n"
        + "redirect_uri = http://127.0.0.1:1/callback\n"

    /// The address that a browser would be sent back to, which is not opened.
    func callbackAddress(_ authorization: HTTPURL) async throws -> String {
        var request = HTTPRequest("POST", authorization)
        request.fields.set("Content-Type", "application/x-www-form-urlencoded")
        request.body = Secret(utf8: "username=ada&password=practice&decision=allow")
        let answer = try await offPool { [request] in try LocalConnection.send(request) }
        return try #require(answer.fields["Location"])
    }
}
