import SesameBroker
import SesameSecrets
import SesameStore
import SesameSystem
import TestSupport
import Testing

@Suite struct `The section of the store` {
    private let folder = TemporaryFolder()

    private func file(_ text: String) throws -> ConfigurationFile {
        try PrivateFile.create(folder.file("config"), Secret(utf8: text))
        return ConfigurationFile(path: folder.file("config"), home: "/home/me")
    }

    private var text: String {
        get throws {
            try PrivateFile.read(folder.file("config"), limit: 1 << 20).dangerouslyRevealedText()
        }
    }

    @Test func `names each source of the key`() throws {
        let vectors: [(String, KeySource)] = [
            ("key_file = ~/k", .file(path: "/home/me/k")), ("key_file = /k", .file(path: "/k")),
            ("key_file = sub/k", .file(path: folder.file("sub/k"))),
            ("key_credential = sesame.key", .credential(name: "sesame.key")),
            (
                "key_command = /usr/bin/pass  show \"a b\" \"\"  ; mine",
                .command(["/usr/bin/pass", "show", "a b", ""])
            ), ("passphrase = prompt", .passphrase),
        ]
        for (line, source) in vectors {
            let folder = TemporaryFolder()
            try PrivateFile.create(folder.file("config"), Secret(utf8: "[store]\n\(line)\n"))
            let file = ConfigurationFile(path: folder.file("config"), home: "/home/me")
            guard case .file(let path) = source, path.hasSuffix("sub/k") else {
                #expect(try file.contents().store.source == source)
                continue
            }
            #expect(try file.contents().store.source == .file(path: folder.file("sub/k")))
        }
    }

    @Test func `says nothing where it is missing`() throws {
        let settings = try file("[profile a]\nclient_id = x\n").contents().store
        #expect(settings == VaultSettings())
        #expect(settings.source == nil && settings.unlockTimeout == 43_200)
    }

    @Test func `has a time limit and an anchor`() throws {
        let settings = try file(
            "[store]\nunlock_timeout = 60\nanchor = /var/lib/x/anchor\n"
        ).contents().store
        #expect(settings.unlockTimeout == 60)
        #expect(settings.anchor == .file(path: "/var/lib/x/anchor"))
    }

    @Test func `keeps its comments when the source changes`() throws {
        let file = try file(
            """
            # mine
            [store]
            ; the old key
            key_file = /k ; gone soon
            unlock_timeout = 60

            [profile a]
            client_id = x

            """)
        try file.pin(.command(["/usr/bin/pass", "show", "my key"]))
        #expect(
            try text == """
                # mine
                [store]
                ; the old key
                unlock_timeout = 60
                key_command = /usr/bin/pass show "my key"

                [profile a]
                client_id = x

                """)
        #expect(try file.contents().store.source == .command(["/usr/bin/pass", "show", "my key"]))
        try file.pin(nil)
        #expect(try file.contents().store.source == nil)
        #expect(try text.contains("unlock_timeout = 60"))
    }

    @Test func `is made where there was none`() throws {
        let file = ConfigurationFile(path: folder.file("new/config"), home: "/home/me")
        try file.pin(.passphrase)
        #expect(try file.contents().store.source == .passphrase)
    }

    @Test(arguments: [
        KeySource.command(["/bin/echo", "a ;b"]), .command(["/bin/echo", "a\"b"]),
        .command(["/bin/echo", "a\nb = c"]), .command(["pass"]), .file(path: "/a ;b"),
        .credential(name: "a/b"), .file(path: " /k"),
    ])
    func `is left alone when the source could not be read again`(source: KeySource) throws {
        let before = "[store]\nkey_file = /k\n"
        let file = try file(before)
        let error = #expect(throws: StoreError.self) { try file.pin(source) }
        #expect(error?.code == .keySource)
        #expect(try text == before)
    }

    @Test func `stays when profiles are restored, which are added where they are missing`() throws {
        let file = ConfigurationFile(path: folder.file("new/config"), home: "/home/me")
        #expect(try file.text() == nil)
        #expect(throws: StoreError.self) { try file.restore("[nonsense]\n") }
        #expect(throws: StoreError.self) { try file.restore("[profile a]\nno_key = 1\n") }
        #expect(try file.text() == nil)
        try file.pin(.passphrase)
        let given = """
            [store]
            key_file = /other
            [profile a]
            issuer = https://a.example
            client_id = a
            allow = https://a.example/one
            allow = https://a.example/two
            [profile b]
            issuer = https://b.example
            client_id = other
            """
        #expect(
            try file.restore("[profile b]\nissuer = https://b.example\nclient_id = b\n") == ["b"])
        #expect(try file.restore(given) == ["a"])
        #expect(try file.restore(given) == [])
        #expect(try file.vaultSettings().source == .passphrase)
        let profiles = try file.contents().profiles
        #expect(profiles.map(\.name) == ["b", "a"])
        #expect(profiles.map(\.clientID) == ["b", "a"])
        #expect(try file.text()?.contains("allow = https://a.example/two") == true)
    }
}
