import Glibc
import SesameJSON
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

/// The built programs, and a practice server that gives device codes.
@Suite struct `A login by device code` {
    @Test func `prints its event, and ends with tokens once the person has agreed`() async throws {
        let device = try await DevicePractice()
        let login = try device.sesame.start("login", "work", "--device", "--json")
        let (event, ended) = try await offPool {
            let event = try JSON(printed: try #require(try login.nextLine()))
            try device.browse(try #require(event["verification_uri_complete"]?.string))
            return (event, try login.wait())
        }
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(
            event.members?.map(\.name) == [
                "event", "user_code", "verification_uri", "verification_uri_complete", "expires_in",
            ])
        #expect(event["event"]?.string == "device")
        #expect(event["verification_uri"]?.string == "\(device.playground.origin)/rfc/device")
        #expect((1...300).contains(event["expires_in"]?.integer ?? 0))
        let lines = ended.output.split(separator: "\n")
        #expect(lines.count == 2)
        let done = try JSON(printed: String(try #require(lines.last)))
        #expect(done["event"]?.string == "done")
        #expect(done["scope"]?.string == "read")
        let first = try await device.sesame.run("token", "work")
        #expect(try await device.sesame.run("token", "work", "--refresh") != first)
        #expect(try await device.sesame.run("token", "work", "--refresh").count > 20)
    }

    @Test func `is chosen by itself over SSH, and prints address and code into a pipe`()
        async throws
    {
        let device = try await DevicePractice(variables: ["SSH_CONNECTION": "1 2 3 4"])
        let login = try device.sesame.start("login", "work")
        let ended = try await offPool {
            let address = try #require(try login.nextLine())
            let code = try #require(try login.nextLine())
            try device.browse("\(address)?user_code=\(code)")
            return try login.wait()
        }
        #expect(ended.status == 0)
        #expect(ended.output.split(separator: "\n").count == 2, "nothing follows the two lines")
        #expect(ended.errors.contains("logged in: work"))
    }

    /// As when a terminal is closed while the person is on the way to a browser.
    @Test func `goes on in a running broker when the client is killed`() async throws {
        let device = try await DevicePractice()
        let broker = try await device.sesame.startBroker()
        defer { broker.kill() }
        let login = try device.sesame.start("login", "work", "--device", "--json")
        let event = try await offPool {
            let event = try JSON(printed: try #require(try login.nextLine()))
            login.signal(SIGKILL)
            _ = try login.wait()
            return event
        }
        let address = try #require(event["verification_uri_complete"]?.string)
        try await offPool { try device.browse(address) }
        try await eventually("the login is there") {
            try await device.sesame.attempt(["token", "work"]).status == 0
        }
    }

    /// The profile's login before it stays as it was.
    @Test(arguments: [SIGINT, SIGTERM])
    func `is given up at a signal`(signal: Int32) async throws {
        let device = try await DevicePractice()
        let held = try await device.logIn()
        let login = try device.sesame.start("login", "work", "--device")
        let ended = try await offPool {
            _ = try login.nextLine()
            login.signal(signal)
            return try login.wait()
        }
        #expect(ended.status == 130)
        #expect(ended.errors.contains("interrupted"))
        #expect(try await device.sesame.run("token", "work") == held)
    }

    @Test func `D-5: is given up at Ctrl-C also while the server is silent`() async throws {
        let device = try await DevicePractice()
        _ = try await device.playground.control("POST", "faults", #"{"kind":"held"}"#)
        let login = try device.sesame.start("login", "work", "--device")
        try await eventually("a poll is held") {
            let state = try await device.playground.control("GET", "state")
            return try JSON(printed: state)["held"]?.integer == 1
        }
        login.signal(SIGINT)
        let ended = try await offPool { try login.wait() }
        #expect(ended.status == 130)
        let state = try await device.playground.control("GET", "state")
        #expect(try JSON(printed: state)["held"]?.integer == 1, "nobody has answered the poll")
    }

    @Test func `D-4: exits with 3 when the person denies it`() async throws {
        let device = try await DevicePractice()
        let login = try device.sesame.start("login", "work", "--device", "--json")
        let ended = try await offPool {
            let event = try JSON(printed: try #require(try login.nextLine()))
            try device.browse(
                try #require(event["verification_uri_complete"]?.string), "--deny")
            return try login.wait()
        }
        #expect(ended.status == 3)
        #expect(
            ended.errors.contains(
                #"{"error":{"code":"login_required","message":"the request was denied"#))
    }

    @Test(arguments: [
        (#"{"kind":"expired"}"#, 3, "nobody has entered the code and agreed in time"),
        (#"{"endpoint":"device","members":{"expires_in":2,"interval":1}}"#, 3, "in time"),
        (#"{"kind":"denied"}"#, 3, "the request was denied"),
        (
            #"{"answer":{"status":400,"content_type":"application/json","body":"{\"error\":\"x\"}"}}"#,
            7, "refused"
        ),
        (#"{"endpoint":"device","without":["user_code"]}"#, 5, "no usable user_code"),
        (#"{"endpoint":"device","members":{"user_code":"\u001b[31mX"}}"#, 5, "no usable user_code"),
        (
            #"{"endpoint":"device","members":{"verification_uri":"javascript:alert(1)"}}"#, 5,
            "no usable verification_uri"
        ),
    ])
    func `ends with a word about why there are no tokens`(
        fault: String, status: Int, words: String
    ) async throws {
        let device = try await DevicePractice()
        _ = try await device.playground.control("POST", "faults", fault)
        let ended = try await device.sesame.attempt(["login", "work", "--device"])
        #expect(ended.status == status)
        #expect(ended.errors.contains(words), "\(ended.errors)")
        #expect(!(ended.errors + ended.output).contains("\u{1B}"))
        #expect(!ended.output.contains("javascript"))
    }

    @Test func `ends with exit code 3 at its own time-out`() async throws {
        let device = try await DevicePractice()
        let ended = try await device.sesame.attempt(
            ["login", "work", "--device", "--timeout", "2"])
        #expect(ended.status == 3)
    }

    /// The interval is a second: three times five come to it.
    @Test func `D-2, D-3: keeps the gaps that the server measures`() async throws {
        let device = try await DevicePractice()
        _ = try await device.playground.control(
            "POST", "faults", #"[{"kind":"pending"},{"kind":"slow_down"}]"#)
        let login = try device.sesame.start("login", "work", "--device", "--json")
        let ended = try await offPool {
            let event = try JSON(printed: try #require(try login.nextLine()))
            try device.browse(try #require(event["verification_uri_complete"]?.string))
            return try login.wait()
        }
        #expect(ended.status == 0, "\(ended.errors)")
        let times = try await device.playground.control("GET", "log").split(separator: "\n").map {
            try #require(try JSON(printed: String($0))["uptime_us"]?.integer)
        }
        let gaps = zip(times.dropFirst(), times).map { $0 - $1 }
        #expect(gaps.count == 2)
        #expect(gaps[0] >= 1_000_000)
        #expect(gaps[1] >= 6_000_000)
    }

    @Test func `D-9: shows its device code in no argument, file or message`() async throws {
        let device = try await DevicePractice()
        let canary = "canary-device-3c41"
        _ = try await device.playground.control(
            "POST", "faults",
            #"[{"endpoint":"device","members":{"device_code":"\#(canary)"}},"#
                + #"{"answer":{"status":400,"content_type":"application/json","#
                + #""body":"{\"error\":\"invalid_grant\",\"error_description\":\"no \#(canary)\"}"}}]"#
        )
        let broker = try await device.sesame.startBroker()
        defer { broker.kill() }
        let login = try device.sesame.start("login", "work", "--device", "-v")
        let (shown, ended) = try await offPool {
            _ = try login.nextLine()
            let shown = try [login.process, broker.process].map {
                try PrivateFile.readShared("/proc/\($0)/cmdline", limit: 1 << 16)
                    .dangerouslyRevealedText()
            }
            return (shown, try login.wait())
        }
        #expect(ended.status == 3)
        broker.terminate()
        let broken = try await offPool { try broker.wait() }
        let listing = try await device.sesame.shell("cat store.db* audit.log config").output
        for text in shown + [ended.output, ended.errors, broken.output, broken.errors, listing] {
            #expect(!text.contains(canary))
        }
    }
}

/// A practice server with device codes, and a profile of it that nobody has logged in to.
struct DevicePractice: Sendable {
    let sesame: Sesame
    let playground: Playground

    init(variables: [String: String] = [:]) async throws {
        playground = try Playground("--quiet")
        sesame = Sesame(server: playground, variables: variables)
        try await sesame.run(
            "setup", "work", "--issuer", "\(playground.origin)/rfc", "--client-id",
            "practice-public", "--scope", "read")
    }

    /// Logs in by device code, and returns the token.
    func logIn() async throws -> String {
        let login = try sesame.start("login", "work", "--device")
        let ended = try await offPool {
            let address = try #require(try login.nextLine())
            let code = try #require(try login.nextLine())
            try browse("\(address)?user_code=\(code)")
            return try login.wait()
        }
        try #require(ended.status == 0, "\(ended.errors)")
        return try await sesame.run("token", "work")
    }

    /// Is the person with a browser on another machine.
    func browse(_ address: String, _ options: String...) throws {
        let browser = try ChildProcess.run(
            BuiltPrograms.path(of: "sesame-playground"), ["browse", address] + options)
        try #require(browser.status == 0, "\(browser.errors)")
    }
}
