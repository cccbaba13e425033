import SesameBrokerAPI
import SesameCommands
import SesameJSON
import SesameSecrets
import TestSupport
import Testing

/// Three presets: one that needs nothing, one with blanks, one that a server's words try to spoil.
private let presets: [String] = [
    #"{"names":["github"],"title":"GitHub","needs":[{"key":"client_id","form":null,"blanks":[]}],"#
        + #""settings":{"base_url":["https://api.github.com"]},"register":{"page":"https://github.com/settings","#
        + #""redirect_uri":"http://127.0.0.1/callback"},"client_secret_needed":true,"api_known":true,"#
        + #""login_scope":[],"pkce":"supported","lifetimes":{"access_token":28800,"login":"until_revoked","#
        + #""idle":null},"rotation":"always","notes":["the port is ignored"],"#
        + #""sources":[{"url":"https://docs.github.com/","facts":"all"}],"looked_up":"2026-11"}"#,
    #"{"names":["okta"],"title":"Okta","needs":[{"key":"issuer","form":"https://DOMAIN/oauth2/SERVER","#
        + #""blanks":[{"name":"DOMAIN","meaning":"the domain","example":"acme.okta.com"},"#
        + #"{"name":"SERVER","meaning":"the server","example":"default"}]},"#
        + #"{"key":"client_id","form":null,"blanks":[]},{"key":"scope","form":null,"blanks":[]}],"#
        + #""settings":{},"register":{"page":null,"redirect_uri":"http://localhost:8400/callback"},"#
        + #""client_secret_needed":false,"api_known":false,"login_scope":["offline_access"],"pkce":"supported","#
        + #""lifetimes":{"access_token":null,"login":null,"idle":604800},"rotation":"configurable","notes":["n"],"#
        + #""sources":[{"url":"https://developer.okta.com/","facts":"all"}],"looked_up":"2026-11"}"#,
    #"{"names":["mautic","aivie"],"title":"Mautic\u001b[31m","needs":[],"settings":{},"#
        + #""register":{"page":null,"redirect_uri":null},"client_secret_needed":true,"api_known":true,"#
        + #""login_scope":[],"pkce":"ignored","lifetimes":{"access_token":null,"login":null,"idle":null},"#
        + #""rotation":"always","notes":[],"sources":[{"url":"https://m.example/","facts":"all"}],"#
        + #""looked_up":"2026-11"}"#,
]
private let listed = #"{"providers":[\#(presets.joined(separator: ","))]}"#

@Suite struct `sesame setup --list-providers` {
    @Test func `shows a person a table, without anything that is no text`() {
        let stage = Stage([(200, listed)])
        #expect(stage.run("setup", "--list-providers") == 0)
        #expect(stage.broker.requests == ["GET /v1/providers"])
        let lines = stage.output.split(separator: "\n").map(String.init)
        #expect(lines.count == 4)
        #expect(lines[0].hasPrefix("NAME"))
        #expect(lines[1].hasPrefix("github "))
        #expect(lines[1].contains("client_id, client secret"))
        #expect(lines[1].hasSuffix("http://127.0.0.1/callback"))
        #expect(lines[2].contains("issuer, client_id, scope"))
        #expect(lines[3].hasPrefix("mautic, aivie"))
        #expect(!stage.output.contains("\u{1b}"))
    }

    @Test func `gives a script one object a line`() throws {
        let stage = Stage([(200, listed)])
        #expect(stage.run("setup", "--list-providers", "--json") == 0)
        let lines = stage.output.split(separator: "\n")
        #expect(lines.count == 3)
        for (line, preset) in zip(lines, presets) {
            let shown = try ProviderMessage(json: JSON(parsing: Secret(utf8: String(line))))
            let sent = try ProviderMessage(json: JSON(parsing: Secret(utf8: preset)))
            #expect(shown == sent)
        }
    }

    @Test(arguments: [["acme"], ["--provider", "github"], ["--client-secret-stdin"]])
    func `stands alone`(besides: [String]) {
        let stage = Stage(input: ["s"])
        #expect(stage.run(["setup", "--list-providers"] + besides) == 2)
        #expect(stage.errors.contains("--list-providers stands alone"))
        #expect(stage.broker.requests.isEmpty)
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func `has its names in the completion of --provider`(shell: String) throws {
        let stage = Stage()
        #expect(stage.run("completion", shell) == 0)
        let lines = stage.output.split(separator: "\n")
        let isThere = lines.contains { line in
            ProviderNames.all.allSatisfy { line.contains($0) }
        }
        #expect(isThere)
    }

    @Test func `is no question to a person at a terminal`() {
        let stage = Stage([(200, listed)], terminals: [.input, .error])
        #expect(stage.run("setup", "--list-providers") == 0)
        #expect(stage.output.hasPrefix("NAME"))
    }

    @Test func `says so when the broker is an older one`() {
        let problem =
            #"{"type":"about:blank","title":"Not Found","status":404,"code":"usage","detail":"no such place","hints":[]}"#
        let stage = Stage([(404, problem)])
        #expect(stage.run("setup", "--list-providers") != 0)
        #expect(stage.errors.contains("no such place"))
    }
}

@Suite struct `The guided set-up by a preset` {
    private let ready =
        #"{"profile":"okta","created":true,"grant":"authorization_code","settings":{},"#
        + #""register":{"redirect_uri":"http://localhost:8400/callback"},"#
        + #""warnings":[],"instructions":[],"ready":true}"#

    @Test func `asks for what the preset needs, and says what to register`() {
        let stage = Stage(
            [(200, listed), (200, #"{"profiles":[]}"#), (200, Stage.fileStore), (200, ready)],
            input: [
                "3", "2", "https://acme.okta.com/", "a b", "default", "cli", "", "things.read",
                "https://api.example", "", "n",
            ],
            terminals: [.input, .error])
        #expect(stage.run("setup") == 0, "\(stage.errors)")
        #expect(
            stage.broker.requests.first { $0.hasPrefix("PUT") }
                == #"PUT /v1/profiles/okta {"settings":{"provider":["okta"],"grant":["authorization_code"],"#
                + #""issuer":["https://acme.okta.com/oauth2/default"],"client_id":["cli"],"#
                + #""client_auth":["none"],"scope":["things.read"],"base_url":["https://api.example/"]}}"#
        )
        #expect(stage.errors.contains("The domain, such as acme.okta.com"))
        #expect(stage.errors.contains("That cannot stand in an address."))
        #expect(stage.errors.contains("Redirect URI: http://localhost:8400/callback"))
        #expect(stage.errors.contains("offline_access is added"))
        #expect(stage.errors.contains("- n"))
        // What has questions of its own is not offered a second time.
        #expect(!stage.errors.contains("3) Mautic"))
    }

    @Test func `asks no more than that`() {
        let stage = Stage(
            [(200, listed), (200, #"{"profiles":[]}"#), (200, Stage.fileStore), (200, ready)],
            input: ["3", "1", "cli", "s3cret", "", "hub", "n"],
            terminals: [.input, .error])
        #expect(stage.run("setup") == 0, "\(stage.errors)")
        #expect(
            stage.broker.requests.first { $0.hasPrefix("PUT") }
                == #"PUT /v1/profiles/hub {"settings":{"provider":["github"],"grant":["authorization_code"],"#
                + #""client_id":["cli"]},"client_secret":"s3cret"}"#)
        #expect(stage.terminal.hidden == ["s3cret"])
        #expect(stage.errors.contains("Register a client at https://github.com/settings."))
    }
}
