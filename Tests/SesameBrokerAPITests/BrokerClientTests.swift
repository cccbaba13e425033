import SesameBrokerAPI
import SesameHTTP
import SesameJSON
import SesameSecrets
import SesameSystem
import Testing

@Suite struct `A broker client` {
    @Test func `asks for a token with what was given`() throws {
        let script = ScriptedConnection([
            (200, #"{"profile":"a b","access_token":"t","token_type":"Bearer"}"#)
        ])
        let token = try BrokerClient(over: script).token(
            of: "a b/ü", minimumValidity: 5, refresh: true, scope: "x y")
        #expect(token.accessToken.dangerouslyRevealedText() == "t")
        #expect(
            script.targets == [
                "GET /v1/profiles/a%20b%2F%C3%BC/token?min_valid=5&refresh=true&scope=x+y"
            ])
    }

    @Test(arguments: ["", ".", ".."]) func `refuses names that are no path segment`(name: String) {
        let script = ScriptedConnection([])
        let problem = #expect(throws: Problem.self) {
            try BrokerClient(over: script).status(of: name)
        }
        #expect(problem?.code == .usage)
        #expect(script.targets.isEmpty)
    }

    @Test func `throws the broker's problem`() {
        let script = ScriptedConnection([
            (409, #"{"code":"login_required","detail":"log in","hints":["h"],"status":409}"#)
        ])
        let problem = #expect(throws: Problem.self) {
            try BrokerClient(over: script).token(of: "a")
        }
        #expect(problem == Problem(.loginRequired, "log in", hints: ["h"]))
    }

    @Test(arguments: [(500, "<html>"), (200, "<html>"), (200, "{}"), (404, "{")])
    func `takes nonsense for an internal failure`(status: Int, body: String) {
        let script = ScriptedConnection([(status, body)])
        let problem = #expect(throws: Problem.self) { try BrokerClient(over: script).logout("a") }
        #expect(problem?.code == .internal)
    }

    @Test func `walks through a login`() throws {
        let pending = #"{"id":"7","profile":"a","state":"pending"}"#
        let script = ScriptedConnection([(201, pending), (200, pending), (200, pending), (204, "")])
        let broker = BrokerClient(over: script)
        let login = try broker.beginLogin(to: "a", LoginStartMessage(mode: .paste, timeout: 9))
        #expect(login.state == .pending)
        _ = try broker.login("7", wait: 1)
        _ = try broker.completeLogin("7", callback: Secret(utf8: "http://x"))
        try broker.cancelLogin("7")
        #expect(
            script.targets == [
                #"POST /v1/profiles/a/login {"mode":"paste","timeout":9}"#,
                "GET /v1/logins/7?wait=1",
                #"POST /v1/logins/7/callback {"url":"http://x"}"#, "DELETE /v1/logins/7",
            ])
    }
}

