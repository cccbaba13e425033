import SesameBroker
import SesameHTTP
import SesameJSON
import SesamePlayground
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@Suite struct `A login by device code over the API` {
    @Test(arguments: Line.allCases)
    func `ends with a stored login that is renewed like any other`(line: Line) async throws {
        let rig = try Rig(line)
        let login = try await rig.beginDeviceLogin("rfc")
        #expect(login.json["state"]?.string == "pending")
        #expect(login.json["authorization_url"] == nil && login.json["redirect_uri"] == nil)
        #expect(login.address.description == "\(rig.playground.baseURL.origin)/rfc/device")
        #expect(login.complete.query == "user_code=\(login.code)")
        #expect(login.json["expires_at"]?.string?.hasSuffix("Z") == true)
        _ = try await PracticeBrowser().open(login.complete)
        let done = try await rig.call("GET", "/logins/\(login.id)?wait=20").json
        #expect(done["state"]?.string == "done")
        #expect(done["scope"]?.string == "read")
        let first = try await rig.token("rfc").json["access_token"]?.string
        let second = try await rig.token("rfc", "?refresh=true").json["access_token"]?.string
        #expect(first != nil && second != nil && first != second)
        let third = try await rig.token("rfc", "?refresh=true")
        #expect(third.status == 200, "the refresh token was rotated and kept")
        let grants = rig.playground.service.log().compactMap(\.grantType).suffix(3)
        #expect(grants == [Self.grant, "refresh_token", "refresh_token"])
    }

    /// While a poll hangs, the broker answers everybody else, and whoever asks about the login.
    @Test func `keeps nobody waiting while the server is silent`() async throws {
        let rig = try Rig()
        let login = try await rig.beginDeviceLogin("rfc")
        rig.playground.install(.held)
        while rig.playground.service.held == 0 { await Task.yield() }
        #expect(try await rig.call("GET", "/health").status == 200)
        let pending = try await rig.call("GET", "/logins/\(login.id)").json
        #expect(pending["state"]?.string == "pending")
        #expect(try await rig.call("GET", "/profiles").status == 200)
        // Nor does a cancelled login wait for that answer.
        #expect(try await rig.call("DELETE", "/logins/\(login.id)").status == 204)
        #expect(rig.playground.service.held == 1)
        rig.playground.service.release()
        #expect(try await rig.call("GET", "/logins/\(login.id)").text.contains("cancelled"))
        #expect(try await rig.token("rfc").problem == "login_required")
    }

    @Test func `D-4: fails when the person denies it`() async throws {
        let rig = try Rig()
        let login = try await rig.beginDeviceLogin("rfc")
        _ = try await PracticeBrowser(.deny).open(login.complete)
        let failed = try await rig.call("GET", "/logins/\(login.id)?wait=20").json
        #expect(failed["state"]?.string == "failed")
        #expect(failed["error"]?["code"]?.string == "login_required")
        #expect(failed["error"]?["detail"]?.string?.hasPrefix("the request was denied") == true)
    }

    @Test(arguments: [
        ("expired", "login_required"), ("denied", "login_required"), ("forbidden", "temporary"),
    ])
    func `D-4: fails at what the server answers`(kind: String, code: String) async throws {
        let rig = try Rig()
        let login = try await rig.beginDeviceLogin("rfc")
        rig.playground.install(try #require(Self.faults[kind]))
        let failed = try await rig.call("GET", "/logins/\(login.id)?wait=20").json
        #expect(failed["error"]?["code"]?.string == code)
        #expect(try await rig.token("rfc").problem == "login_required")
    }

    /// With an hour of the wall clock to and fro, which changes nothing.
    @Test func `D-6: ends at its time-out, by the clock that nobody sets`() async throws {
        let time = ManualTime()
        let rig = try Rig(time: time)
        let login = try await rig.beginDeviceLogin("rfc", timeout: 20)
        rig.playground.install(.refusing("authorization_pending").at(.token, of: nil, count: 999))
        time.setWallClock(time.now.adding(seconds: -3600))
        var report = try await rig.call("GET", "/logins/\(login.id)").json
        for _ in 0..<1000 where report["state"]?.string == "pending" {
            time.advance(seconds: 1)
            report = try await rig.call("GET", "/logins/\(login.id)").json
        }
        #expect(
            report["error"]?["detail"]?.string == "nobody has entered the code and agreed in time")
        #expect(report["error"]?["code"]?.string == "login_required")
        // Long before the code ends, which would be told in the same words.
        #expect(time.uptime >= .seconds(20) && time.uptime < .seconds(600))
    }

    @Test func `is over before its time-out when its code is`() async throws {
        let rig = try Rig(time: ManualTime())
        let login = try await rig.beginDeviceLogin("rfc", timeout: 3600)
        let end = try #require(login.json["expires_at"]?.string.flatMap { Timestamp($0) })
        #expect(ManualTime().now.seconds(until: end) == 600)
    }

    /// The person may still be on the way when the client's terminal is closed.
    @Test func `goes on when the client that began it hangs up`() async throws {
        let rig = try Rig()
        let login = try await rig.beginDeviceLogin("rfc")
        try await offPool {
            let client = try rig.connect()
            client.send(Rig.request("GET", "/logins/\(login.id)?wait=60"))
        }
        _ = try await PracticeBrowser().open(login.complete)
        let done = try await rig.call("GET", "/logins/\(login.id)?wait=20").json
        #expect(done["state"]?.string == "done")
    }

    @Test func `replaces the one before of the same profile, and is replaced by a browser's`()
        async throws
    {
        let rig = try Rig()
        let first = try await rig.beginDeviceLogin("rfc")
        let second = try await rig.beginDeviceLogin("rfc")
        #expect(try await rig.call("GET", "/logins/\(first.id)").text.contains("cancelled"))
        #expect(try await rig.logIn("rfc")["state"]?.string == "done")
        #expect(try await rig.call("GET", "/logins/\(second.id)").text.contains("cancelled"))
    }

    @Test func `ends with the broker`() async throws {
        let rig = try Rig()
        let login = try await rig.beginDeviceLogin("rfc")
        await rig.broker.settle()
        #expect(try await rig.call("GET", "/logins/\(login.id)").text.contains("cancelled"))
    }

    @Test func `takes no address by hand`() async throws {
        let rig = try Rig()
        let login = try await rig.beginDeviceLogin("rfc")
        let answer = try await rig.call(
            "POST", "/logins/\(login.id)/callback", #"{"url":"http://127.0.0.1/callback?code=x"}"#)
        #expect(answer.problem == "bad_callback")
        let pending = try await rig.call("GET", "/logins/\(login.id)").json
        #expect(pending["state"]?.string == "pending")
    }

    static let grant = "urn:ietf:params:oauth:grant-type:device_code"

    private static let faults: [String: Fault] = [
        "expired": .refusing("expired_token"), "denied": .refusing("access_denied"),
        "forbidden": .forbidden,
    ]
}

@Suite struct `Whether a login is by device code` {
    @Test func `is not by itself: a browser on this machine comes first (D-10)`() async throws {
        let rig = try Rig()
        for body in ["{}", #"{"mode":"browser"}"#, #"{"mode":"paste"}"#] {
            let begun = try await rig.call("POST", "/profiles/rfc/login", body).json
            #expect(begun["authorization_url"] != nil && begun["user_code"] == nil)
        }
    }

    @Test func `is where the browser is elsewhere and the server offers it`() async throws {
        let rig = try Rig()
        let begun = try await rig.beginElsewhere("rfc")
        #expect(begun["user_code"] != nil && begun["authorization_url"] == nil)
    }

    /// A server without the endpoint, a client that it is not for, a server that fails or talks nonsense.
    @Test func `is not where the server or the client has no such codes`() async throws {
        let rig = try Rig(
            .unixSocket,
            """
            [profile without]
            issuer = @/none
            client_id = practice-public

            [profile rfc]
            issuer = @/rfc
            client_id = practice-public

            [profile fixed]
            issuer = @/rfc
            client_id = practice-fixed
            redirect_uri = http://127.0.0.1:\(quietPort())/callback

            """)
        rig.playground.install(.unavailable.at(.device, of: "rfc"))
        for profile in ["without", "rfc", "fixed"] {
            let begun = try await rig.beginElsewhere(profile)
            #expect(begun["authorization_url"] != nil && begun["user_code"] == nil, "\(profile)")
        }
    }

    @Test func `is the only way for grant = device_code`() async throws {
        let rig = try Rig(.unixSocket, Self.deviceProfile)
        for body in ["{}", #"{"mode":"browser"}"#, #"{"mode":"elsewhere"}"#] {
            let begun = try await rig.call("POST", "/profiles/p/login", body).json
            #expect(begun["user_code"] != nil && begun["authorization_url"] == nil)
        }
        let pasted = try await rig.call("POST", "/profiles/p/login", #"{"mode":"paste"}"#)
        #expect(pasted.problem == "usage")
        let status = try await rig.call("GET", "/profiles/p").json
        #expect(status["grant"]?.string == "device_code")
        #expect(status["state"]?.string == "login_required")
    }

    /// Metadata that say nothing of it: the endpoint comes from the configuration, by its own name.
    @Test func `can be told by the configuration alone`() async throws {
        let byHand = """
            [profile p]
            token_endpoint = @/rfc/token
            device_authorization_endpoint = @/rfc/device_authorization
            client_id = practice-public
            grant = device_code

            [profile q]
            issuer = @/none
            device_authorization_endpoint = @/rfc/device_authorization
            client_id = practice-public

            """
        let rig = try Rig(.unixSocket, byHand)
        for profile in ["p", "q"] { _ = try await rig.beginDeviceLogin(profile) }
    }

    @Test func `says what is missing where the server has no device codes`() async throws {
        let rig = try Rig(
            .unixSocket, "[profile p]\nissuer = @/none\nclient_id = practice-public\n")
        let answer = try await rig.call("POST", "/profiles/p/login", #"{"mode":"device"}"#)
        #expect(answer.problem == "configuration")
        #expect(answer.detail == "the server has no device authorization endpoint")
        #expect(answer.text.contains("sesame login p --no-browser"))
        let setUp = try await rig.call(
            "PUT", "/profiles/p", #"{"settings":{"grant":["device_code"]}}"#)
        #expect(setUp.text.contains("does not say that it has device codes"))
        let byHand = try await rig.call(
            "PUT", "/profiles/r",
            #"{"settings":{"grant":["device_code"],"client_id":["c"],"token_endpoint":["https://a.example/t"]}}"#
        )
        #expect(byHand.problem == "configuration")
        #expect(byHand.text.contains("device_authorization_endpoint = https://"))
    }

    /// D-1 and D-7 at the broker's door: what it cannot vouch for never reaches a terminal.
    @Test(arguments: [
        #"{"without":["device_code"]}"#, #"{"without":["user_code"]}"#,
        #"{"without":["verification_uri"]}"#, #"{"without":["expires_in"]}"#,
        #"{"members":{"user_code":"\u001b[2JFAKE"}}"#,
        #"{"members":{"verification_uri":"javascript:alert(1)"}}"#,
        #"{"members":{"interval":1000000000}}"#,
    ])
    func `D-1, D-7: is no question where the answer is unusable`(fault: String) async throws {
        let rig = try Rig(.unixSocket, Self.deviceProfile)
        let json = try JSON(parsing: Secret(utf8: fault))
        var change = Fault().at(.device, of: "rfc")
        change.removed = Set(json["without"]?.elements?.compactMap(\.string) ?? [])
        change.members = (json["members"]?.members ?? []).map { ($0.name, JSONValue($0.value)) }
        rig.playground.install(change)
        let answer = try await rig.call("POST", "/profiles/p/login", "{}")
        #expect(answer.problem == "temporary", "\(answer.text)")
        #expect(answer.detail.hasPrefix("the device authorization has no usable "))
        #expect(!answer.text.contains("FAKE") && !answer.text.contains("javascript"))
    }

    private static let deviceProfile =
        "[profile p]\nissuer = @/rfc\nclient_id = practice-public\ngrant = device_code\n"
}

extension Rig {
    struct DeviceLogin: Sendable {
        let id: String
        let code: String
        let address: HTTPURL
        let complete: HTTPURL
        let json: JSON
    }

    /// Begins a login by device code.
    func beginDeviceLogin(_ profile: String, timeout: Int = 60) async throws -> DeviceLogin {
        let begun = try await call(
            "POST", "/profiles/\(profile)/login", #"{"mode":"device","timeout":\#(timeout)}"#)
        try #require(begun.status == 201, "\(begun.text)")
        let json = try begun.json
        return DeviceLogin(
            id: try #require(json["id"]?.string), code: try #require(json["user_code"]?.string),
            address: try #require(json["verification_uri"]?.string.flatMap { HTTPURL($0) }),
            complete: try #require(
                json["verification_uri_complete"]?.string.flatMap { HTTPURL($0) }), json: json)
    }

    func beginElsewhere(_ profile: String) async throws -> JSON {
        let begun = try await call(
            "POST", "/profiles/\(profile)/login", #"{"mode":"elsewhere","timeout":60}"#)
        try #require(begun.status == 201, "\(begun.text)")
        return try begun.json
    }
}
