import Glibc
import SesameBroker
import SesameHTTP
import SesameJSON
import SesamePlayground
import SesameSecrets
import SesameStore
import SesameSystem
import TestSupport
import Testing

@Suite struct `The configuration under several hands` {
    @Test func `loses nothing when profiles are set up at the same time`() async throws {
        let rig = try Rig(.unixSocket, "# mine\n")
        let url = rig.playground.issuer("rfc").description
        try await withThrowingTaskGroup(of: RawAnswer.self) { group in
            for number in 0..<12 {
                let body = #"{"settings":{"issuer":["\#(url)"],"client_id":["c\#(number)"]}}"#
                group.addTask { try await rig.call("PUT", "/profiles/p\(number % 6)", body) }
            }
            for try await answer in group { #expect(answer.status == 200, "\(answer.text)") }
        }
        let profiles = try await rig.call("GET", "/profiles").json["profiles"]?.elements
        #expect(Set(profiles?.compactMap { $0["profile"]?.string } ?? []).count == 6)
        #expect(try rig.configuration.hasPrefix("# mine\n"))
    }

    /// As eight `sesame setup` do that each start a broker of their own.
    @Test func `loses nothing when several brokers change it`() async throws {
        let folder = TemporaryFolder()
        let store = MemoryStore()
        let brokers = (0..<8).map { _ in
            Broker(
                Broker.Parts(
                    configuration: ConfigurationFile(
                        path: folder.file("config"), home: folder.path),
                    openStore: { _ in store }, transport: Unreachable()))
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, broker) in brokers.enumerated() {
                group.addTask {
                    for round in 0..<4 {
                        _ = try await broker.setUp(
                            "p\(number)-\(round)",
                            changes: ["issuer": ["https://id.example"], "client_id": ["x"]],
                            secrets: ClientSecrets())
                    }
                }
            }
            try await group.waitForAll()
        }
        let names = try await brokers[0].profileNames()
        #expect(Set(names).count == 32)
    }

    @Test func `keeps the secrets of one profile that are given at the same time`() async throws {
        let rig = try Rig()
        try await withThrowingTaskGroup(of: RawAnswer.self) { group in
            for member in ["client_secret", "username", "password"] {
                let body = #"{"settings":{},"\#(member)":"x"}"#
                group.addTask { try await rig.call("PUT", "/profiles/plain", body) }
            }
            for try await answer in group { #expect(answer.status == 200) }
        }
        let secrets = try await rig.store.secrets(of: "plain")
        #expect(secrets?.clientSecret != nil && secrets?.username != nil)
        #expect(secrets?.password != nil)
    }

    @Test func `is never read from memory when it has just been changed`() async throws {
        let folder = TemporaryFolder()
        let path = folder.file("config")
        let file = ConfigurationFile(path: path, home: folder.path)
        for number in 0..<300 {
            let text = "[profile a]\nclient_id = x\(number % 10)\n"
            try PrivateFile.replace(path, Secret(utf8: text))
            #expect(try file.profile("a").clientID == "x\(number % 10)")
        }
    }

    @Test func `stays a symbolic link`() async throws {
        let rig = try Rig()
        let (real, link) = (rig.folder.file("dotfiles"), rig.folder.file("config"))
        #expect(unsafe rename(link, real) == 0)
        #expect(unsafe symlink(real, link) == 0)
        let answer = try await rig.call(
            "PUT", "/profiles/rfc", #"{"settings":{"scope":["write"]}}"#)
        #expect(answer.status == 200)
        #expect(PrivateFile.resolved(link) == real)
        let text = try PrivateFile.read(real, limit: 1 << 20).dangerouslyRevealedText()
        #expect(text.contains("scope = write"))
    }

    @Test func `may have the line ends of another system`() async throws {
        let lines = Rig.profiles.split(separator: "\n", omittingEmptySubsequences: false)
        let rig = try Rig(.unixSocket, lines.joined(separator: "\r\n"))
        #expect(try await rig.logIn("rfc")["state"]?.string == "done")
        let answer = try await rig.call(
            "PUT", "/profiles/rfc", #"{"settings":{"scope":["read write"]}}"#)
        #expect(try answer.json["settings"]?["scope"]?.elements?.first?.string == "read write")
        #expect(try await rig.call("GET", "/profiles").json["profiles"]?.elements?.count == 4)
    }

    @Test func `that cannot be written is said to be, and no secret is kept`() async throws {
        let folder = TemporaryFolder()
        try PrivateFile.create(folder.file("file"), Secret(utf8: ""))
        let store = MemoryStore()
        let broker = Broker(
            Broker.Parts(
                configuration: ConfigurationFile(
                    path: folder.file("file/config"), home: folder.path),
                openStore: { _ in store }, transport: Unreachable()))
        let error = await #expect(throws: BrokerError.self) {
            try await broker.setUp(
                "p", changes: ["issuer": ["https://id.example"], "client_id": ["x"]],
                secrets: ClientSecrets(
                    clientSecret: Secret(utf8: "s"), username: nil, password: nil))
        }
        #expect(error?.code == .configuration)
        #expect(error?.message.contains("the configuration cannot be") == true)
        #expect(try await store.secrets(of: "p") == nil)
    }
}
