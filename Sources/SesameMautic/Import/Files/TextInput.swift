/// The text of a file in UTF-8, byte by byte, of which a piece at a time is in memory.
public struct TextInput {
    private var source: any ByteSource
    private var decoder: TextDecoder
    private var piece: [UInt8] = []
    private var position = 0
    private var hasEnded = false
    /// How many bytes the file gave so far.
    private(set) var bytesRead: Int64 = 0

    /// - Parameter encoding: `nil` for what the file's first bytes say, and for UTF-8 where they say nothing.
    public init(_ source: any ByteSource, encoding: TextEncoding? = nil) {
        self.source = source
        decoder = TextDecoder(encoding)
    }

    /// Whether the file has begun with a byte order mark, or is written in another encoding than UTF-8.
    var isMarked: Bool { decoder.isMarked }

    /// What is left of the piece in memory, after a new one was read if nothing was; empty at the end.
    mutating func rest() throws(ContactFileError) -> ArraySlice<UInt8> {
        if position == piece.count { try readOn() }
        return piece[position...]
    }

    /// Steps over bytes of ``rest()``.
    mutating func skip(_ count: Int) { position += count }

    /// The first line with its end, or as much of it as anybody should look at; it is not used up.
    mutating func firstLine() throws(ContactFileError) -> ArraySlice<UInt8> {
        while true {
            let line = piece[position...].prefix(65_536)
            if let end = line.firstIndex(of: UInt8(ascii: "\n")) { return line[...end] }
            guard line.count < 65_536, !hasEnded else { return line }
            let before = piece[position...]
            try readOn()
            piece = before + piece
        }
    }

    private mutating func readOn() throws(ContactFileError) {
        piece = []
        position = 0
        while piece.isEmpty, !hasEnded {
            let bytes = try source.next()
            bytesRead += Int64(bytes.count)
            hasEnded = bytes.isEmpty
            piece = decoder.decode(bytes)
        }
    }
}
