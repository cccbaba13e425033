import SesameJSON
import TestSupport
import Testing

/// The built programs, and servers that want a proof of a key with each request (RFC 9449).
@Suite struct `A login that is bound to a key` {
    /// Each command has a broker of its own: only the store knows the key.
    @Test func `DP-6: goes on with its key in one process after another`() async throws {
        let practice = try await Practice("dpop-nonce", through: nil)
        let sesame = practice.sesame
        let token = try JSON(printed: try await sesame.run("token", "work", "--json"))
        #expect(token["token_type"]?.string == "DPoP")
        var tokens: Set<String> = []
        for _ in 1...3 { tokens.insert(try await sesame.run("token", "work", "--refresh")) }
        #expect(tokens.count == 3)
        // A process that begins has no nonce yet, and is told one.
        #expect(
            try await practice.log().map(\.outcome) == [
                "use_dpop_nonce", "issued", "use_dpop_nonce", "issued", "use_dpop_nonce", "issued",
            ])
        let answer = try await sesame.run("request", "work", "/me?a=b")
        #expect(try JSON(printed: answer)["path"]?.string == "/api/me")
        let store = try await sesame.shell("cat store.db*").output
        #expect(!store.contains("P-256"), "the key is sealed")
    }

    @Test(.enabled(if: ChildProcess.path(of: "curl") != nil, "curl is not installed"))
    func `DP-2, DP-9: signs one request of another program`() async throws {
        let practice = try await Practice("dpop", through: nil)
        let url = "\(practice.playground.origin)/dpop/api/me"
        let line =
            #"lines=$("$SESAME" header work --url \#(url) --method DELETE)"#
            + #" && for method in DELETE DELETE GET; do"#
            + #" echo "$lines" | curl --silent --noproxy '*' --output answer"#
            + #" --write-out '%{http_code} ' --request $method --header @- \#(url); done"#
        let ended = try await practice.sesame.shell(line)
        // A proof is good for once, and for its method.
        #expect(ended.output == "200 401 401 ", "\(ended.errors)")
    }

    @Test func `DP-5: says what to do instead where a token alone is of no use`() async throws {
        let practice = try await Practice("dpop", through: nil)
        let sesame = practice.sesame
        let printed = try await sesame.attempt(["token", "work"])
        #expect(printed.status == 0 && printed.output.count > 20)
        #expect(printed.errors.contains("works with a proof for each request only (DPoP)"))
        #expect(printed.errors.contains("sesame header or sesame request"))
        try await Mistake("exec work -- true", 2, "(DPoP)", "[proxy NAME]", "sesame header work")
            .expect(of: sesame)
        let git = "protocol=http\nhost=\(practice.playground.authority)\npath=dpop/api\n\n"
        try await Mistake("credential git get", 2, "(DPoP)", "sesame request work")
            .expect(of: sesame, input: git)
    }

    @Test func `DP-6: goes to another host with a backup`() async throws {
        let practice = try await Practice("dpop")
        let (sesame, other) = (practice.sesame, Sesame(server: practice.playground))
        let file = sesame.folder.file("b.age")
        let secret = "four horses and a cart\n"
        try await sesame.run(["backup", file, "--passphrase-fd", "0"], input: secret)
        try await other.run(
            ["restore", file, "--passphrase-fd", "0", "--take-over"], input: secret)
        try await other.run("token", "work", "--refresh")
        let token = try JSON(printed: try await other.run("token", "work", "--json"))
        #expect(token["token_type"]?.string == "DPoP")
        #expect(try await practice.log().map(\.outcome) == ["issued"])
    }

    @Test func `DP-5: is refused with exit code 7 where the server gives no such tokens`()
        async throws
    {
        let practice = try await Practice("rfc", through: nil)
        try await practice.sesame.shell("echo 'dpop = required' >>config")
        try await Mistake("token work", 3, "dpop = required").expect(of: practice.sesame)
        try await Mistake("login work", 7, "not bound", "dpop = off").expect(of: practice.sesame)
    }
}
