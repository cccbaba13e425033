import Glibc
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

/// Debian's nginx, configured as the page says, adds the token in front of an API.
@Suite(
    .enabled(
        if: ForeignProgram.isExpected("nginx"),
        "nginx is not installed (apt-get install nginx)"))
struct `nginx in front of an API` {
    private struct Front {
        let folder = TemporaryFolder()
        let nginx: ChildProcess.Running

        /// - Parameter user: that its workers become; `nil` to stay who it is.
        init(_ broker: String, _ api: GuardedAPI, user: String? = nil) async throws {
            let locations = try #require(block("nginx", of: try waysOut("reverse-proxies.md")))
                .replacing("/run/sesame/broker.sock", with: broker)
                .replacing("http://api.example", with: "http://127.0.0.1:\(api.port)")
            let user = user ?? (geteuid() == 0 ? "root" : nil)
            let folder = folder
            let places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map {
                "\($0)_temp_path \(folder.file($0));"
            }
            let text = """
                daemon off;
                \(user.map { "user \($0);" } ?? "")
                pid \(folder.file("pid"));
                error_log stderr;
                events {}
                http {
                    access_log off;
                    \(places.joined(separator: "\n"))
                    server {
                        listen unix:\(folder.file("front.sock"));
                        \(locations)
                    }
                }

                """
            try PrivateFile.create(folder.file("nginx.conf"), Secret(utf8: text))
            nginx = try ChildProcess.start(
                "nginx", ["-e", "stderr", "-p", folder.path, "-c", folder.file("nginx.conf")])
            let socket = folder.file("front.sock")
            try await eventually("nginx listens") { (try? RawSocket(path: socket)) != nil }
        }

        /// Everything that comes back.
        func ask(_ method: String, _ target: String, _ content: String = "") async throws -> String
        {
            let socket = folder.file("front.sock")
            return try await offPool {
                let client = try RawSocket(path: socket)
                client.send(
                    "\(method) \(target) HTTP/1.1\r\nHost: shop.example\r\n"
                        + "Authorization: Bearer of-the-client\r\n"
                        + "Cookie: \(String(repeating: "c", count: 6000))\r\n"
                        + "Content-Length: \(content.utf8.count)\r\n"
                        + "Connection: close\r\n\r\n\(content)")
                return try client.receiveAll()
            }
        }
    }

    private func api(of practice: Practice) throws -> GuardedAPI {
        try GuardedAPI(practice.playground, issuer: "strict") { _ in (200, "text/plain", "welcome")
        }
    }

    @Test func `adds the token, and its clients neither see nor bring one`() async throws {
        let practice = try await Practice("strict")
        let sesame = practice.sesame
        let broker = try await sesame.startBroker()
        defer { broker.kill() }
        let api = try api(of: practice)
        let front = try await Front(sesame.socketPath, api)
        defer { front.nginx.terminate() }

        let token = String(try await sesame.run("token", "work").dropLast())
        let answer = try await front.ask("GET", "/orders/7?profile=other")
        #expect(answer.hasPrefix("HTTP/1.1 200 ") && answer.hasSuffix("welcome"), "\(answer)")
        #expect(!answer.contains(token) && !answer.contains("Bearer"))
        #expect(api.log.last?.token == token)
        #expect(api.log.last?.request.line == "GET /orders/7?profile=other HTTP/1.0")

        #expect(try await front.ask("POST", "/orders/", "two loaves").hasSuffix("welcome"))
        #expect(api.log.last?.request.body == Array("two loaves".utf8))
        #expect(api.log.last?.token == token)

        let next = String(try await sesame.run("token", "work", "--refresh").dropLast())
        #expect(try await front.ask("DELETE", "/orders/7").hasSuffix("welcome"))
        #expect(next != token && api.log.last?.token == next)
        #expect(try await front.ask("GET", "/sesame").hasPrefix("HTTP/1.1 404 "), "it is internal")
        let trail = try await sesame.run("audit", "--json")
        #expect(trail.contains(#""action":"headers""#) && !trail.contains(token))

        let passed = api.log.count
        try await sesame.run("logout", "work")
        #expect(try await front.ask("GET", "/orders/7").hasPrefix("HTTP/1.1 401 "))
        broker.terminate()
        _ = try await offPool { try broker.wait() }
        #expect(try await front.ask("GET", "/orders/7").hasPrefix("HTTP/1.1 500 "))
        #expect(api.log.count == passed, "nothing passes without a token")
    }

    @Test(
        .enabled(
            if: ForeignProgram.isExpected("systemd-socket-activate"),
            "systemd-socket-activate is not installed"))
    func `gets it as a user whom a rule lets in`() async throws {
        guard geteuid() == 0 else { try Test.cancel("only root can become another user") }
        let practice = try await Practice("strict")
        let sesame = practice.sesame
        let rule = "[caller nginx]\\nuser = www-data\\nprofile = work\\nmay = "
        try await sesame.shell("cp config before && printf '\\n\(rule)token\\n' >>config")
        let place = TemporaryFolder()
        try #require(unsafe chmod(place.path, 0o755) == 0)
        let broker = try sesame.start(
            "systemd-socket-activate",
            [
                "--listen=\(place.file("broker.sock"))", "--setenv=SESAME_HOME", "--setenv=HOME",
                BuiltPrograms.path(of: "sesamed"),
            ])
        defer { broker.kill() }
        let socket = place.file("broker.sock")
        try await eventually("systemd listens") { unsafe chmod(socket, 0o666) == 0 }
        let api = try api(of: practice)
        let front = try await Front(socket, api, user: "www-data")
        defer { front.nginx.terminate() }
        #expect(try await front.ask("GET", "/orders/7").hasSuffix("welcome"))

        try await sesame.shell("{ cat before; printf '\\n\(rule)request\\n'; } >config")
        #expect(try await front.ask("GET", "/orders/7").hasPrefix("HTTP/1.1 403 "))
        #expect(api.log.count == 1)
    }
}
