import SesameSecrets

/// Something that takes bytes from outside, with what must be true of it whatever they are.
///
/// `make fuzz` searches for bytes that make it false; the tests try the seeds and thousands of changed copies of them.
struct FuzzTarget: Sendable {
    /// As `make fuzz` calls it.
    let name: String
    /// What the search begins with; what it has found once stays among them.
    let seeds: [[UInt8]]
    /// Reads the bytes.
    /// - Throws: ``Violation``; a trap is one too.
    let run: @Sendable (Span<UInt8>) throws(Violation) -> Void

    init(
        _ name: String, seeds: [String], bytes: [[UInt8]] = [],
        run: @escaping @Sendable (Span<UInt8>) throws(Violation) -> Void
    ) {
        self.name = name
        self.seeds = seeds.map { Array($0.utf8) } + bytes
        self.run = run
    }

    static let all: [FuzzTarget] = [
        json, jws, keys, form, callback, challenge, url, requestHead, responseHead, tokenResponse,
        metadata, configuration, git, record, age, importing, contacts,
    ]
}

/// What must be true was not.
struct Violation: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Fails unless it is so.
func require(
    _ isSo: @autoclosure () -> Bool, _ what: @autoclosure () -> String
) throws(Violation) {
    guard isSo() else { throw Violation(what()) }
}

extension Span<UInt8> {
    /// The bytes as text, broken sequences mended, for readers that take a `String`.
    var text: String { String(decoding: array, as: UTF8.self) }

    /// The bytes, to keep.
    var array: [UInt8] { indices.map { self[$0] } }
}
