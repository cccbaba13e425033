import SesameAudit
import SesameHTTP
import SesameJSON
import SesamePlayground
import SesameSecrets
import SesameStore
import SesameSystem
import TestSupport
import Testing

@Suite struct `A login that is taken over` {
    private let rig: Rig

    init() throws { rig = try Rig() }

    @Test func `becomes a profile whose token needs no browser`() async throws {
        let token = try await refreshToken()
        let answer = try await take(gcloud(token), "moved")
        #expect(answer.status == 201, "\(answer.text)")
        #expect(try answer.json["checked"]?.bool == true)
        #expect(try answer.json["rotated"]?.bool == true)
        #expect(try answer.json["account"]?.string == "application-default")
        let given = try await rig.token("moved")
        #expect(given.status == 200)
        #expect(try await rig.token("moved", "?refresh=true").status == 200)
        #expect(try rig.configuration.contains("[profile moved]"))
        let record = try #require(try await records().last { $0["action"]?.string == "import" })
        #expect(record["profile"]?.string == "moved" && record["outcome"]?.string == "granted")
        for file in ["config", "audit.log"] {
            let text = try PrivateFile.read(rig.folder.file(file), limit: 1 << 20)
            #expect(!text.dangerouslyRevealedText().contains(token))
        }
    }

    @Test func `is taken over whole or not at all when the server refuses it`() async throws {
        let before = try rig.configuration
        let answer = try await take(gcloud("nobody-gave-this"), "moved")
        #expect(answer.problem == "login_required")
        #expect(answer.detail.contains("nothing was imported"))
        try await expectNothing(of: "moved", before)
        // The name is free again.
        #expect(try await take(gcloud(try await refreshToken()), "moved").status == 201)
    }

    @Test(arguments: [503, 500])
    func `leaves nothing when the server is in trouble, and may be taken over later`(
        status: Int
    ) async throws {
        let token = try await refreshToken()
        let before = try rig.configuration
        rig.playground.install(.answering(status, "text/plain", "down").at(.token, of: "rfc"))
        let answer = try await take(gcloud(token), "moved")
        #expect(answer.problem == "temporary", "\(answer.text)")
        try await expectNothing(of: "moved", before)
        #expect(try await take(gcloud(token), "moved").status == 201)
    }

    @Test func `keeps the new refresh token of an answer that is unusable otherwise`() async throws
    {
        let token = try await refreshToken()
        let body = #"{"refresh_token":"only-one-left"}"#
        rig.playground.install(.answering(200, "application/json", body).at(.token, of: "rfc"))
        let answer = try await take(gcloud(token), "moved")
        #expect(answer.status == 201, "\(answer.text)")
        #expect(try answer.json["checked"]?.bool == false)
        #expect(try answer.json["rotated"]?.bool == true)
        #expect(try answer.json["warnings"]?.elements?.count == 1)
        let kept = try await rig.store.credential(of: "moved")?.value.refreshToken
        #expect(kept?.dangerouslyRevealedText() == "only-one-left")
    }

