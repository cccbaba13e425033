import SesameAge
import SesameSecrets

extension FuzzTarget {
    /// An age file that was changed opens in no part but those before the change.
    static let age = FuzzTarget(
        "age", seeds: ["age-encryption.org/v1\n-> X25519 AA\nAA\n--- AA\n"],
        bytes: [sealedFile].compactMap(\.self)
    ) { bytes throws(Violation) in
        guard let identity else { throw Violation("there is no key") }
        let file = bytes.array
        var position = 0
        let read: (Int) -> [UInt8] = { count in
            let piece = file[position..<min(position + count, file.count)]
            position = piece.endIndex
            return Array(piece)
        }
        guard var reader = try? AgeReader(opening: read, with: .identities([identity])) else {
            return
        }
        while let chunk = try? reader.next() {
            try require(chunk.equals(ageText), "a forged chunk was opened")
        }
    }

    private static let identity = try? AgeIdentity(privateKey: FixedRandom().bytes(32))
    private static let ageText = Secret(utf8: "what was sealed")

    private static var sealedFile: [UInt8]? {
        guard let identity else { return nil }
        var file: [UInt8] = []
        let append: (Span<UInt8>) -> Void = { file += $0.array }
        guard
            var writer = try? AgeWriter(
                for: .keys([identity.recipient]), random: FixedRandom(), sink: append),
            (try? ageText.withBytes { bytes throws(AgeError) in try writer.write(bytes) }) != nil,
            (try? writer.finish()) != nil
        else { return nil }
        return file
    }
}
