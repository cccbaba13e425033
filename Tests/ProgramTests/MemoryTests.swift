import Glibc
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

/// Table 4.7, heap remnants: what a running broker still holds, found by reading its memory.
@Suite(
    .enabled(
        if: geteuid() == 0, "only root reads the memory of a process that is not dumpable"))
struct `The memory of a broker` {
    @Test func `has tokens and the key in locked pages only`() async throws {
        try await expectNoRemnants(try await Practice("strict", through: nil))
    }

    @Test(.enabled(if: CertificateAuthority.isAvailable, "needs the programs openssl and socat"))
    func `has tokens and the key in locked pages only, also where TLS was in between`()
        async throws
    {
        let authority = try await offPool { try CertificateAuthority() }
        try await expectNoRemnants(try await Practice("strict", through: authority))
    }

    @Test func `forgets a passphrase once the key is made of it`() async throws {
        let sesame = Sesame()
        let broker = try await sesame.startBroker()
        defer { broker.kill() }
        try await sesame.shell(
            "umask 077 && echo '\(Self.passphrase)' >p && echo '\(Self.wrong)' >q")
        try await sesame.run(
            "key", "init", "--passphrase", "--passphrase-file", sesame.folder.file("p"))
        try await sesame.run("lock")
        try await sesame.run("unlock", "--passphrase-file", sesame.folder.file("p"))
        try await sesame.run("lock")
        let refused = try await sesame.attempt([
            "unlock", "--passphrase-file", sesame.folder.file("q"),
        ])
        #expect(refused.status == 4, "\(refused.errors)")
        let memory = try ProcessMemory(of: broker.process)
        for passphrase in [Self.passphrase, Self.wrong] {
            let places = memory.places(of: Array(passphrase.utf8))
            #expect(places.isEmpty, "\(places)")
        }
        #expect(!memory.places(of: Array("passphrase".utf8)).isEmpty, "the search does find words")
    }

    private func expectNoRemnants(_ practice: Practice) async throws {
        let sesame = practice.sesame
        let broker = try await practice.startBroker()
        defer { broker.kill() }
        let practised = try await sesame.run("token", "work").split(separator: "\n").joined()
        try #require(practised.count > 20)
        // A request with the token in its header, and two renewals that bring recognisable tokens; the
        // second sends the refresh token of the first.
        try await sesame.run("request", "work", "/things")
        for number in 1...2 {
            try await practice.disturb(Self.answer(number))
            try #require(
                try await sesame.run("token", "work", "--refresh") == "canary-access-\(number)\n")
        }
        let tokens = [practised] + Self.canaries
        try await expectOnlyLocked(tokens, in: broker.process)

        let memory = try ProcessMemory(of: broker.process)
        let keyPlaces = memory.places(of: try key(of: sesame))
        #expect(keyPlaces.contains { $0.isLocked }, "the search does find what is there")
        #expect(keyPlaces.allSatisfy { $0.isLocked }, "\(keyPlaces)")
        let folder = memory.places(of: Array(sesame.folder.path.utf8))
        #expect(folder.contains { !$0.isLocked }, "the search does find what is in other pages")

        // Revokes, so the refresh token is sent once more.
        try await sesame.run("logout", "work")
        try await expectOnlyLocked(tokens, in: broker.process)
        let after = try ProcessMemory(of: broker.process)
        for token in tokens {
            #expect(after.places(of: Array(token.utf8)).isEmpty, "\(token) outlives the login")
        }
    }

    /// libcurl's thread lets go of a request a moment after its answer has gone on.
    private func expectOnlyLocked(_ tokens: [String], in process: Int32) async throws {
        var finds: [String] = []
        for _ in 0..<50 {
            let memory = try ProcessMemory(of: process)
            finds = tokens.flatMap { token in
                memory.places(of: Array(token.utf8)).filter { !$0.isLocked }
                    .map { "\(token) in \($0)" }
            }
            if finds.isEmpty { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        Issue.record("in memory that may reach swap: \(finds.joined(separator: "\n"))")
    }

    private func key(of sesame: Sesame) throws -> [UInt8] {
        let line = try PrivateFile.read(sesame.folder.file("store.key"), limit: 4096)
            .dangerouslyRevealedText()
        let words = line.split(whereSeparator: { $0 == " " || $0 == "\n" })
        let text = Array(try #require(words.last).utf8)
        let decoded = Base64URL.decode(text.span)
        let key = try #require(decoded)
        try #require(key.count == 32)
        return key.dangerouslyRevealedBytes()
    }

    private static let passphrase = "canary horses and a cart"
    private static let wrong = "canary horses and a boat"
    private static let canaries = [
        "canary-access-1", "canary-access-2", "canary-refresh-1", "canary-refresh-2",
    ]

    private static func answer(_ number: Int) -> String {
        let body =
            #"{\"access_token\":\"canary-access-\#(number)\",\"expires_in\":3600,"#
            + #"\"refresh_token\":\"canary-refresh-\#(number)\",\"token_type\":\"Bearer\"}"#
        return #"{"answer":{"content_type":"application/json","body":"\#(body)"}}"#
    }
}
