import Glibc
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

/// Secrets that are easy to recognise, and all the places where they must not turn up.
@Suite struct `Secrets in passing` {
    @Test func `show in no argument list, environment, file or message`() async throws {
        let practice = try await Practice("strict")
        let sesame = practice.sesame
        let watch = Watch(Self.secrets)
        let broker = try await practice.startBroker()
        defer { broker.kill() }
        try await giveSecrets(sesame, practice.playground.origin)

        // A renewal that gives tokens which can be recognised, looked at while it is under way.
        try await practice.disturb(
            #"{"holds_request":true,"answer":{"content_type":"application/json","body":"\#(Self.answer)"}}"#
        )
        let renewal = try sesame.start("token", "work", "--refresh", "-v")
        try await practice.waitUntilHeld()
        watch.look()
        try await expectNoSecrets(inFilesOf: sesame)
        try await practice.release()
        var ended = [try await offPool { try renewal.wait() }]
        try #require(ended[0].output == "canary-access-5be2\n", "\(ended[0].errors)")

        for command in [
            ["token", "work", "-v"], ["credential", "kubernetes", "work", "-v"], ["status", "-v"],
            ["status", "work", "--json", "-v"],
            ["token", "work", "--refresh", "-v"], ["token", "robot", "-v"], ["status", "-v"],
        ] {
            let running = try sesame.start(command)
            watch.look()
            ended.append(try await offPool { try running.wait() })
            watch.look()
        }
        #expect(ended[5].status == 3, "the server does not know the refresh token")
        #expect(ended[6].status == 7, "nor the client secret")
        try await expectNoSecrets(inFilesOf: sesame)
        broker.terminate()
        ended.append(try await offPool { try broker.wait() })

        #expect(watch.seen.isSuperset(of: [renewal.process, broker.process]))
        #expect(watch.findings.isEmpty)
        for finished in ended { #expect(Self.canaries(in: finished.errors).isEmpty) }
        // The first three print the access token, as they were asked to.
        for finished in ended.dropFirst(3) { #expect(Self.canaries(in: finished.output).isEmpty) }
    }

    private func giveSecrets(_ sesame: Sesame, _ origin: String) async throws {
        try await sesame.run(
            ["setup", "basic", "--provider", "mautic", "--base-url", "https://acme.example"]
                + ["--grant", "basic", "--username", "ada", "--password-stdin"],
            input: "canary-password-91c2")
        try await sesame.run(
            ["setup", "robot", "--issuer", "\(origin)/strict", "--grant", "client_credentials"]
                + ["--client-id", "practice-service", "--client-secret-stdin"],
            input: "canary-client-7f3e")
    }

    private func expectNoSecrets(inFilesOf sesame: Sesame) async throws {
        let names = try await ChildProcess.runAside("ls", [sesame.folder.path]).output
        let files = names.split(separator: "\n").map(String.init).filter { $0 != "broker.sock" }
        #expect(Set(files).isSuperset(of: ["config", "store.db", "store.key"]))
        for name in files {
            let bytes = try PrivateFile.readShared(sesame.folder.file(name), limit: 1 << 24)
            #expect(Self.canaries(in: bytes.dangerouslyRevealedText()).isEmpty, "\(name)")
        }
    }

    private static let secrets = [
        "canary-access-5be2", "canary-refresh-d07a", "canary-password-91c2", "canary-client-7f3e",
        "practice-secret",
    ]

    private static let answer =
        #"{\"access_token\":\"canary-access-5be2\",\"refresh_token\":\"canary-refresh-d07a\","#
        + #"\"token_type\":\"Bearer\",\"expires_in\":3600}"#

    private static func canaries(in text: String) -> [String] { secrets.filter(text.contains) }
}

/// Looks at what the system shows of all processes of Sesame, those of other tests too.
private final class Watch: Sendable {
    private struct State: Sendable {
        var seen: Set<Int32> = []
        var findings: [String] = []
    }
    private let secrets: [String]
    private let state = Locked(State())

    init(_ secrets: [String]) {
        self.secrets = secrets
    }

    /// The processes that were seen.
    var seen: Set<Int32> { state.withLock { $0.seen } }
    /// Where a secret was seen.
    var findings: [String] { state.withLock { $0.findings } }

    func look() {
        guard let folder = unsafe opendir("/proc") else { return }
        defer { unsafe closedir(folder) }
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) {
                unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let process = Int32(name) { look(at: process) }
        }
    }

    private func look(at process: Int32) {
        let program = text("/proc/\(process)/comm").filter { $0 != "\n" }
        guard program == "sesame" || program == "sesamed" else { return }
        let arguments = text("/proc/\(process)/cmdline")
        // The broker's is shown to nobody but root.
        let shown = arguments + text("/proc/\(process)/environ")
        state.withLock { state in
            if arguments.contains(program) { state.seen.insert(process) }
            for secret in secrets where shown.contains(secret) {
                state.findings.append("\(secret) of \(program)")
            }
        }
    }

    private func text(_ path: String) -> String {
        guard let file = unsafe fopen(path, "r") else { return "" }
        defer { unsafe fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}
