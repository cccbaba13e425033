import Glibc
import SesameBroker
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@Suite struct `The section of a token file` {
    private let folder = TemporaryFolder()
    private static let profiles = """
        [profile work]
        client_id = x
        [profile plain]
        grant = basic

        """

    @Test func `needs a profile and a path, and is private unless it says more`() throws {
        let file = try #require(try file("profile = work\npath = ~/token\n"))
        #expect(file.name == "app" && file.profile == "work")
        #expect(file.path == folder.file("token"))
        #expect(file.file.permissions == .ownerOnly && file.format == .token)
    }

    @Test func `says who may read it, and in which form it comes`() throws {
        let file = try #require(
            try file(
                "profile = work\npath = /run/app/token\nmode = 0640\nowner = root\ngroup = 4711\n"
                    + "format = header\nscope = read\nresource = https://api.example\n"))
        #expect(
            file.file.permissions == FilePermissions(mode: 0o640, owner: 0, group: 4711))
        #expect(file.format == .header)
        #expect(try self.file("profile = work\npath = /a\nformat = json")?.format == .json)
        for mode in ["0600", "0400", "0440", "640"] {
            let text = "profile = work\npath = /a\ngroup = 4711\nmode = \(mode)"
            let permissions = try self.file(text)?.file.permissions
            #expect(permissions?.mode == UInt32(mode, radix: 8))
        }
    }

    @Test(arguments: [
        "mode = 0644", "mode = 0666", "mode = 0660", "mode = 0620", "mode = 0040", "mode = 4600",
        "mode = rw", "mode = 600000000000000", "mode = +640", "mode =",
        "owner = nobody-of-the-kind",
        "owner = -1", "group = 4294967295", "group = no such group", "format = xml", "colour = red",
        "path = /other", "profile = work", "path = token", "path = /run/app/", "path = ./token",
        "path = /run/../token", "path = /run//token", "path = /run/./token",
    ])
    func `is refused with its line where it says anything else`(line: String) throws {
        // The last ones stand there twice, or are no path at all.
        let isFirst = line.hasPrefix("path = ") && !line.hasSuffix("other")
        let text = "profile = work\n" + (isFirst ? "" : "path = /run/app/token\n") + line + "\n"
        let error = try #require(refusal(of: text))
        #expect(error.code == .configuration)
        let number = 5 + text.split(separator: "\n").count
        #expect(error.message.contains(", line \(number): "), "\(error.message)")
    }

    @Test(arguments: [
        "path = /run/app/token", "profile = work", "profile = nobody\npath = /a",
        "profile = plain\npath = /a", "profile = work\npath = /taken",
    ])
    func `is refused where it can never be kept`(text: String) throws {
        let other = text.contains("taken") ? "\n[file other]\n\(text)\n" : ""
        let error = try #require(refusal(of: text + "\n" + other))
        #expect(error.message.contains("[file "), "\(error.message)")
        #expect(error.message.contains(", line \(other.isEmpty ? 5 : 9): "), "\(error.message)")
    }

    @Test func `of a name that is none is refused`() throws {
        #expect(throws: BrokerError.self) {
            try read(Self.profiles + "[file a b]\nprofile = work\npath = /a\n")
        }
    }

    private func file(_ text: String) throws -> TokenFile? {
        try read(Self.profiles + "[file app]\n" + text).files["work"].first
    }

    private func refusal(of text: String) -> BrokerError? {
        do throws(BrokerError) {
            _ = try read(Self.profiles + "[file app]\n" + text)
            return nil
        } catch { return error }
    }

    private func read(_ text: String) throws(BrokerError) -> ConfigurationFile.Contents {
        try? PrivateFile.replace(folder.file("config"), Secret(utf8: text))
        return try ConfigurationFile(path: folder.file("config"), home: folder.path).contents()
    }
}
