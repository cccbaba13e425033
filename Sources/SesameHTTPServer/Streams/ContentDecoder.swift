import SesameHTTP

/// Takes the framing off the content of a request (RFC 9112, sections 6.2 and 7.1).
///
/// What two programs could read in two ways is malformed. Extensions of chunks and trailer fields are
/// dropped.
struct ContentDecoder {
    struct Malformed: Error {}

    private enum Place {
        /// So many bytes of a content whose length was told.
        case content(left: Int)
        case size(Int, digits: Int)
        case chunkExtension
        case endOfSize
        case chunk(left: Int)
        case endOfChunk
        case endOfChunkLine
        /// A trailer field, or the empty line.
        case trailer
        case trailerField
        case endOfTrailerField
        case endOfAll
        case complete
    }

    private var place: Place
    /// Bytes of extensions and trailer fields, which nobody wants.
    private var idle = 0
    private static let mostIdle = 8192

    init(_ framing: RequestHead.Framing) {
        place =
            switch framing {
            case .length(0): .complete
            case .length(let length): .content(left: length)
            case .chunked: .size(0, digits: 0)
            }
    }

    /// Whether the content is over; what follows is another request.
    var isComplete: Bool { if case .complete = place { true } else { false } }

    /// Hands the content in these bytes to `take`, and returns how many of them belong to it.
    mutating func decode(
        _ bytes: Span<UInt8>, _ take: (Span<UInt8>) -> Void
    ) throws(Malformed) -> Int {
        var index = 0
        while index < bytes.count {
            switch place {
            case .complete: return index
            case .content(let left):
                let count = min(left, bytes.count - index)
                take(bytes.extracting(index..<(index + count)))
                index += count
                place = left == count ? .complete : .content(left: left - count)
            case .chunk(let left):
                let count = min(left, bytes.count - index)
                take(bytes.extracting(index..<(index + count)))
                index += count
                place = left == count ? .endOfChunk : .chunk(left: left - count)
            default:
                place = try place(behind: bytes[index])
                index += 1
            }
        }
        return index
    }

    /// Where one byte of the framing leads.
    private mutating func place(behind byte: UInt8) throws(Malformed) -> Place {
        switch (place, byte) {
        case (.size(let size, let digits), _) where digits < 15 && hexadecimalValue(byte) != nil:
            return .size(size << 4 | Int(hexadecimalValue(byte) ?? 0), digits: digits + 1)
        case (.size(let size, 1...), 0x0D), (.size(let size, 1...), UInt8(ascii: ";")):
            chunkSize = size
            return byte == 0x0D ? .endOfSize : .chunkExtension
        case (.chunkExtension, 0x0D): return .endOfSize
        case (.chunkExtension, 0x09), (.chunkExtension, 0x20...0x7E):
            return try skipping(.chunkExtension)
        case (.endOfSize, 0x0A): return chunkSize == 0 ? .trailer : .chunk(left: chunkSize)
        case (.endOfChunk, 0x0D): return .endOfChunkLine
        case (.endOfChunkLine, 0x0A): return .size(0, digits: 0)
        case (.trailer, 0x0D): return .endOfAll
        case (.trailer, 0x21...0x7E): return try skipping(.trailerField)
        case (.trailerField, 0x0D): return .endOfTrailerField
        case (.trailerField, 0x09), (.trailerField, 0x20...0x7E), (.trailerField, 0x80...):
            return try skipping(.trailerField)
        case (.endOfTrailerField, 0x0A): return .trailer
        case (.endOfAll, 0x0A): return .complete
        default: throw Malformed()
        }
    }

    private var chunkSize = 0

    private mutating func skipping(_ place: Place) throws(Malformed) -> Place {
        idle += 1
        guard idle <= Self.mostIdle else { throw Malformed() }
        return place
    }
}
