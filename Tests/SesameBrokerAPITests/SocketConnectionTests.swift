import Glibc
import SesameBrokerAPI
import SesameSecrets
import Testing

@Suite struct `A connection to the broker's socket` {
    @Test func `sends plain requests and keeps the connection`() throws {
        let broker = try FakeBroker(connections: [[ok("{}"), ok(#"{"a":1}"#)]])
        let connection = try connection(to: broker)
        let first = try connection.exchange(BrokerRequest("GET", "/v1/health"))
        #expect(first.status == 200)
        let second = try connection.exchange(
            BrokerRequest("PUT", "/v1/x", body: Secret(utf8: "[]")))
        #expect(second.body.dangerouslyRevealedText() == #"{"a":1}"#)
        #expect(
            broker.requests == [
                "GET /v1/health HTTP/1.1\r\nHost: sesame\r\nAccept: application/json\r\n\r\n",
                "PUT /v1/x HTTP/1.1\r\nHost: sesame\r\nAccept: application/json\r\n"
                    + "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n[]",
            ])
    }

    @Test func `connects again when the broker closed it`() throws {
        let broker = try FakeBroker(connections: [[ok("{}", close: true)], [ok("{}")]])
        let connection = try connection(to: broker)
        _ = try connection.exchange(BrokerRequest("GET", "/1"))
        _ = try connection.exchange(BrokerRequest("GET", "/2"))
        #expect(broker.requests.count == 2)
    }

    @Test func `reports an end without an answer`() throws {
        let connection = try connection(to: FakeBroker(connections: [[.close]]))
        let problem = #expect(throws: Problem.self) {
            try connection.exchange(BrokerRequest("GET", "/"))
        }
        #expect(problem == Problem(.internal, "the broker ended without an answer"))
    }

    @Test func `gives up at the deadline`() throws {
        let connection = try connection(to: FakeBroker(connections: [[.stall]]))
        let problem = #expect(throws: Problem.self) {
            try connection.exchange(BrokerRequest("GET", "/", timeout: 0))
        }
        #expect(problem?.code == .temporary)
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}x", "HTTP/1.1 200 OK\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n{}", "SSH-2.0-x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: " + String(repeating: "x", count: 20_000),
    ])
    func `refuses answers that our broker would not write`(answer: String) throws {
        let connection = try connection(to: FakeBroker(connections: [[.answer(answer)]]))
        let problem = #expect(throws: Problem.self) {
            try connection.exchange(BrokerRequest("GET", "/"))
        }
        #expect(problem?.code == .internal)
    }

    @Test func `refuses a folder that others can write`() throws {
        let broker = try FakeBroker(connections: [])
        unsafe chmod(broker.folder, 0o777)
        let connection = try connection(to: broker)
        let problem = #expect(throws: Problem.self) {
            try connection.exchange(BrokerRequest("GET", "/"))
        }
        #expect(problem?.code == .callerRefused)
        #expect(broker.requests.isEmpty)
    }

    @Test func `refuses a name that is no socket`() throws {
        let connection = try SocketConnection(
            paths: SesamePaths(environment: ["SESAME_HOME": "/x", "SESAME_SOCKET": "/etc/passwd"]),
            environment: [:], program: "/bin/false")
        let problem = #expect(throws: Problem.self) {
            try connection.exchange(BrokerRequest("GET", "/"))
        }
        #expect(problem?.code == .callerRefused)
    }
}

@Suite struct `A broker for one command` {
    private let script = """
        #!/bin/sh
        [ "$*" = "--adopt 3" ] || exit 9
        [ "$(cat)" = "" ] || exit 8
        while IFS= read -r line <&3; do
          [ "$line" = "$(printf '\\r')" ] || continue
          body="$(env | grep -c -E '^(AWS_SECRET|LD_X)=') $SESAME_HOME $(ls /proc/self/fd | wc -l)"
          printf 'HTTP/1.1 200 OK\\r\\nContent-Length: %s\\r\\n\\r\\n%s' "${#body}" "$body" >&3
        done
        : > "$SESAME_HOME/ended"
        """

    @Test func `is started where nobody listens and ends with its client`() throws {
        var name = Array("/tmp/sesame-spawn-XXXXXX".utf8CString)
        let folder = unsafe String(cString: mkdtemp(&name))
        let program = folder + "/sesamed"
        let file = unsafe try #require(fopen(program, "we"))
        unsafe fputs(script, file)
        unsafe fclose(file)
        unsafe chmod(program, 0o700)
        let environment = [
            "SESAME_HOME": folder, "AWS_SECRET": "1", "LD_X": "1", "PATH": "/usr/bin:/bin",
        ]
        var connection: SocketConnection? = try SocketConnection(
            paths: SesamePaths(environment: environment), environment: environment, program: program
        )
        for _ in 0..<2 {
            let answer = try connection?.exchange(BrokerRequest("GET", "/"))
            // Descriptors 0 to 3 and the one that `ls` opens; none of the test process's own.
            #expect(answer?.body.dangerouslyRevealedText() == "0 \(folder) 5")
        }
        connection = nil
        #expect(unsafe access(folder + "/ended", F_OK) == 0)
        for file in ["/ended", "/sesamed"] { unsafe unlink(folder + file) }
        unsafe rmdir(folder)
    }

    @Test func `that cannot be started is reported`() throws {
        let connection = try SocketConnection(
            paths: SesamePaths(environment: ["SESAME_HOME": "/nowhere"]), environment: [:],
            program: "/nowhere/sesamed")
        let problem = #expect(throws: Problem.self) {
            try connection.exchange(BrokerRequest("GET", "/"))
        }
        #expect(problem?.code == .internal)
    }

    @Test func `gets few variables`() {
        let passed = BrokerEnvironment.passed(from: [
            "HOME": "h", "SESAME_HOME": "s", "XDG_RUNTIME_DIR": "x", "LD_PRELOAD": "l",
            "AWS_TOKEN": "t", "CREDENTIALS_DIRECTORY": "c", "STATE_DIRECTORY": "d",
            "GNUPGHOME": "g",
        ])
        #expect(
            passed == [
                "HOME": "h", "SESAME_HOME": "s", "XDG_RUNTIME_DIR": "x",
                "CREDENTIALS_DIRECTORY": "c", "STATE_DIRECTORY": "d", "GNUPGHOME": "g",
            ])
    }
}

private func connection(to broker: FakeBroker) throws -> SocketConnection {
    let environment = ["SESAME_HOME": "/nowhere", "SESAME_SOCKET": broker.socket]
    return try SocketConnection(
        paths: SesamePaths(environment: environment), environment: environment,
        program: "/bin/false")
}
