import Glibc
import SesameCrypto
import SesameHTTP
import SesameJOSE
import SesameJSON
import SesamePlayground
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

/// The modules of the OpenID Foundation's conformance suite for clients, each played by an issuer of its own, and
/// the built programs as the client.
///
/// docs/conformance.md lists them.
@Suite struct `The modules of the conformance suite` {
    @Test(arguments: SuiteModule.all.map(\.name))
    func `are passed`(name: String) async throws {
        let rehearsal = try await Rehearsal(name)
        switch rehearsal.module.end {
        case .tokens: try await rehearsal.logsIn()
        case .discovery:
            try await rehearsal.stops(
                "login", "work", status: 2, saying: ["the issuer"],
                after: { $0.hasSuffix("configuration") })
        case .callback:
            try await rehearsal.stops(
                "login", "work", status: nil,
                saying: [
                    "the callback", "the signed response", "refused the authorization request",
                ], after: { $0 != "POST /token" })
        case .forgedCallback:
            try await rehearsal.stops(
                "login", "work", "--timeout", "1", status: 3, saying: ["in time"],
                after: { $0 != "POST /token" })
        case .tokenAnswer:
            try await rehearsal.stops(
                "login", "work", status: 7, saying: ["the ID token"], after: { _ in true })
            #expect(try rehearsal.count("POST /token") == 1)
        case .renewal:
            try await rehearsal.logsIn()
            let held = try await rehearsal.sesame.run("token", "work")
            try await rehearsal.stops(
                "token", "work", "--refresh", status: 7, saying: ["the ID token"],
                after: { _ in true })
            #expect(try rehearsal.count("POST /token") == 2)
            #expect(try await rehearsal.sesame.run("token", "work") == held)
        }
        #expect(try rehearsal.record.objections == [])
    }

    @Test func `have names and verdicts that fit together`() {
        let names = SuiteModule.all.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(Set(names).isDisjoint(with: SuiteModule.leftOut.flatMap(\.names)))
        for module in SuiteModule.all where module.demand != .either {
            #expect((module.demand == .accept) == (module.end == .tokens), "\(module.name)")
        }
    }
}

/// One module and a profile at its issuer.
private struct Rehearsal {
    let module: SuiteModule
    let sesame: Sesame

    init(_ name: String) async throws {
        module = try #require(SuiteModule.all.first { $0.name == name })
        sesame = Sesame(browser: try Stage.shared.get().browser)
        var settings = module.responseMode.map { "response_mode = \($0)\n" } ?? ""
        if module.takesSignedRequestsOnly {
            let key = try Stage.shared.get().requestKey
            try PrivateFile.create(sesame.folder.file("client.key"), try key.encoded())
            settings +=
                "client_auth = client_secret_basic\njar = required\nclient_key_file = client.key\n"
        }
        if !settings.isEmpty {
            try PrivateFile.create(
                sesame.folder.file("config"), Secret(utf8: "[profile work]\n" + settings))
        }
        let origin = try Stage.shared.get().playground.baseURL.origin
        try await sesame.run(
            [
                "setup", "work", "--issuer", "\(origin)/suite/\(name)", "--client-id",
                SuiteIssuer.clientID, "--scope", "openid", "--client-secret-stdin",
            ], input: SuiteIssuer.clientSecret)
    }

    var record: SuiteRecord {
        get throws { try Stage.shared.get().playground.service.suiteRecord(of: module.name) }
    }

    func count(_ request: String) throws -> Int { try record.requests.count { $0 == request } }

    /// Everything works: one code, one token request, and renewals that each use the newest refresh token.
    func logsIn() async throws {
        let rotates = module.changesKeyBetweenLogins
        let broker = try await rotates ? sesame.startBroker() : nil
        defer { broker?.kill() }
        try await sesame.run("login", "work")
        if rotates {
            try await sesame.run("login", "work")
            #expect(try count("GET /keys") == 2, "the keys are kept, and read again once")
        }
        #expect(try count("GET /authorize") == (rotates ? 2 : 1))
        #expect(try count("POST /token") == (rotates ? 2 : 1))
        var tokens: Set<String> = [try await sesame.run("token", "work")]
        guard module.end == .tokens else { return }
        for _ in 1...2 { tokens.insert(try await sesame.run("token", "work", "--refresh")) }
        #expect(tokens.count == 3)
    }

    /// The command fails, and the server is asked for nothing that it must not be asked for.
    func stops(
        _ arguments: String..., status: Int32?, saying words: [String],
        after isAllowed: (String) -> Bool
    ) async throws {
        let ended = try await sesame.attempt(arguments)
        #expect(ended.status != 0)
        if let status { #expect(Int32(ended.status) == status, "\(ended.errors)") }
        #expect(words.contains(where: ended.errors.contains), "\(ended.errors)")
        for request in try record.requests { #expect(isAllowed(request), "\(request)") }
        guard module.end != .renewal else { return }
        let status = try await JSON(printed: sesame.run("status", "work", "--json"))
        #expect(status["state"]?.string == "login_required", "nothing was kept")
    }
}

/// What all rehearsals share: one playground, and one browser.
private struct Stage {
    let playground: SesamePlayground.Playground
    private let folder = TemporaryFolder()
    let browser: String
    /// What the suite's client signs its requests with.
    let requestKey: PrivateJWK

    static let shared = Result { try Stage() }

    private init() throws {
        playground = try SesamePlayground.Playground()
        // Of what FAPI 2.0, section 5.4.1 allows.
        requestKey = PrivateJWK(try PrivateKey.generate(.p256), keyID: "request")
        playground.service.register(
            JWKSet([try requestKey.publicJWK()]), of: SuiteIssuer.clientID, at: nil)
        browser = folder.file("practice-browser")
        let program = BuiltPrograms.path(of: "sesame-playground")
        try #require(unsafe symlink(program, browser) == 0)
    }
}
