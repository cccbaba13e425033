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

    @Test func `takes nothing away that somebody else has put in its place`() throws {
        let file = try AppendedFile(path)
        try PrivateFile.replace(path, Secret(utf8: "precious"))
        file.remove()
        #expect(try PrivateFile.read(path, limit: 100).dangerouslyRevealedText() == "precious")
    }
}
