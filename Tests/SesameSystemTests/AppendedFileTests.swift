import Glibc
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@Suite struct `A file that is added to` {
    private let folder = TemporaryFolder()
    private var path: String { folder.file("journal") }

    @Test func `grows by what is added, and is gone when it is removed`() throws {
        let file = try AppendedFile(path)
        try file.append([1, 2].span)
        try file.append([3].span)
        #expect(try file.contents(limit: 10).dangerouslyRevealedBytes() == [1, 2, 3])
        #expect(AppendedFile.isTaken(path))
        file.remove()
        #expect(!AppendedFile.isTaken(path))
    }

    @Test(.enabled(if: geteuid() == 0, "only root can be somebody else"))
    func `is never another user's, who would get to know what is added`() async {
        await #expect(processExitsWith: .success) {
            let folder = TemporaryFolder()
            let path = folder.file("failed.csv")
            try PrivateFile.create(path, Secret(utf8: ""))
            #expect(unsafe chown(path, 777, 777) == 0 && chmod(path, 0o666) == 0)
            #expect(unsafe chmod(PrivateFile.folder(of: path), 0o777) == 0)
            #expect(seteuid(12345) == 0)
            let error = #expect(throws: SystemError.self) { try AppendedFile(path) }
            #expect(error?.code == EACCES)
            try AppendedFile(folder.file("other.csv")).append([1].span)
            try AppendedFile(folder.file("other.csv")).append([2].span)
            #expect(seteuid(0) == 0)
        }
    }

    @Test func `takes nothing away that somebody else has put in its place`() throws {
        let file = try AppendedFile(path)
        try PrivateFile.replace(path, Secret(utf8: "precious"))
        file.remove()
        #expect(try PrivateFile.read(path, limit: 100).dangerouslyRevealedText() == "precious")
    }
}
