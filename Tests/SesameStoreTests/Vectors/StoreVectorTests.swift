import Glibc
import SesameCrypto
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@testable import SesameStore

/// The files of docs/vectors, which other programs can be tried with.
@Suite struct `A published store` {
    /// `SESAME_WRITE_VECTORS=1` writes the files.
    @Test(arguments: StoreVectorPlan.all)
    func `is what this version writes, bit for bit`(plan: StoreVectorPlan) async throws {
        let text = try await plan.text()
        let path = "\(vectorFolder)/store-\(plan.name).sql"
        if unsafe getenv("SESAME_WRITE_VECTORS") != nil {
            try FileDescriptor.write(text, to: path)
        }
        let published = try PrivateFile.readShared(path, limit: 1 << 20)
        #expect(published.dangerouslyRevealedText() == text)
    }

    @Test(arguments: StoreVectorPlan.all.map(\.name) + ["format-1"])
    func `reads as its header says`(name: String) async throws {
        let path = "\(vectorFolder)/store-\(name).sql"
        let text = try PrivateFile.readShared(path, limit: 1 << 20).dangerouslyRevealedText()
        let vector = try StoreVector(text)
        let folder = TemporaryFolder()
        try vector.write(to: folder.file("store.db"))
        try #require(!vector.expectations.isEmpty)
        for (question, answer) in vector.expectations {
            let found = await StoreVector.answer(question, folder: folder, key: vector.key)
            #expect(found == answer, "\(question)")
        }
    }
}

let vectorFolder =
    #filePath.split(separator: "/").dropLast(4).reduce("") { $0 + "/" + $1 } + "/docs/vectors"

extension FileDescriptor {
    fileprivate static func write(_ text: String, to path: String) throws {
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        defer { close(file) }
        try FileDescriptor.writeAll(Array(text.utf8).span, to: file)
    }
}
