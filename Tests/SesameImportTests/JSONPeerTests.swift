import SesameImport
import SesameSecrets
import Testing

@Suite struct `An account of oidc-agent` {
    @Test func `is read as oidc-gen prints it`() throws {
        let account = try PeerProgram.oidcAgent.account(in: Fixture.text("oidc-gen.json"))
        #expect(account.name == "bench")
        #expect(
            account.settings == [
                "issuer": ["https://id.example.org/"], "client_id": ["fake-client"],
                "scope": ["read openid offline_access"],
                "redirect_uri": ["http://localhost:18999/callback"],
            ])
        let login = try account.vault.open(nil)
        #expect(login.refreshToken.dangerouslyRevealedText() == "fake-refresh-bench")
        #expect(login.clientSecret?.dangerouslyRevealedText() == "fake-client-secret")
    }

    @Test func `keeps an authority and an audience of its own`() throws {
        let account = try PeerProgram.oidcAgent.account(
            in:
                #"{"name":"n","client_id":"c","refresh_token":"r","cert_path":"/opt/ca.pem","audience":"a"}"#
        )
        #expect(account.settings["ca_file"] == ["/opt/ca.pem"])
        #expect(account.settings["token.audience"] == ["a"])
        #expect(try account.vault.open(nil).clientSecret == nil)
    }

    @Test func `that nobody is logged in to cannot be taken over`() throws {
        let account = try PeerProgram.oidcAgent.account(in: #"{"name":"n","client_id":"c"}"#)
        #expect(account.vault.obstacle?.code == .unsupported)
        #expect(throws: ImportError.self) { try account.vault.open(nil) }
    }
}

@Suite struct `A login of gcloud` {
    @Test(arguments: ["gcloud-adc.json", "gcloud-quota.json"])
    func `is read as gcloud writes it`(file: String) throws {
        let account = try PeerProgram.gcloud.account(in: Fixture.text(file))
        #expect(account.name == "application-default")
        #expect(
            account.settings == [
                "issuer": ["https://accounts.google.com"],
                "client_id": ["fake-client.apps.googleusercontent.com"],
            ])
        let login = try account.vault.open(nil)
        #expect(login.refreshToken.dangerouslyRevealedText() == "fake-refresh-google")
        #expect(login.clientSecret?.dangerouslyRevealedText() == "fake-client-secret")
    }

    @Test func `has the name that it is given where the file has none`() throws {
        let file = try Fixture.read("gcloud-adc.json")
        let account = try PeerProgram.gcloud.accounts(in: file, named: "ada@example.org")
        #expect(account.map(\.name) == ["ada@example.org"])
    }

    @Test(arguments: ["service_account", "external_account", "impersonated_service_account", ""])
    func `that is no person's is named as what it is`(type: String) throws {
        let account = try PeerProgram.gcloud.account(
            in: #"{"type":"\#(type)","client_id":"c","refresh_token":"r"}"#)
        let obstacle = try #require(account.vault.obstacle)
        #expect(obstacle.code == .unsupported)
        #expect(throws: ImportError.self) { try account.vault.open(nil) }
        #expect(type != "service_account" || obstacle.message.contains("key of a service account"))
    }

    @Test func `of another cloud is not sent to Google`() throws {
        let account = try PeerProgram.gcloud.account(
            in:
                #"{"type":"authorized_user","client_id":"c","refresh_token":"r","universe_domain":"example.org"}"#
        )
        #expect(account.vault.obstacle?.message.contains("example.org") == true)
    }
}

@Suite struct `A token file of mutt` {
    @Test func `is read as its script writes it, without a client`() throws {
        let account = try PeerProgram.muttOAuth2.account(in: Fixture.text("mutt-token.json"))
        #expect(account.name == "ada@example.org")
        #expect(account.settings["client_id"] == nil)
        #expect(account.settings["client_auth"] == nil)
        #expect(
            account.settings["token_endpoint"]
                == ["https://login.microsoftonline.com/common/oauth2/v2.0/token"])
        #expect(account.settings["redirect_uri"] == ["http://localhost:0/"])
        #expect(account.settings["scope"]?.first?.contains("IMAP.AccessAsUser.All") == true)
        let login = try account.vault.open(nil)
        #expect(login.refreshToken.dangerouslyRevealedText() == "fake-refresh-next")
    }

    /// The script of neomutt asks for a client and writes both of it into the file.
    @Test func `has the client where the script of neomutt wrote it`() throws {
        let account = try PeerProgram.muttOAuth2.account(
            in:
                #"{"registration":"google","authflow":"authcode","email":"ada@example.org","refresh_token":"r","#
                + #""access_token":"","access_token_expiration":"","client_id":"c","client_secret":"s"}"#
        )
        #expect(
            account.settings == [
                "issuer": ["https://accounts.google.com"], "scope": ["https://mail.google.com/"],
                "client_id": ["c"], "client_auth": ["client_secret_post"],
            ])
        #expect(try account.vault.open(nil).clientSecret?.dangerouslyRevealedText() == "s")
    }

    @Test func `of a server that the script does not know has no endpoints`() throws {
        let account = try PeerProgram.muttOAuth2.account(
            in: #"{"registration":"work","email":"a@b","refresh_token":"r"}"#)
        #expect(account.settings.isEmpty)
    }

    @Test(arguments: ["-----BEGIN PGP MESSAGE-----\n\nhQGM", "\u{85}\u{01}\u{8C}"])
    func `that is still encrypted says how to decrypt it`(text: String) {
        let refusal = PeerProgram.muttOAuth2.refusal(of: text)
        #expect(refusal?.message == "it is encrypted")
        #expect(refusal?.hints.first?.hasPrefix("gpg --decrypt") == true)
    }
}
