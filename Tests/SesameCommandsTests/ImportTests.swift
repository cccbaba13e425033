import SesameJSON
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@Suite struct `sesame import` {
    private let folder = TemporaryFolder()
    private static let imported =
        #"{"account":"ada@example.org","profile":"ada-example.org","settings":{},"checked":true,"rotated":true,"#
        + #""scope":"mail","expires_at":null,"warnings":[]}"#
    private static let listed =
        #"{"accounts":[{"account":"ada@example.org","settings":{},"sealed":true,"obstacle":null},"#
        + #"{"account":"bob@example.org","settings":{},"sealed":true,"obstacle":"it has no refresh token"}]}"#

    private func write(_ text: String, to name: String) throws -> String {
        try PrivateFile.create(folder.file(name), Secret(utf8: text))
        return folder.file(name)
    }

    @Test func `lists the accounts of a file that holds several, and takes none over`() throws {
        let file = try write("contents", to: "proxy.config")
        let stage = Stage([(200, Self.listed)])
        #expect(stage.run("import", "email-oauth2-proxy", file) == 0)
        #expect(stage.output.contains("ada@example.org  ada-example.org  password"))
        #expect(stage.output.contains("it has no refresh token"))
        #expect(stage.broker.requests.count == 1)
        #expect(stage.broker.requests[0].contains(#""content":"Y29udGVudHM""#))
        #expect(!stage.broker.requests[0].contains("profile"))
    }

    @Test func `takes an account over, and says what must not happen from now on`() throws {
        let file = try write("contents", to: "proxy.config")
        let stage = Stage(
            [(200, Self.listed), (201, Self.imported)],
            input: ["secret password"])
        let code = stage.run(
            "import", "email-oauth2-proxy", file, "ada@example.org", "--passphrase-fd", "0")
        #expect(code == 0, "\(stage.errors)")
        let request = try #require(stage.broker.requests.last)
        #expect(request.contains(#""password":"secret password""#))
        #expect(request.contains(#""account":"ada@example.org""#))
        #expect(request.contains(#""profile":"ada-example.org""#))
        #expect(request.contains(#""check":true"#))
        #expect(
            stage.output
                == "profile ada-example.org: imported from email-oauth2-proxy, account ada@example.org\n"
        )
        #expect(stage.errors.contains("the one that email-oauth2-proxy has is spent"))
        #expect(stage.errors.contains("do not let both use it"))
        #expect(stage.errors.contains("own copy stays in \(file)"))
        #expect(stage.errors.contains("stop the proxy"))
    }

    @Test func `exits with 9 when some of all could be taken over`() throws {
        let file = try write("contents", to: "proxy.config")
        let stage = Stage(
            [(200, Self.listed), (201, Self.imported)],
            input: ["secret password"])
        #expect(
            stage.run("import", "email-oauth2-proxy", file, "--all", "--passphrase-fd", "0") == 9)
        #expect(stage.errors.contains("bob@example.org: it has no refresh token"))
    }

    @Test func `takes settings of the person's own, and a client secret from a file`() throws {
        let file = try write(#"{"registration":"work"}"#, to: "tokens")
        let secret = try write("client secret\n", to: "secret")
        let stage = Stage([(201, Self.imported)])
        let code = stage.run(
            "import", "mutt_oauth2", file, "--as", "mail", "--issuer", "https://id.example",
            "--client-id",
            "c", "--client-secret-file", secret, "--no-check")
        #expect(code == 0, "\(stage.errors)")
        let request = try #require(stage.broker.requests.last)
        for part in [
            #""profile":"mail""#, #""issuer":["https://id.example"]"#, #""client_id":["c"]"#,
            #""client_secret":"client secret""#, #""check":false"#,
        ] {
            #expect(request.contains(part), "\(part)")
        }
        #expect(!request.contains(#""account""#))
    }

    @Test func `reads a file from standard input`() throws {
        let stage = Stage([(201, Self.imported)], input: ["{}"])
        #expect(stage.run("import", "mutt_oauth2", "-", "--as", "mail", "--json") == 0)
        #expect(stage.broker.requests.last?.contains(#""content":"e30""#) == true)
        let object = try JSON(parsing: Secret(utf8: stage.output))
        #expect(object["peer"]?.string == "mutt_oauth2" && object["from"]?.string == "-")
    }

    @Test func `finds what gcloud keeps, and what of it is no login`() throws {
        try PrivateFile.makeDirectory(folder.file(".config"))
        try PrivateFile.makeDirectory(folder.file(".config/gcloud"))
        let adc = try write("{}", to: ".config/gcloud/application_default_credentials.json")
        let listed =
            #"{"accounts":[{"account":"application-default","settings":{},"sealed":false,"#
            + #""obstacle":"it is the key of a service account"}]}"#
        var stage = Stage([(200, listed)])
        stage.environment["HOME"] = folder.path
        #expect(stage.run("import", "gcloud", "--json") == 0)
        let object = try JSON(parsing: Secret(utf8: stage.output))
        #expect(object["account"]?.string == "application-default")
        #expect(object["from"]?.string == adc)
        #expect(object["obstacle"]?.string == "it is the key of a service account")
    }

    @Test func `finds the accounts of oidc-agent by their files, without opening any`() throws {
        let sealed =
            "519\nbm9uY2U=\nc2FsdA==\n24:16:16:32:1:2:67108864:2\nc2VhbGVk\nc3Vt\nGenerated"
        for (name, text) in [
            ("bench", sealed), ("gpg", "-----BEGIN PGP MESSAGE-----\n\nhQGM\n"),
            ("issuer.config", "https://id.example/ bench\n"), ("one.clientconfig", sealed),
            (".hidden", sealed), ("notes", "519\n"),
        ] { _ = try write(text, to: name) }
        var stage = Stage()
        stage.environment["OIDC_CONFIG_DIR"] = folder.path
        #expect(stage.run("import", "oidc-agent") == 0)
        let lines = stage.output.split(separator: "\n").dropFirst()
        #expect(lines.map { $0.prefix { $0 != " " } } == ["bench", "gpg"])
        #expect(lines.first?.contains("passphrase") == true)
        #expect(lines.last?.contains("gnupg") == true)
        #expect(stage.broker.requests.isEmpty)
    }

    @Test func `does without oidc-gen only where its output is given`() throws {
        let sealed = "519\nbm9uY2U=\nc2FsdA==\n24:16:16:32:1:2:67108864:2\nc2VhbGVk\n"
        _ = try write(sealed, to: "bench")
        var stage = Stage(input: ["practice"])
        stage.environment["OIDC_CONFIG_DIR"] = folder.path
        stage.environment["PATH"] = folder.path
        #expect(stage.run("import", "oidc-agent", "bench", "--passphrase-fd", "0") == 2)
        #expect(stage.errors.contains("oidc-gen --print ACCOUNT | sesame import oidc-agent -"))
    }

    @Test(arguments: [
        (["import"], "from which program?"),
        (["import", "oidc-agnet"], "did you mean oidc-agent?"),
        (["import", "mutt_oauth2"], "gpg --decrypt FILE | sesame import mutt_oauth2 -"),
        (["import", "pizauth"], "pizauth dump | sesame import pizauth -"),
        (["import", "gcloud", "nobody"], "gcloud has no account nobody"),
        (["import", "gcloud", "--all", "--as", "x"], "each as a profile of its own name"),
        (["import", "gcloud", "--as", "x"], "--as is for one account"),
        (["import", "gcloud", "a", "b"], "too many arguments"),
        (["import", "mutt_oauth2", "-", "--client-secret-stdin"], "--client-secret-file"),
        (["import", "gcloud", "--grant", "basic"], "unknown option"),
    ])
    func `refuses what it cannot do, and says what it can`(words: [String], message: String) {
        var stage = Stage()
        stage.environment["HOME"] = folder.path
        #expect(stage.run(words) == 2)
        #expect(stage.errors.contains(message), "\(stage.errors)")
    }

    @Test func `passes on why the broker refused`() throws {
        let problem =
            #"{"title":"t","status":409,"detail":"nothing was imported","code":"login_required","hints":["later"]}"#
        let stage = Stage([(409, problem)], input: ["{}"])
        #expect(stage.run("import", "mutt_oauth2", "-", "--as", "mail") == 3)
        #expect(stage.errors.contains("nothing was imported"))
    }
}
