package import SesameSecrets

/// Opens an age file as a stream, in memory that does not grow with it.
///
/// No plaintext of a chunk is handed out before its tag was right. The chunks before a damaged one
/// are: a caller acts on what it read only after ``next()`` has returned `nil`.
package struct AgeReader: ~Copyable {
    private var input: Input
    private var cipher: ChunkCipher
    private var isAtEnd = false
    private var failure: AgeError?

    /// Reads the header and finds the file key.
    ///
    /// Blocks the thread where a passphrase has to be stretched.
    /// - Parameter source: gives sealed bytes in order, at most as many as asked for; none at the end.
    package init(
        opening source: @escaping (Int) throws -> [UInt8], with opener: AgeOpener
    ) throws(AgeError) {
        var input = Input(source)
        let header = try HeaderParser.parse(try input.headerText())
        let fileKey = try header.fileKey(for: opener)
        let salt = try input.take(upTo: ChunkCipher.saltLength)
        // The vectors of the format count this to the header.
        guard salt.count == ChunkCipher.saltLength else { throw .header("it ends too early") }
        cipher = ChunkCipher(fileKey: fileKey, salt: salt)
        self.input = input
    }

    /// The next piece of the plaintext, 64 KiB at the most; `nil` once the whole file was read and
    /// was right.
    ///
    /// After an error there is no more but that error.
    package mutating func next() throws(AgeError) -> Secret? {
        if let failure { throw failure }
        guard !isAtEnd else { return nil }
        do throws(AgeError) {
            return try openChunk()
        } catch {
            failure = error
            throw error
        }
    }

    private mutating func openChunk() throws(AgeError) -> Secret? {
        let sealed = try input.take(upTo: ChunkCipher.sealedLength)
        // Only where the file ends can a chunk be the last one.
        let isLast = try input.isAtEnd()
        let isFirst = cipher.isAtFirst
        let chunk = try cipher.open(sealed.span, isLast: isLast)
        isAtEnd = isLast
        guard chunk.isEmpty else { return chunk }
        guard isFirst else { throw .payload("its last part is empty, which no program writes") }
        return nil
    }
}

/// The sealed bytes, with those that were read ahead.
private struct Input {
    private let source: (Int) throws -> [UInt8]
    private var ahead: ArraySlice<UInt8> = []

    init(_ source: @escaping (Int) throws -> [UInt8]) {
        self.source = source
    }

    /// From the first byte of the file to the end of the line of the MAC.
    mutating func headerText() throws(AgeError) -> [UInt8] {
        var text: [UInt8] = []
        while true {
            let line = try takeLine(limit: Header.lengthLimit - text.count)
            if text.isEmpty, line.starts(with: "-----BEGIN AGE ENCRYPTED FILE-----".utf8) {
                throw AgeError(
                    .armored,
                    "the file is armored (age -a), which is not supported: decrypt it with `age -d`"
                        + " and encrypt it without -a")
            }
            // What is no age file should be called that, however long its first line is.
            if text.isEmpty, !line.elementsEqual("\(Header.version)\n".utf8) {
                throw .header("it does not begin with the line \(Header.version)")
            }
            text += line
            guard line.last == UInt8(ascii: "\n") else { throw .header("its header has no end") }
            if line.starts(with: Header.macMark.utf8) { return text }
        }
    }

    /// At most this many bytes; fewer only at the end.
    mutating func take(upTo count: Int) throws(AgeError) -> [UInt8] {
        var taken = Array(ahead.prefix(count))
        ahead = ahead.dropFirst(count)
        while taken.count < count {
            let more = try pull(count - taken.count)
            if more.isEmpty { break }
            taken += more
        }
        return taken
    }

    mutating func isAtEnd() throws(AgeError) -> Bool {
        if ahead.isEmpty { ahead = try pull(Self.piece)[...] }
        return ahead.isEmpty
    }

    /// A line with its line feed, or what there is of it at the end or within the limit.
    private mutating func takeLine(limit: Int) throws(AgeError) -> [UInt8] {
        var line: [UInt8] = []
        while line.count < limit, try !isAtEnd() {
            let end = ahead.prefix(limit - line.count).firstIndex(of: UInt8(ascii: "\n"))
            let part = end.map { ahead[...$0] } ?? ahead.prefix(limit - line.count)
            line += part
            ahead = ahead[part.endIndex...]
            if end != nil { break }
        }
        return line
    }

    private func pull(_ count: Int) throws(AgeError) -> [UInt8] {
        do {
            let bytes = try source(count)
            precondition(bytes.count <= count, "the source gave more than was asked for")
            return bytes
        } catch {
            throw AgeError(.transfer, "the sealed file cannot be read: \(error)")
        }
    }

    private static let piece = 4096
}
