import Glibc
import SesameSystem
import TestSupport
import Testing

@Suite struct `The journal` {
    private let folder = TemporaryFolder()

    @Test func `gets a line for each field, and nothing that could begin another`() throws {
        let socket = try NotificationSocket(folder.file("journal"))
        #expect(Journal.isThere(at: socket.address))
        let journal = try Journal(path: socket.address, identifier: "sesamed")
        journal.send(
            "a\u{1B}[31m\nPRIORITY=0", .warning,
            [
                Journal.Field("SESAME_PROFILE", "work"), Journal.Field("SESAME_SCOPE", "a=b"),
                Journal.Field("_UID", "0"), Journal.Field("lower", "x"), Journal.Field("", "x"),
                Journal.Field("A\nB", "x"),
            ])
        #expect(
            try socket.receive() == [
                #"MESSAGE=a\u{1b}[31m\u{a}PRIORITY=0"#, "PRIORITY=4", "SYSLOG_IDENTIFIER=sesamed",
                "SESAME_PROFILE=work", "SESAME_SCOPE=a=b",
            ])
    }

    @Test func `gets a value with line ends in its length`() throws {
        let socket = try NotificationSocket(folder.file("journal"))
        let journal = try Journal(path: socket.address, identifier: "x")
        journal.send("m", .notice, [Journal.Field("TEXT", "one\nPRIORITY=0\n")])
        let bytes = try socket.receiveBytes()
        let value: [UInt8] = Array("TEXT\n".utf8) + [15, 0, 0, 0, 0, 0, 0, 0]
        #expect(bytes.suffix(value.count + 16) == value + Array("one\nPRIORITY=0\n\n".utf8))
    }

    @Test func `that has no room drops an entry, and hears of it later`() throws {
        let socket = try NotificationSocket(folder.file("journal"))
        let journal = try Journal(path: socket.address, identifier: "x")
        var sent = 0
        while journal.dropped == 0 {
            journal.send("m", .information, [])
            sent += 1
            try #require(sent < 100_000, "a socket without end")
        }
        for _ in 1..<sent { _ = try socket.receive() }
        journal.send("m", .information, [])
        #expect(try socket.receive().last == "SESAME_JOURNAL_DROPPED=1")
        journal.send("m", .information, [])
        #expect(try socket.receive().count == 3)
    }

    @Test(arguments: ["/no/such/socket", "/" + String(repeating: "x", count: 200)])
    func `that is not there is no trouble`(path: String) throws {
        #expect(!Journal.isThere(at: path))
        let journal = try Journal(path: path, identifier: "x")
        journal.send("m", .error, [])
        #expect(journal.dropped == 1)
    }
}