    @Test func `asks the server nothing where that is not wanted`() async throws {
        let token = try await refreshToken()
        let issuer = rig.playground.baseURL.origin + "/rfc"
        let settings =
            #"{"token_endpoint":["\#(issuer)/token"],"authorization_endpoint":["\#(issuer)/authorize"]"#
        let answer = try await call(
            gcloud(token),
            #","profile":"moved","check":false,"settings":\#(settings),"issuer":["\#(issuer)"]}}"#)
        #expect(answer.status == 201, "\(answer.text)")
        #expect(try answer.json["checked"]?.bool == false && answer.json["rotated"] == nil)
        let kept = try await rig.store.credential(of: "moved")?.value
        #expect(kept?.refreshToken?.dangerouslyRevealedText() == token)
        #expect(kept?.accessToken == nil)
        #expect(try await rig.token("moved").status == 200)
    }

    @Test func `never takes the place of a profile that is there`() async throws {
        let before = try rig.configuration
        let answer = try await take(gcloud("any"), "service")
        #expect(answer.problem == "usage")
        #expect(answer.text.contains("--as"))
        #expect(try rig.configuration == before)
    }

    @Test func `never takes the place of secrets that a profile has left behind`() async throws {
        try await rig.store.put(
            ClientSecrets(clientSecret: Secret(utf8: "left-behind")), for: "moved")
        let answer = try await take(gcloud("any"), "moved")
        #expect(answer.problem == "usage")
        #expect(try await rig.store.secrets(of: "moved")?.clientSecret != nil)
    }

    @Test func `is only looked at without a profile`() async throws {
        let before = try rig.configuration
        let answer = try await call(gcloud("planted-token"), "}")
        #expect(answer.status == 200)
        let account = try #require(try answer.json["accounts"]?.elements?.first)
        #expect(account["account"]?.string == "application-default")
        #expect(account["sealed"]?.bool == false)
        #expect(!answer.text.contains("planted-token") && !answer.text.contains("practice-secret"))
        #expect(try rig.configuration == before)
        let record = try #require(try await records().last { $0["action"]?.string == "import" })
        #expect(record["outcome"]?.string == "listed")
    }

    @Test func `has a slash less in its issuer where the server has none`() async throws {
        let token = try await refreshToken()
        let issuer = rig.playground.baseURL.origin + "/rfc"
        let file =
            #"{"name":"bench","issuer_url":"\#(issuer)/","client_id":"practice-public","refresh_token":"\#(token)"}"#
        let answer = try await call(("oidc-agent", file), #","profile":"moved"}"#)
        #expect(answer.status == 201, "\(answer.text)")
        #expect(try rig.configuration.contains("issuer = \(issuer)\nclient_id = practice-public"))
    }

    @Test(arguments: [
        ("{", "usage"), (#"{"type":"service_account","client_id":"c"}"#, "usage"),
        (#"{"type":"authorized_user","client_id":"c"}"#, "usage"),
    ])
    func `is refused with a word where there is none`(file: String, code: String) async throws {
        let before = try rig.configuration
        #expect(try await take(("gcloud", file), "moved").problem == code)
        try await expectNothing(of: "moved", before)
    }

    @Test(arguments: ["", "-x", "a b", "../config", "a]\n[store"])
    func `is refused a name that no profile can have`(name: String) async throws {
        let before = try rig.configuration
        let escaped = name.replacing("\n", with: "\\n")
        #expect(try await take(gcloud("any"), escaped).problem == "usage")
        #expect(try rig.configuration == before)
    }

    @Test func `does not open with a wrong password`() async throws {
        let file = """
            [ada@example.org]
            permission_url = \(rig.playground.baseURL.origin)/rfc/authorize
            token_url = \(rig.playground.baseURL.origin)/rfc/token
            client_id = practice-public
            token_salt = o2JJGYbnOkcx8iIjiUeV3Q==
            refresh_token = gAAAAABrCeDJN96sxfkDif6pu-QG0q3mWmYS9hWQSYC-OlO0PBPWbtUKpW9_HHvu_en7cqKQl-CymiMCJH_KxNSLdbeXqe7Up_eaTISDWL5K9scnrsLVuxI=
            """
        let before = try rig.configuration
        for password in ["", #","password":"wrong""#] {
            let answer = try await call(
                ("email-oauth2-proxy", file), #","profile":"moved"\#(password)}"#)
            #expect(answer.problem == "key_wrong", "\(answer.text)")
        }
        try await expectNothing(of: "moved", before)
    }
}

extension `A login that is taken over` {
    /// A refresh token that the practice server has given to somebody.
    private func refreshToken() async throws -> String {
        try #require(try await rig.logIn("rfc")["state"]?.string == "done")
        let credential = try await rig.store.credential(of: "rfc")?.value
        return try #require(credential?.refreshToken?.dangerouslyRevealedText())
    }

    /// A file of gcloud's for the practice server.
    private func gcloud(_ token: String) -> (peer: String, file: String) {
        (
            "gcloud",
            #"{"type":"authorized_user","client_id":"practice-public","refresh_token":"\#(token)"}"#
        )
    }

    /// Imports with an issuer that the person gives.
    private func take(
        _ given: (peer: String, file: String), _ profile: String
    ) async throws -> RawAnswer {
        let issuer = rig.playground.baseURL.origin + "/rfc"
        return try await call(
            given, #","profile":"\#(profile)","settings":{"issuer":["\#(issuer)"]}}"#)
    }

    private func call(
        _ given: (peer: String, file: String), _ rest: String
    ) async throws -> RawAnswer {
        let bytes = Array(given.file.utf8)
        let content = Base64URL.encode(bytes.span)
        return try await rig.call(
            "POST", "/imports", #"{"peer":"\#(given.peer)","content":"\#(content)""# + rest)
    }

    private func expectNothing(of profile: String, _ configuration: String) async throws {
        #expect(trimmed(try rig.configuration) == trimmed(configuration))
        #expect(try await rig.store.credential(of: profile) == nil)
        #expect(try await rig.store.secrets(of: profile)?.clientSecret == nil)
    }

    private func trimmed(_ text: String) -> String {
        text.split(separator: "\n").joined(separator: "\n")
    }

    private func records() async throws -> [JSON] {
        try await rig.trail.records(AuditQuery(limit: 100)).map(\.json)
    }
}
