/// The text of a file in UTF-8, byte by byte, of which a piece at a time is in memory.
package struct TextInput {
    private var source: any ByteSource
    private var decoder: TextDecoder
    private var piece: [UInt8] = []
    private var position = 0
    private var hasEnded = false
    /// How many bytes the file gave so far.
    private(set) var bytesRead: Int64 = 0

    /// - Parameter encoding: `nil` for what the file's first bytes say, and for UTF-8 where they say nothing.
    package init(_ source: any ByteSource, encoding: TextEncoding? = nil) {
        self.source = source
        decoder = TextDecoder(encoding)
    }

    /// What is left of the piece in memory, after a new one was read if nothing was; empty at the end.
    mutating func rest() throws(ContactFileError) -> ArraySlice<UInt8> {
        if position == piece.count { try readOn() }
        return piece[position...]
    }

    /// Steps over bytes of ``rest()``.
    mutating func skip(_ count: Int) { position += count }

    /// The first line or so, which is not used up by it.
    mutating func beginning() throws(ContactFileError) -> [UInt8] {
        while piece.count - position < 65_536, !piece[position...].contains(UInt8(ascii: "\n")),
            !hasEnded
        {
            let before = Array(piece[position...])
            position = piece.count
            try readOn()
            piece = before + piece[position...]
            position = 0
        }
        return Array(piece[position...].prefix(65_536))
    }

    private mutating func readOn() throws(ContactFileError) {
        piece = []
        position = 0
        while piece.isEmpty, !hasEnded {
            let bytes: [UInt8]
            do {
                bytes = try source.next()
            } catch {
                throw ContactFileError("the file cannot be read: \(error)")
            }
            bytesRead += Int64(bytes.count)
            hasEnded = bytes.isEmpty
            piece = decoder.decode(bytes)
        }
    }
}