@Suite struct `A broker client asks about the store` {
    @Test func `each operation at its own address`() throws {
        let store =
            #"{"path":"/s","state":"open","configured":"file","detail":"/k","memory":"absent"}"#
        let script = ScriptedConnection([
            (200, store), (201, store), (200, #"{"unlocked":true}"#), (200, #"{"locked":true}"#),
            (200, #"{"finished":false,"done":1,"total":2,"source":"file"}"#),
            (200, #"{"finished":true,"done":2,"total":2,"source":"file"}"#), (200, store),
            (200, #"{"path":"/b","profiles":1,"bytes":9,"made_at":"2026-11-25T10:00:00Z"}"#),
            (
                200,
                #"{"host":"h","made_at":"2026-11-25T10:00:00Z","configuration":"none"}"#
            ),
            (200, #"{"confirmed":["a"]}"#),
        ])
        let broker = BrokerClient(over: script)
        #expect(try broker.store().state == .open)
        _ = try broker.makeKey(KeyStartMessage(source: .file(path: nil)))
        _ = try broker.unlock(UnlockMessage(passphrase: Secret(utf8: "p"), seconds: 7))
        _ = try broker.lock()
        #expect(try !broker.rotate(RotationMessage(full: true)).finished)
        #expect(try broker.rotate(.continuation).finished)
        _ = try broker.acceptRollback()
        _ = try broker.backUp(BackupMessage(path: "/b", seal: .recipients(["age1x"])))
        _ = try broker.restore(RestoreMessage(path: "/b", identityPath: "/i", replace: true))
        #expect(try broker.confirm(ConfirmationMessage(profiles: ["a"])).confirmed == ["a"])
        #expect(
            script.targets == [
                "GET /v1/store", #"POST /v1/store/key {"source":{"kind":"file"}}"#,
                #"POST /v1/store/unlock {"passphrase":"p","seconds":7}"#, "POST /v1/store/lock {}",
                #"POST /v1/store/rotation {"full":true}"#,
                #"POST /v1/store/rotation {"continue":true}"#, "POST /v1/store/anchor {}",
                #"POST /v1/store/backup {"path":"/b","recipients":["age1x"]}"#,
                #"POST /v1/store/restore {"path":"/b","identity_path":"/i","#
                    + #""replace":true,"take_over":false}"#,
                #"POST /v1/store/confirmation {"profiles":["a"]}"#,
            ])
    }
}

@Suite struct `A transport through the broker` {
    @Test func `hands over the request and the answer`() async throws {
        let script = ScriptedConnection([
            (200, #"{"status":404,"headers":[{"name":"X-A","value":"b"}],"body":"e30"}"#)
        ])
        let transport = BrokerTransport(BrokerClient(over: script), profile: "a")
        var request = HTTPRequest("POST", try #require(HTTPURL("https://a.example/x")))
        request.body = Secret(utf8: "{}")
        request.fields.append("Accept", "*/*")
        let answer = try await transport.send(request)
        #expect(answer.status == 404)
        #expect(answer.fields["x-a"] == "b")
        #expect(answer.body.dangerouslyRevealedText() == "{}")
        #expect(
            script.targets == [
                #"POST /v1/profiles/a/requests {"method":"POST","url":"https://a.example/x","#
                    + #""headers":[{"name":"Accept","value":"*/*"}],"body":"e30","timeout":30}"#
            ])
    }

    @Test(arguments: [("login_required", false), ("temporary", true)])
    func `keeps the problem and says whether anything was sent`(code: String, sent: Bool)
        async throws
    {
        let script = ScriptedConnection([(409, #"{"code":"\#(code)","detail":"d"}"#)])
        let transport = BrokerTransport(BrokerClient(over: script), profile: "a")
        let request = HTTPRequest("GET", try #require(HTTPURL("https://a.example/x")))
        let error = await #expect(throws: TransportError.self) { try await transport.send(request) }
        #expect(error?.mayHaveBeenSent == sent)
        #expect(error.flatMap(transport.problem)?.code.rawValue == code)
    }

    @Test(arguments: [TransportError.Code.cannotConnect, .timeout, .connectionLost])
    func `fails as the broker's own exchange did`(code: TransportError.Code) async throws {
        for sent in [true, false] {
            let problem = Problem(
                .temporary, "d", transport: TransportError(code, "m", mayHaveBeenSent: sent))
            let body = problem.json.encoded().dangerouslyRevealedText()
            let script = ScriptedConnection([(problem.status, body)])
            let transport = BrokerTransport(BrokerClient(over: script), profile: "a")
            let request = HTTPRequest("GET", try #require(HTTPURL("https://a.example/x")))
            let error = await #expect(throws: TransportError.self) {
                try await transport.send(request)
            }
            #expect(error?.code == code)
            #expect(error?.mayHaveBeenSent == sent)
            #expect(error?.message == "d")
            #expect(error.flatMap(transport.problem) == problem)
        }
    }
}

/// Answers from a list and notes what was asked.
private final class ScriptedConnection: BrokerConnection {
    private let state: Locked<(answers: [(Int, String)], targets: [String])>

    init(_ answers: [(Int, String)]) {
        state = Locked((answers, []))
    }

    var targets: [String] { state.withLock { $0.targets } }

    func exchange(_ request: BrokerRequest) throws(Problem) -> BrokerAnswer {
        let body = request.body.map { " " + $0.dangerouslyRevealedText() } ?? ""
        return try state.withLock { state throws(Problem) in
            state.targets.append("\(request.method) \(request.target)\(body)")
            guard !state.answers.isEmpty else {
                throw Problem(.internal, "the script is at its end")
            }
            let (status, body) = state.answers.removeFirst()
            return BrokerAnswer(status: status, body: Secret(utf8: body))
        }
    }
}
