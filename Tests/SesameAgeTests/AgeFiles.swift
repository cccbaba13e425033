import Glibc
import SesameAge
import SesameCrypto
import SesameSecrets
import SesameSystem
import TestSupport

/// Seals bytes in memory, handed over in pieces of this size.
func sealed(
    _ plaintext: [UInt8], for recipients: AgeRecipients, piece: Int = 10_000,
    random: any RandomSource = SeededRandom()
) throws -> [UInt8] {
    let file = Locked<[UInt8]>([])
    var writer = try AgeWriter(for: recipients, random: random) { bytes in
        let copy = bytes.indices.map { bytes[$0] }
        file.withLock { $0 += copy }
    }
    for start in stride(from: 0, to: plaintext.count, by: piece) {
        let end = min(start + piece, plaintext.count)
        try writer.write(plaintext.span.extracting(start..<end))
    }
    try writer.finish()
    return file.withLock { $0 }
}

/// What an attempt to open a file gave before it ended, and how it ended.
struct Opened {
    var released: [UInt8] = []
    /// The largest piece that was handed out.
    var largest = 0
    var failure: AgeError?
}

/// Opens bytes in memory to their end or to the first error.
func opened(_ file: [UInt8], with opener: AgeOpener, piece: Int = .max) -> Opened {
    let position = Locked(0)
    var result = Opened()
    do throws(AgeError) {
        var reader = try AgeReader(
            opening: { wanted in
                position.withLock { start in
                    let end = min(start + min(wanted, piece), file.count)
                    defer { start = end }
                    return Array(file[start..<end])
                }
            }, with: opener)
        while let chunk = try reader.next() {
            result.released += chunk.dangerouslyRevealedBytes()
            result.largest = max(result.largest, chunk.count)
        }
    } catch {
        result.failure = error
    }
    return result
}

/// An identity that is the same for the same name.
func identity(_ name: String = "mine") -> AgeIdentity {
    do {
        return try AgeIdentity(privateKey: SeededRandom(name).bytes(32))
    } catch {
        preconditionFailure("\(error)")
    }
}

/// Bytes without a pattern that chunks could share.
func noise(_ count: Int) -> [UInt8] {
    SeededRandom("noise").bytes(count).dangerouslyRevealedBytes()
}

/// The bytes of a file that a test's program has written.
func contents(of path: String) throws -> [UInt8] {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemError("opening \(path)") }
    let file = FileDescriptor(owning: descriptor)
    return try FileDescriptor.readAll(file.number, limit: 64 << 20).dangerouslyRevealedBytes()
}
