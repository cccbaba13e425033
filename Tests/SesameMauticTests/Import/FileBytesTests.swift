import SesameMautic
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@Suite struct `A file that is read in pieces` {
    private let folder = TemporaryFolder()
    private var path: String { folder.file("contacts.csv") }

    private func write(_ count: Int, to path: String) throws {
        try PrivateFile.replace(path, Secret(copying: [UInt8](repeating: 0x61, count: count)))
    }

    private func readAll(_ bytes: inout FileBytes) throws -> Int {
        var count = 0
        while true {
            let piece = try bytes.next()
            if piece.isEmpty { return count }
            count += piece.count
        }
    }

    @Test(arguments: [0, 1, 200_000]) func `comes as a whole, twice`(_ count: Int) throws {
        try write(count, to: path)
        let found = try FileBytes(path)
        #expect(found.size == Int64(count))
        for _ in 0..<2 {
            var bytes = try FileBytes(path, sameAs: found)
            #expect(try readAll(&bytes) == count)
        }
    }

    @Test(arguments: ["truncate -s 100000", "truncate -s 300000", "printf b >>", "touch"])
    func `is an error where it changes meanwhile`(_ command: String) throws {
        try write(200_000, to: path)
        var bytes = try FileBytes(path)
        _ = try bytes.next()
        #expect(try ChildProcess.run("/bin/sh", ["-c", "\(command) '\(path)'"]).status == 0)
        let error = #expect(throws: ContactFileError.self) { try readAll(&bytes) }
        #expect(error?.message == "the file has changed while it was read")
    }

    @Test func `is an error where another file has its name`() throws {
        try write(10, to: path)
        let found = try FileBytes(path)
        try write(10, to: path)
        #expect(throws: ContactFileError.self) { try FileBytes(path, sameAs: found) }
    }

    @Test func `may change once all of it was read`() throws {
        try write(1000, to: path)
        var bytes = try FileBytes(path)
        _ = try bytes.next()
        #expect(try ChildProcess.run("/bin/sh", ["-c", "touch '\(path)'"]).status == 0)
        #expect(try bytes.next().isEmpty)
    }
}
