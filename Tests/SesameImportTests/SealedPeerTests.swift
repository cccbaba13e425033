import SesameImport
import SesameSecrets
import Testing

@Suite struct `A configuration of email-oauth2-proxy` {
    private func account(_ name: String, _ text: String? = nil) throws -> ForeignAccount {
        let text = try text ?? Fixture.text("emailproxy.config")
        return try #require(
            try PeerProgram.emailProxy.accounts(in: text).first { $0.name == name })
    }

    @Test func `lists its accounts without a password`() throws {
        let accounts = try PeerProgram.emailProxy.accounts(in: Fixture.text("emailproxy.config"))
        #expect(
            accounts.map(\.name) == ["ada@example.org", "bob@example.org", "carol@example.org"])
        #expect(accounts.map { $0.vault.needsPassword } == [true, true, true])
        #expect(accounts.map { $0.vault.obstacle == nil } == [true, true, false])
        #expect(
            accounts[0].settings == [
                "authorization_endpoint": ["https://login.example.org/authorize"],
                "token_endpoint": ["https://login.example.org/token"],
                "client_id": ["fake-client"], "client_auth": ["client_secret_post"],
                "redirect_uri": ["http://localhost"],
                "scope": ["https://mail.example.org/IMAP offline_access"],
            ])
    }

    @Test func `opens with the password of the mail account`() throws {
        let login = try account("ada@example.org").vault.open(Secret(utf8: "fake password of ada"))
        #expect(login.refreshToken.dangerouslyRevealedText() == "fake-refresh-next")
        #expect(login.clientSecret?.dangerouslyRevealedText() == "fake-client-secret")
    }

    @Test func `of before 2023 names no number of iterations`() throws {
        let login = try account("bob@example.org").vault.open(Secret(utf8: "fake password of bob"))
        #expect(login.refreshToken.dangerouslyRevealedText() == "fake-refresh-bob")
        #expect(login.clientSecret == nil)
    }

    @Test func `opens with no other password, nor without one`() throws {
        let vault = try account("bob@example.org").vault
        for password in [nil, Secret.empty, Secret(utf8: "fake password of ada")] {
            #expect(refusal(vault, password)?.code == .wrongPassword)
        }
    }

    @Test func `that was changed in any byte of its sealed token does not open`() throws {
        let text = try Fixture.text("emailproxy.config")
        let mark = "refresh_token = gAAAAABrCeDJN96sxfkD"
        for (offset, letter) in mark.enumerated().dropFirst(16) {
            let changed =
                mark.prefix(offset) + (letter == "A" ? "B" : "A") + mark.dropFirst(offset + 1)
            let vault = try account("bob@example.org", text.replacing(mark, with: changed)).vault
            #expect(refusal(vault, Secret(utf8: "fake password of bob")) != nil, "\(offset)")
        }
    }

    @Test(arguments: ["0", "-1", "10000001", "9223372036854775808", "many"])
    func `with iterations that nobody uses is refused at once`(iterations: String) throws {
        let text = try Fixture.text("emailproxy.config").replacing(
            "= 1200000", with: "= \(iterations)")
        let vault = try account("ada@example.org", text).vault
        #expect(refusal(vault, Secret(utf8: "fake password of ada"))?.code == .malformed)
    }

    @Test(arguments: ["", "=", "AA=A", "!!!!", String(repeating: "A", count: 2000)])
    func `with a salt that is none is refused`(salt: String) throws {
        let text = try Fixture.text("emailproxy.config").replacing(
            "qV26g98N/yR2HfVVPCUU6Q==", with: salt)
        let vault = try account("ada@example.org", text).vault
        #expect(refusal(vault, Secret(utf8: "fake password of ada"))?.code == .malformed)
    }

    @Test func `takes what is missing from the sections for all, where the proxy would`() throws {
        let text = """
            [emailproxy]
            allow_catch_all_accounts = yes
            [@example.org]
            Token_URL: https://id.example.org/token
            client_id = shared
            [ada@example.org]
            refresh_token = x
            """
        #expect(try account("ada@example.org", text).settings["client_id"] == ["shared"])
        let without = text.replacing("= yes", with: "= no")
        #expect(try account("ada@example.org", without).settings["client_id"] == nil)
    }

    private func refusal(_ vault: any ForeignVault, _ password: Secret?) -> ImportError? {
        do throws(ImportError) { _ = try vault.open(password) } catch { return error }
        return nil
    }
}

@Suite struct `A dump of pizauth` {
    private func accounts() throws -> [ForeignAccount] {
        try PeerProgram.pizauth.accounts(in: Fixture.read("pizauth.dump"), named: nil)
    }

    @Test func `is read as bincode writes it`() throws {
        let accounts = try accounts()
        #expect(accounts.map(\.name) == ["idle", "office", "public"])
        #expect(
            accounts[1].settings == [
                "authorization_endpoint": [
                    "https://login.example.org/common/oauth2/v2.0/authorize"
                ],
                "token_endpoint": ["https://login.example.org/common/oauth2/v2.0/token"],
                "client_id": ["fake-client"], "client_auth": ["client_secret_post"],
                "redirect_uri": ["http://localhost:0/"], "scope": ["imap offline_access"],
                "authorize.login_hint": ["ada@example.org"],
            ])
        let login = try accounts[1].vault.open(nil)
        #expect(login.refreshToken.dangerouslyRevealedText() == "fake-refresh-office")
        #expect(login.clientSecret?.dangerouslyRevealedText() == "fake-client-secret")
    }

    @Test func `has accounts that nobody is logged in to, or that have no refresh token`() throws {
        let accounts = try accounts()
        for account in [accounts[0], accounts[2]] {
            #expect(account.vault.obstacle?.code == .unsupported)
        }
        #expect(accounts[2].settings["redirect_uri"] == ["http://localhost:8099/cb"])
    }

    @Test func `that was changed in any byte, or cut, is refused`() throws {
        let bytes = try Fixture.read("pizauth.dump").dangerouslyRevealedBytes()
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 1
            #expect(refusal(changed)?.code == .malformed, "\(index)")
            #expect(refusal(Array(bytes[..<index]))?.code == .malformed, "\(index)")
        }
    }

    private func refusal(_ bytes: [UInt8]) -> ImportError? {
        do throws(ImportError) {
            _ = try PeerProgram.pizauth.accounts(in: Secret(copying: bytes), named: nil)
        } catch { return error }
        return nil
    }
}
