import Glibc
import SesameSystem

/// The lines of a stretch of a file, first to last.
struct FileLines {
    /// One line without its end.
    struct Line {
        let bytes: ArraySlice<UInt8>
        /// Where it begins in the file.
        let start: Int64
        /// Whether it has an end; what was cut off has none.
        let isEnded: Bool

        /// Where the next one begins.
        var end: Int64 { start + Int64(bytes.count) + (isEnded ? 1 : 0) }
    }

    private let file: Int32
    private let limit: Int64
    private var chunk: ArraySlice<UInt8> = []
    /// Where in the file the chunk begins.
    private var position: Int64

    init(of file: Int32, _ range: Range<Int64>) {
        self.file = file
        position = range.lowerBound
        limit = range.upperBound
    }

    /// The next line; one that is longer than any record comes in pieces.
    mutating func next() throws(SystemError) -> Line? {
        while true {
            if let end = chunk.firstIndex(of: UInt8(ascii: "\n")) {
                return take(chunk[..<end], isEnded: true)
            }
            let read = position + Int64(chunk.count)
            if read >= limit || chunk.count > ChainLine.longest {
                return chunk.isEmpty ? nil : take(chunk, isEnded: false)
            }
            let more = try bytes(of: file, read..<min(limit, read + 65_536))
            // It was cut off under our hands.
            guard !more.isEmpty else {
                return chunk.isEmpty ? nil : take(chunk, isEnded: false)
            }
            chunk = ArraySlice(Array(chunk) + more)
        }
    }

    private mutating func take(_ bytes: ArraySlice<UInt8>, isEnded: Bool) -> Line {
        let line = Line(bytes: bytes, start: position, isEnded: isEnded)
        chunk = chunk[bytes.endIndex...].dropFirst(isEnded ? 1 : 0)
        position = line.end
        return line
    }
}

/// The lines of a file from its last to its first.
struct BackwardLines {
    private let file: Int32
    /// What comes behind it was taken.
    private var end: Int64
    private var window: [UInt8] = []
    private var start: Int64

    init(of file: Int32, endingAt end: Int64) {
        self.file = file
        self.end = end
        start = end
    }

    mutating func next() throws(SystemError) -> FileLines.Line? {
        guard end > 0 else { return nil }
        if start == end { try widen() }
        guard !window.isEmpty else { return nil }
        window.removeLast(window.count - Int(end - start))
        let isEnded = window.last == UInt8(ascii: "\n")
        while true {
            let content = isEnded ? window.dropLast() : window[...]
            let mark = content.lastIndex(of: UInt8(ascii: "\n"))
            if mark == nil, start > 0, content.count <= ChainLine.longest {
                let before = start
                try widen()
                if start < before { continue }
            }
            let first = mark.map { $0 + 1 } ?? 0
            end = start + Int64(first)
            return FileLines.Line(bytes: content[first...], start: end, isEnded: isEnded)
        }
    }

    /// Takes more of what stands before.
    private mutating func widen() throws(SystemError) {
        let from = max(0, start - 65_536)
        window = try bytes(of: file, from..<end)
        start = from
    }
}

/// The bytes of a file, fewer where it ends.
func bytes(of file: Int32, _ range: Range<Int64>) throws(SystemError) -> [UInt8] {
    var code: Int32 = 0
    let wanted = Int(range.upperBound - range.lowerBound)
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: wanted) { room, count in
        while count < wanted {
            let got = unsafe pread(
                file, room.baseAddress?.advanced(by: count), wanted - count,
                Int(range.lowerBound) + count)
            if got > 0 {
                count += got
            } else if got == 0 {
                return
            } else if errno != EINTR {
                code = errno
                return
            }
        }
    }
    guard code == 0 else { throw SystemError("reading the audit trail", code: code) }
    return bytes
}
