import SesameBroker
import SesameSecrets
import SesameStore
import SesameSystem
import TestSupport
import Testing

@Suite struct `The configuration` {
    private func message(_ text: String) async throws -> String {
        let house = try Household(text)
        let error = try #require(
            await failure { () throws(BrokerError) in try await house.broker.allStatuses() })
        #expect(error.code == .configuration)
        return error.message
    }

    @Test(arguments: [
        (
            "[profile a]\nbase_ur = https://x.example\n",
            "line 2: unknown key `base_ur`; did you mean `base_url`?"
        ),
        ("\n\n[profile a]\nzzzzzzzz = 1\n", "line 4: unknown key `zzzzzzzz`"),
        ("[profile a]\nclient_id\n", "line 2: expected `key = value`"),
        ("[profile a\n", "line 1: a [section] is not closed"),
        ("client_id = x\n", "line 1: a setting stands before the first [section]"),
        ("[profile a]\nclient_id = x\nclient_id = y\n", "line 3: `client_id` occurs twice"),
        ("[profile a]\n[profile a]\n", "line 2: the section [profile a] occurs twice"),
        ("[profile a b]\n", "line 1: a profile's name"),
        ("[wrong]\n", "line 1: unknown section"),
        ("[profile a]\nbase_url = http://acme.example\n", "line 2: `base_url` must be https"),
        ("[profile a]\ngrant = password\n", "line 2: `grant` is one of"),
        ("[profile a]\ndpop = always\n", "line 2: `dpop` is one of"),
        ("[profile a]\nredirect_uri = http://192.168.1.1/cb\n", "line 2: `redirect_uri`"),
        ("[store]\npassphrase = hunter2\n", "line 2: `passphrase` is always `prompt`"),
        ("[store]\nkey_file = k\n\nkey_credential = c\n", "line 4: [store] has two sources"),
        ("[store]\nkey_file = k\nkey_file = l\n", "line 3: `key_file` occurs twice"),
        ("[store]\nkey_file =\n", "line 2: `key_file` has no value"),
        ("[store]\nkey_credential = ../c\n", "line 2: `key_credential` is the name"),
        ("[store]\nkey_command = pass show x\n", "line 2: `key_command` begins with the absolute"),
        ("[store]\nkey_command = /bin/pass \"x\n", "line 2: `key_command` has a quotation mark"),
        ("[store]\nunlock_timeout = 0\n", "line 2: `unlock_timeout` is a number of seconds"),
        ("[store]\nunlock_timeout = 1h\n", "line 2: `unlock_timeout` is a number of seconds"),
        ("[store]\nanchor = tpm\n", "line 2: `anchor` is `off`, `keyring` or an absolute path"),
        ("[store]\nkey_fil = k\n", "line 2: unknown key `key_fil` in [store]"),
        ("[profile a]\nclient_id =\n", "line 2: `client_id` has no value"),
    ])
    func `names the line of a mistake, and what to do`(text: String, expected: String) async throws
    {
        #expect(try await message(text).contains(expected))
    }

    /// Rewritten with marks in its place, the comment would be lost.
    @Test func `that is no UTF-8 is refused with its line, and left as it is`() throws {
        let folder = TemporaryFolder()
        let bytes = Array("[profile a]\n; caf".utf8) + [0xE9, 0x0A]
        try PrivateFile.create(folder.file("config"), Secret(copying: bytes.span))
        let file = ConfigurationFile(path: folder.file("config"), home: folder.path)
        let error = #expect(throws: BrokerError.self) {
            try file.apply(["client_id": ["x"]], to: "a")
        }
        #expect(error?.message.contains("line 2") == true)
        #expect(try PrivateFile.read(folder.file("config"), limit: 100).count == bytes.count)
    }

    @Test func `keeps its comments and its order when a profile changes`() async throws {
        let house = try Household()
        _ = try await house.broker.setUp(
            "aivie", changes: ["client_id": ["2_new"], "scope": ["a b"]], secrets: ClientSecrets())
        let text = try house.text("config")
        #expect(text.contains("# a comment that must survive"))
        #expect(text.contains("client_id = 2_new"))
        #expect(!text.contains("1_abc"))
        #expect(text.contains("scope = a b\n\n[profile robot]"))
    }

    @Test func `never gets a secret`() async throws {
        let house = try Household()
        let secrets = ClientSecrets(
            clientSecret: Secret(utf8: "canary-secret"), username: nil, password: nil)
        _ = try await house.broker.setUp("aivie", changes: [:], secrets: secrets)
        #expect(!(try house.text("config")).contains("canary"))
        #expect(
            try await house.store.secrets(of: "aivie")?.clientSecret?.dangerouslyRevealedText()
                == "canary-secret")
    }

    @Test func `is left alone when a change is refused`() async throws {
        let house = try Household()
        let before = try house.text("config")
        let secrets = ClientSecrets(clientSecret: Secret(utf8: "x"), username: nil, password: nil)
        for changes in [
            ["base_url": ["http://plain.example"]], ["nonsense": ["1"]], ["scope": ["a\nb = c"]],
        ] {
            let error = await failure { () throws(BrokerError) in
                try await house.broker.setUp("aivie", changes: changes, secrets: secrets)
            }
            #expect(error?.code == .configuration)
        }
        #expect(try house.text("config") == before)
        #expect(try await house.store.secrets(of: "aivie") == nil)
    }

    @Test func `is read again when it changes under a running broker`() async throws {
        let house = try Household()
        #expect(
            try await house.broker.allStatuses().map(\.profile.name) == ["aivie", "robot", "plain"])
        try PrivateFile.replace(
            house.folder.path + "/config", Secret(utf8: "[profile other]\nclient_id = x\n"))
        #expect(try await house.broker.allStatuses().map(\.profile.name) == ["other"])
    }

    @Test func `knows the quirks of a preset`() async throws {
        let house = try Household()
        let report = try await house.broker.setUp("aivie", changes: [:], secrets: ClientSecrets())
        #expect(report.redirectURI == "http://127.0.0.1:8400/callback")
        #expect(report.instructions.contains { $0.contains("http://127.0.0.1:8400/callback") })
        #expect(report.warnings.contains { $0.contains("no client secret yet") })
    }

    @Test func `keeps a profile whose server is down, with a warning`() async throws {
        let house = try Household()
        house.server.prepare(.unreachable)
        let report = try await house.broker.setUp(
            "fresh",
            changes: [
                "provider": ["mautic"], "base_url": ["https://acme.example"], "client_id": ["x"],
            ],
            secrets: ClientSecrets(clientSecret: Secret(utf8: "s"), username: nil, password: nil))
        #expect(report.wasCreated)
        #expect(report.warnings.contains { $0.contains("could not be reached") })
        #expect(try house.text("config").contains("[profile fresh]\nprovider = mautic\n"))
    }

    @Test(arguments: [
        ("ca_file", "/missing", "ca_file /missing cannot be found"),
        ("redirect_uri", "nonsense", "`redirect_uri` is a loopback URL"),
    ])
    func `refuses a bad change without a trace, and without a line that nobody can find`(
        key: String, value: String, words: String
    ) async throws {
        let house = try Household()
        let before = try house.text("config")
        let error = try #require(
            await failure { () throws(BrokerError) in
                try await house.broker.setUp(
                    "aivie", changes: [key: [value]], secrets: ClientSecrets())
            })
        #expect(error.code == .configuration)
        #expect(error.message.hasPrefix(words), "\(error.message)")
        #expect(try house.text("config") == before)
    }
}
