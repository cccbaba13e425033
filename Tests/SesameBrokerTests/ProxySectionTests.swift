import SesameBroker
import SesameHTTP
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@Suite struct `The section of a proxy` {
    private static let profiles = """
        [profile one]
        client_id = a
        issuer = https://id.example
        allow = https://api.example/v1

        [profile two]
        client_id = a
        issuer = https://id.example
        allow = https://api.example/v1
        allow = https://other.example


        """

    private func proxies(_ text: String) throws -> [ProxySettings] {
        let folder = TemporaryFolder()
        try PrivateFile.create(folder.file("config"), Secret(utf8: Self.profiles + text))
        return try ConfigurationFile(path: folder.file("config"), home: "/home/x").contents()
            .proxies
    }

    @Test func `says where it listens, for whom, and what lies behind it`() throws {
        let all = try proxies(
            """
            [proxy a]
            profile = one
            listen = 127.0.0.1:8081

            [proxy b]
            profile = two
            listen = [::1]:8081
            to = https://other.example/x
            timeout = 15m

            [proxy c]
            profile = one
            listen = ~/.run/c.sock
            to = https://api.example/v1/deep

            """)
        #expect(all.map(\.name) == ["a", "b", "c"])
        #expect(all.map(\.profile) == ["one", "two", "one"])
        #expect(
            all.map(\.place) == [
                .ipv4(port: 8081), .ipv6(port: 8081), .unix(path: "/home/x/.run/c.sock"),
            ])
        #expect(
            all.map(\.target.description) == [
                "https://api.example/v1", "https://other.example/x", "https://api.example/v1/deep",
            ])
        #expect(all.map(\.timeout) == [300, 900, 300])
    }

    @Test(arguments: [
        ("[proxy a]\nlisten = 127.0.0.1:1\n", 12, "whose credential"),
        ("[proxy a]\nprofile = none\nlisten = 127.0.0.1:1\n", 13, "that there is not"),
        ("[proxy a]\nprofile = one\n", 12, "where it listens"),
        ("[proxy a]\nprofile = two\nlisten = 127.0.0.1:1\n", 12, "where it forwards to"),
        ("[proxy a]\nprofile = one\nlisten = 127.0.0.1\n", 14, "127.0.0.1:PORT"),
        ("[proxy a]\nprofile = one\nlisten = 127.0.0.1:0\n", 14, "no port"),
        ("[proxy a]\nprofile = one\nlisten = 127.0.0.1:70000\n", 14, "no port"),
        ("[proxy a]\nprofile = one\nlisten = 0.0.0.0:80\n", 14, "other machines get nothing"),
        ("[proxy a]\nprofile = one\nlisten = :8081\n", 14, "other machines get nothing"),
        ("[proxy a]\nprofile = one\nlisten = x.sock\n", 14, "absolute path"),
        (
            "[proxy a]\nprofile = one\nlisten = 127.0.0.1:1\nto = https://evil.example\n", 15,
            "not within"
        ),
        (
            "[proxy a]\nprofile = one\nlisten = 127.0.0.1:1\nto = https://api.example\n", 15,
            "not within"
        ),
        (
            "[proxy a]\nprofile = one\nlisten = 127.0.0.1:1\nto = http://api.example/v1\n", 15,
            "https URL"
        ),
        ("[proxy a]\nprofile = one\nlisten = 127.0.0.1:1\ntimeout = 0\n", 15, "time such as"),
        ("[proxy a]\nprofile = one\nlisten = 127.0.0.1:1\nport = 1\n", 15, "unknown key `port`"),
        ("[proxy a b]\nprofile = one\n", 12, "proxy's name"),
        (
            "[proxy a]\nprofile = one\nlisten = 127.0.0.1:1\n[proxy b]\nprofile = one\n"
                + "listen = localhost:1\n", 17, "[proxy a] listens there already"
        ),
    ])
    func `with a mistake is told with its line`(text: String, line: Int, words: String) throws {
        let error = #expect(throws: BrokerError.self) { try proxies(text) }
        let message = try #require(error?.message)
        #expect(message.contains("line \(line):"), "\(message)")
        #expect(message.contains(words), "\(message)")
    }
}
