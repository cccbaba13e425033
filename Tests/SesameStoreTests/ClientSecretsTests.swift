import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@testable import SesameStore

@Suite struct `Client secrets of one client` {
    private let now = Timestamp(seconds: 1_790_000_000)

    private func secrets(_ all: [(String, Int64?)]) -> ClientSecrets {
        var secrets = ClientSecrets()
        for (text, end) in all {
            secrets.add(
                DatedSecret(Secret(utf8: text), expiresAt: end.map { now.adding(seconds: $0) }))
        }
        return secrets
    }

    private func texts(_ secrets: [DatedSecret]) -> [String] {
        secrets.map { $0.secret.dangerouslyRevealedText() }
    }

    @Test func `are stored in their order with their ends`() async throws {
        let folder = TemporaryFolder()
        var stored = secrets([("a", nil), ("b", 60), ("c", -60)])
        stored.clientSecretFor = "https://id.test"
        try await openStore(in: folder).put(stored, for: "p")
        let read = try #require(try await openStore(in: folder).secrets(of: "p"))
        #expect(texts(read.clientSecrets) == ["a", "b", "c"])
        #expect(read.clientSecrets.map(\.expiresAt) == stored.clientSecrets.map(\.expiresAt))
        #expect(read.clientSecretFor == "https://id.test")
    }

    /// What versions before 0.3 have written, and read.
    @Test func `that are one is the record of earlier versions`() throws {
        let one = try ClientSecrets(clientSecret: Secret(utf8: "a")).encoded()
        #expect(
            one.dangerouslyRevealedText()
                == #"{"client_secret":"a","username":null,"password":null}"#)
        let read = try #require(ClientSecrets(decoding: one))
        #expect(texts(read.clientSecrets) == ["a"] && read.lastClientSecretEnd == nil)
    }

    @Test func `are tried but for those that are over, unless all are`() {
        #expect(
            texts(secrets([("a", -1), ("b", 0), ("c", 1), ("d", nil)]).clientSecrets(at: now)) == [
                "c", "d",
            ])
        #expect(texts(secrets([("a", -1), ("b", -2)]).clientSecrets(at: now)) == ["a", "b"])
    }

    @Test func `put the one first that worked, and forget those that are over`() {
        let all = secrets([("a", -1), ("b", nil), ("c", 1)])
        #expect(texts(all.preferring(Secret(utf8: "c"), at: now).clientSecrets) == ["c", "b"])
        #expect(texts(all.preferring(Secret(utf8: "x"), at: now).clientSecrets) == ["a", "b", "c"])
    }

    @Test func `are four at the most, and none twice`() {
        var all = secrets([("a", nil), ("b", nil), ("c", nil), ("d", nil), ("e", 5)])
        #expect(
            texts(all.clientSecrets) == ["a", "c", "d", "e"], "the oldest of the others gives way")
        all.add(DatedSecret(Secret(utf8: "c"), expiresAt: now))
        #expect(texts(all.clientSecrets) == ["a", "c", "d", "e"])
        #expect(all.clientSecrets[1].expiresAt == now)
    }

    @Test func `end with the last of them`() {
        #expect(secrets([("a", 5), ("b", 9)]).lastClientSecretEnd == now.adding(seconds: 9))
        #expect(secrets([("a", 5), ("b", nil)]).lastClientSecretEnd == nil)
        #expect(secrets([]).lastClientSecretEnd == nil)
    }
}
