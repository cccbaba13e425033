import Glibc
import SesameCrypto
import SesameHTTP
import SesameJOSE
import SesameJSON
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

/// An OpenID provider with an issuer for each case: it logs everybody in at once, and goes wrong as the case says.
///
/// All its answers set a cookie.
final class HostileProvider: Sendable {
    /// What an answer can be made of.
    struct Stage: Sendable {
        let issuer: String
        /// What signs the ID tokens, by the name `k1`.
        let key: PrivateJWK
        /// What the login has asked for.
        let nonce: String?

        /// A token about `ada`, with these claims in the place of its own.
        func idToken(_ changes: [(String, JSONValue)] = []) -> String {
            let signer = try? JWSSigner(key.privateKey, algorithm: .es256, keyID: key.keyID)
            let text = try? signer?.sign(.object(claims(changes)))
            return text?.dangerouslyRevealedText() ?? ""
        }

        func claims(_ changes: [(String, JSONValue)] = []) -> [(String, JSONValue)] {
            let now = SystemTime().now.seconds
            let own: [(String, JSONValue)] = [
                ("iss", .string(issuer)), ("sub", "ada"), ("aud", "client"),
                ("exp", .integer(now + 300)), ("iat", .integer(now)),
                ("nonce", .optional(nonce)),
            ]
            return own.filter { member in !changes.contains { $0.0 == member.0 } } + changes
        }
    }

    /// Everything is in order but for what is said here.
    struct Case: Sendable {
        let name: String
        /// The content at `jwks_uri`, as JSON.
        var keys: @Sendable (Stage) -> String = { HostileProvider.set([$0.shownKey]) }
        /// The ID token of the login.
        var idToken: @Sendable (Stage) -> String = { $0.idToken() }
        /// The members of the answer to the first renewal; the next ones are in order.
        var renewal: @Sendable (Stage) -> String = { _ in #""access_token":"a-2""# }
    }

    private struct State {
        var nonces: [String: String] = [:]
        var renewals: [String: Int] = [:]
    }

    private let server: ScriptedServer
    private let cases: [Case]
    private let folder = TemporaryFolder()

    init(_ cases: [Case]) throws {
        self.cases = cases
        let byName = Dictionary(uniqueKeysWithValues: cases.map { ($0.name, $0) })
        let key = PrivateJWK(try PrivateKey.generate(.p256), keyID: "k1")
        let state = Locked(State())
        server = try ScriptedServer { connection in
            guard let request = connection.request() else { return }
            connection.write(Self.answer(request, byName, key, state))
            connection.end()
        }
    }

    private var origin: String { "http://127.0.0.1:\(server.port)" }

    /// The programs with a profile for each case, and a browser that goes wherever it is sent.
    func sesame() throws -> Sesame {
        let browser = folder.file("practice-browser")
        try #require(unsafe symlink(BuiltPrograms.path(of: "sesame-playground"), browser) == 0)
        let sesame = Sesame(browser: browser, server: self)
        let profiles = cases.map {
            """
            [profile \($0.name)]
            issuer = \(origin)/\($0.name)
            base_url = \(origin)/\($0.name)/api
            client_id = client
            client_auth = none
            scope = openid read

            """
        }
        try PrivateFile.create(
            sesame.folder.file("config"), Secret(utf8: profiles.joined(separator: "\n")))
        return sesame
    }

    /// A document with these keys.
    static func set(_ keys: [String]) -> String {
        #"{"keys":[\#(keys.joined(separator: ","))]}"#
    }

    /// What was asked of a case, such as `POST token`, but for its metadata.
    func requests(of name: String) -> [String] {
        server.requests.compactMap { request in
            let words = request.line.split(separator: " ")
            guard words.count == 3, words[1].hasPrefix("/\(name)/"),
                !words[1].contains("/.well-known/")
            else { return nil }
            let path = words[1].dropFirst(name.utf8.count + 2).split(separator: "?")[0]
            return "\(words[0]) \(path)"
        }
    }

    /// The refresh tokens that a case's client has presented, in order.
    func presented(to name: String) -> [String] {
        server.requests.filter { $0.line.hasPrefix("POST /\(name)/token ") }.compactMap {
            (try? ReceivedForm($0.body.span))?["refresh_token"]
        }
    }

    /// The fields of that name in all requests but the browser's.
    func fields(_ name: String) -> [String] {
        server.requests.filter { !$0.line.contains("/authorize?") }.compactMap { $0.field(name) }
    }

    private static func answer(
        _ request: ScriptedServer.Request, _ cases: [String: Case], _ key: PrivateJWK,
        _ state: Locked<State>
    ) -> String {
        let origin = "http://\(request.field("Host") ?? "")"
        guard let target = request.line.split(separator: " ").dropFirst().first,
            let url = HTTPURL(origin + target)
        else { return json("{}", status: "400 Bad Request") }
        let parts = url.path.split(separator: "/").map(String.init)
        let isMetadata = parts.first == ".well-known"
        guard parts.count > 1, let one = cases[isMetadata ? parts[parts.count - 1] : parts[0]]
        else { return json("{}", status: "404 Not Found") }
        let issuer = "\(origin)/\(one.name)"
        let stage = Stage(
            issuer: issuer, key: key, nonce: state.withLock { $0.nonces[one.name] })
        let cookie = "Set-Cookie: session=\(one.name); Path=/\r\n"
        switch isMetadata ? "metadata" : parts[1] {
        case "metadata": return json(metadata(issuer), fields: cookie)
        case "keys": return json(one.keys(stage), fields: cookie)
        case "api": return json("{}", fields: cookie)
        case "authorize":
            let query = try? ReceivedForm(query: url.query)
            state.withLock { $0.nonces[one.name] = query?["nonce"] }
            let place = "\(query?["redirect_uri"] ?? "")?code=c&state=\(query?["state"] ?? "")"
            return content(
                "", type: "text/plain", status: "302 Found", fields: "Location: \(place)\r\n")
        case "token":
            let isRenewal = (try? ReceivedForm(request.body.span))?["refresh_token"] != nil
            let members = isRenewal ? renewal(one, stage, state) : login(one, stage)
            return json("{\(members)}", fields: cookie)
        default: return json("{}", status: "404 Not Found")
        }
    }

    private static func login(_ one: Case, _ stage: Stage) -> String {
        #""access_token":"a-1","token_type":"Bearer","expires_in":3600,"refresh_token":"r-1","#
            + #""scope":"openid read","id_token":"\#(one.idToken(stage))""#
    }

    private static func renewal(
        _ one: Case, _ stage: Stage, _ state: Locked<State>
    ) -> String {
        let count = state.withLock { state in
            state.renewals[one.name, default: 0] += 1
            return state.renewals[one.name] ?? 0
        }
        guard count > 1 else { return one.renewal(stage) }
        return #""access_token":"later-\#(count)","token_type":"Bearer","expires_in":3600"#
    }

    private static func metadata(_ issuer: String) -> String {
        let endpoints = ["authorization_endpoint": "authorize", "token_endpoint": "token"]
            .merging(["jwks_uri": "keys"]) { $1 }
            .map { #""\#($0)":"\#(issuer)/\#($1)""# }
        return #"{"issuer":"\#(issuer)","#
            + #""id_token_signing_alg_values_supported":["ES256","RS256"],"#
            + endpoints.joined(separator: ",") + "}"
    }
}

extension HostileProvider.Stage {
    /// The public half of the key that signs, as it is shown in a set.
    var shownKey: String {
        ((try? key.publicJWK())?.json.encoded().dangerouslyRevealedText()) ?? ""
    }
}
