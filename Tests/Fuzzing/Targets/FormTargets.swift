import SesameCrypto
import SesameHTTP
import SesameSecrets

@testable import SesameOAuth

extension FuzzTarget {
    /// A form that is read and written says the same.
    static let form = FuzzTarget(
        "form",
        seeds: [
            "a=b&c=%41+%C3%A9&empty=&bare", "grant_type=refresh_token&scope=read+write%20openid",
            "%=1&&=x",
        ]
    ) { bytes throws(Violation) in
        guard let form = try? ReceivedForm(bytes) else { return }
        var sent = FormParameters()
        for name in form.names {
            // One with a name that is there twice cannot be told apart by its name.
            guard let value = form.secret(name) else { return }
            sent.append(name, value)
        }
        let again = sent.encoded().withBytes { try? ReceivedForm($0) }
        // Encoded anew it may be longer than a form may be.
        guard let again else {
            return try require(sent.encoded().count > 65_536, "what was written cannot be read")
        }
        // An empty parameter means the same as none, and is not sent.
        let names = form.names.filter { form.secret($0)?.isEmpty == false }
        try require(again.names == names, "the names have changed")
        for name in names {
            guard let ours = form.secret(name), let theirs = again.secret(name),
                ours.equals(theirs)
            else { throw Violation("the value of '\(name)' has changed") }
        }
    }

    /// A callback gives a grant only with our state, our server's name and one code.
    static let callback = FuzzTarget(
        "callback",
        seeds: [
            "code=abc&state=\(state)&iss=https%3A%2F%2Fid.example",
            "error=access_denied&state=\(state)",
            "code=abc&code=d&state=\(state)&iss=https%3A%2F%2Fid.example&error=",
        ]
    ) { bytes throws(Violation) in
        guard let form = try? ReceivedForm(bytes), let request = try? request() else { return }
        let isOurs = form.values("state").map { $0.dangerouslyRevealedText() } == [state]
        try require(request.recognises(form) == isOurs, "the state was judged wrongly")
        guard (try? request.grant(from: form)) != nil else { return }
        try require(isOurs, "a callback with another state was accepted")
        try require(form["iss"] == issuer, "a callback of another server was accepted")
        try require(form.values("code").count == 1, "a callback without one code was accepted")
        try require(form["error"] ?? "" == "", "an error was accepted")
    }

    private static func request() throws(OAuthError) -> AuthorizationRequest {
        guard let token = HTTPURL("\(issuer)/token"), let authorize = HTTPURL("\(issuer)/authorize")
        else { fatalError("the server of this target has no address") }
        var server = AuthorizationServer(
            tokenEndpoint: token, authorizationEndpoint: authorize, issuer: issuer)
        server.supportsIssuerParameter = true
        return try AuthorizationRequest(
            to: server, clientID: "client", redirectURI: "http://127.0.0.1:8085/callback",
            random: FixedRandom())
    }

    private static let issuer = "https://id.example"
    private static let state = FixedRandom().bytes(32).base64URL().dangerouslyRevealedText()
}

/// The same bytes each time, so that an input means the same in each run.
struct FixedRandom: RandomSource {
    func bytes(_ count: Int) -> Secret { Secret(copying: [UInt8](repeating: 0x61, count: count)) }
}
