import SesameCrypto
import SesameJSON
import SesameSecrets

/// One line of the trail, without its end: a record that carries its number, the hash of the record
/// before and its own.
///
///     {"seq":7,"prev":"64 digits","time":…,"hash":"64 digits"}
///
/// The hash is the SHA-256 of all bytes before `,"hash":`. There is one spelling for all of it, so that
/// no bit can be changed unseen.
struct ChainLine {
    let head: AuditHead
    let previous: String

    /// Why a line is no record.
    enum Flaw: String, Error {
        case malformed = "is no record"
        case changed = "was changed: its hash is not the one of its bytes"
    }

    /// Reads a line and checks its hash.
    init(_ line: ArraySlice<UInt8>) throws(Flaw) {
        guard let sequence = Self.sequence(of: line) else { throw .malformed }
        let start = "\(Self.beginning)\(sequence)\(Self.previousMark)".utf8.count
        let bodyEnd = line.endIndex - Self.endLength
        guard line.startIndex + start + 65 < bodyEnd,
            line[(line.endIndex - 2)...].elementsEqual("\"}".utf8),
            line[bodyEnd...].starts(with: Self.hashMark.utf8)
        else { throw .malformed }
        let digits = line[(line.startIndex + start)...].prefix(64)
        guard digits.allSatisfy(isHexadecimal), line[digits.endIndex] == UInt8(ascii: "\"") else {
            throw .malformed
        }
        let hash = Self.hash(of: line[..<bodyEnd])
        guard line[(line.endIndex - 66)...].prefix(64).elementsEqual(hash.utf8) else {
            throw .changed
        }
        head = AuditHead(sequence: sequence, hash: hash)
        previous = String(decoding: digits, as: UTF8.self)
    }

    /// The number that a line begins with, whatever else it holds.
    static func sequence(of line: ArraySlice<UInt8>) -> Int64? {
        guard line.starts(with: beginning.utf8) else { return nil }
        let rest = line.dropFirst(beginning.utf8.count)
        let digits = rest.prefix { (0x30...0x39).contains($0) }
        guard digits.count <= 18, digits.first != 0x30,
            rest.dropFirst(digits.count).starts(with: previousMark.utf8)
        else { return nil }
        return digits.isEmpty ? nil : digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }

    /// Whether the trail speaks of itself in this line.
    static func isNote(_ line: ArraySlice<UInt8>) -> Bool {
        let mark = Array(#"","action":"trail","outcome":"#.utf8)
        // Behind the number, a hash and a time, all of a known length.
        return line.prefix(200).indices.contains { line[$0...].starts(with: mark) }
    }

    /// The line that follows a head, with its end, and the new head.
    static func following(
        _ head: AuditHead, _ members: [(String, JSONValue)]
    ) -> (bytes: [UInt8], head: AuditHead) {
        let sequence = head.sequence + 1
        var bytes = Array("\(beginning)\(sequence)\(previousMark)\(head.hash)\",".utf8)
        bytes += JSONValue.object(members).encoded().dangerouslyRevealedBytes()
            .dropFirst().dropLast()
        let hash = hash(of: bytes[...])
        bytes += Array("\(hashMark)\(hash)\"}\n".utf8)
        return (bytes, AuditHead(sequence: sequence, hash: hash))
    }

    private static func hash(of bytes: ArraySlice<UInt8>) -> String {
        hexadecimal(SHA256.digest(bytes.span).dangerouslyRevealedBytes())
    }

    private static let beginning = #"{"seq":"#
    private static let previousMark = #","prev":""#
    private static let hashMark = #","hash":""#
    private static let endLength = hashMark.utf8.count + 66
    /// No record is longer.
    static let longest = 16_384
}
