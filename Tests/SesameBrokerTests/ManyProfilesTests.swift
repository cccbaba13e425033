import SesameBroker
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@Suite struct `A configuration of many profiles` {
    private let folder = TemporaryFolder()

    private func file(_ count: Int, _ more: String = "") throws -> ConfigurationFile {
        let profiles = (1...count).map { "[profile p\($0)]\n" + Self.settings($0) + "\n" }.joined()
        try PrivateFile.create(folder.file("config"), Secret(utf8: profiles + more))
        return ConfigurationFile(path: folder.file("config"), home: folder.path)
    }

    private static func settings(_ number: Int) -> String {
        """
        ; customer \(number)
        issuer = https://sso.example
        client_id = client-of-\(number)
        client_auth = none
        scope = read write
        allow = https://api.example/\(number)

        """
    }

    private func failure(_ body: () throws(BrokerError) -> Void) -> BrokerError? {
        do throws(BrokerError) {
            try body()
            return nil
        } catch {
            return error
        }
    }

    @Test func `gives each its own settings, in the order of the file`() throws {
        let file = try file(600)
        for number in [1, 2, 300, 600] {
            #expect(try file.profile("p\(number)").clientID == "client-of-\(number)")
        }
        let names = try file.contents().profiles.map(\.name)
        #expect(names == (1...600).map { "p\($0)" })
    }

    @Test func `is not slower for each profile where there are more of them`() throws {
        let few = try file(300)
        let short = try processorTime { _ = try few.contents() }
        let more = TemporaryFolder()
        let text = (1...3000).map { "[profile p\($0)]\n" + Self.settings($0) }.joined()
        try PrivateFile.create(more.file("config"), Secret(utf8: text))
        let many = ConfigurationFile(path: more.file("config"), home: more.path)
        let long = try processorTime { _ = try many.contents() }
        // Ten times as many take ten times as long, and by squares a hundred times.
        #expect(long < short * 40, "\(short) and \(long)")
    }

    @Test func `changes one and leaves the others as they are, byte for byte`() throws {
        let file = try file(500)
        let before = try #require(try file.wholeText())
        try file.apply(
            ["scope": ["admin"], "allow": ["https://a.example", "https://b.example"]],
            to: "p250")
        let after = try #require(try file.wholeText())
        let expected = before.replacing(
            """
            client_id = client-of-250
            client_auth = none
            scope = read write
            allow = https://api.example/250
            """,
            with: """
                client_id = client-of-250
                client_auth = none
                scope = admin
                allow = https://a.example
                allow = https://b.example
                """)
        #expect(after == expected && after != before)
        #expect(try file.profile("p250").scope == "admin")
        #expect(try file.profile("p251").scope == "read write")
    }

    @Test func `takes a new one at its end`() throws {
        let file = try file(500)
        let before = try #require(try file.wholeText())
        try file.apply(["client_id": ["x"]], to: "new")
        #expect(try file.wholeText() == before + "[profile new]\nclient_id = x\n")
    }

    @Test func `takes in those of another text that are missing`() throws {
        let file = try file(5)
        let other = (4...600).map { "[profile p\($0)]\nclient_id = other-\($0)\n" }.joined()
        let added = try file.addProfiles(of: other)
        #expect(added == (6...600).map { "p\($0)" })
        #expect(try file.profile("p5").clientID == "client-of-5")
        #expect(try file.profile("p600").clientID == "other-600")
    }

    @Test func `names the line of a mistake in the last one`() throws {
        let file = try file(300, "[profile last]\nclient_idd = x\n")
        let error = failure { () throws(BrokerError) in _ = try file.contents() }
        #expect(error?.message.contains("line 2402: unknown key `client_idd`") == true)
    }

    @Test func `names the nearest and a few where one is unknown`() throws {
        let file = try file(300)
        let error = failure { () throws(BrokerError) in _ = try file.profile("p20x") }
        let hints = try #require(error?.hints)
        #expect(hints.first?.contains("did you mean p2") == true)
        #expect(hints.last?.hasSuffix("p19, p20 and 280 more") == true)
        #expect(hints.joined().utf8.count < 300)
    }

    @Test func `is read again after each change, however soon it comes`() throws {
        let file = try file(10)
        for number in 1...20 {
            // As an editor does that writes in place.
            let text = "[profile p\(number)]\nclient_id = \(number)\n"
            try PrivateFile.replace(folder.file("config"), Secret(utf8: text))
            #expect(try file.contents().profiles.map(\.name) == ["p\(number)"])
        }
    }
}
