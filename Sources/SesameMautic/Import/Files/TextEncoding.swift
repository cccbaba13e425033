/// How the text of a file is written down.
public enum TextEncoding: String, Sendable, CaseIterable {
    case utf8 = "utf-8"
    case utf16 = "utf-16"
    /// What older spreadsheets of western Europe write.
    case windows1252 = "windows-1252"
}

/// What stands before a text in UTF-8 that says so; nothing else begins like that.
let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

/// Turns the bytes of a file into UTF-8, piece by piece.
///
/// What no character stands for becomes the byte FF, which is in no text in UTF-8: whoever reads the row sees that
/// something is wrong with it, and where.
struct TextDecoder {
    private var encoding: TextEncoding?
    private var isLittleEndian = true
    private var hasBegun = false
    /// Bytes of a character that goes on in the next piece.
    private var held: [UInt8] = []

    /// - Parameter encoding: `nil` for what the file's first bytes say, and for UTF-8 where they say nothing.
    init(_ encoding: TextEncoding?) {
        self.encoding = encoding
    }

    /// The text of the next piece; an empty piece is the end.
    mutating func decode(_ piece: [UInt8]) -> [UInt8] {
        var bytes = held + piece
        held = []
        if !hasBegun {
            guard bytes.count >= 3 || piece.isEmpty else {
                held = bytes
                return []
            }
            hasBegun = true
            let mark = mark(in: bytes)
            isMarked = mark > 0 || encoding ?? .utf8 != .utf8
            bytes.removeFirst(mark)
        }
        switch encoding ?? .utf8 {
        case .utf8: return bytes
        case .windows1252: return fromWindows(bytes)
        case .utf16: return fromUTF16(bytes, isEnd: piece.isEmpty)
        }
    }

    /// Whether bytes are kept that the next piece has to complete.
    var isHolding: Bool { !held.isEmpty }

    /// Whether the file has begun with a byte order mark, or is written in another encoding.
    private(set) var isMarked = false

    /// How many bytes a byte order mark takes.
    ///
    /// One of UTF-8 decides also where something else was said: of a file in another encoding, the file of failed rows has
    /// it, and is imported with the same options.
    private mutating func mark(in bytes: [UInt8]) -> Int {
        if bytes.starts(with: byteOrderMark) {
            encoding = .utf8
            return byteOrderMark.count
        }
        guard encoding == nil || encoding == .utf16 else { return 0 }
        for (mark, isLittle) in [([0xFF, 0xFE] as [UInt8], true), ([0xFE, 0xFF], false)]
        where bytes.starts(with: mark) {
            encoding = .utf16
            isLittleEndian = isLittle
            return 2
        }
        return 0
    }

    private mutating func fromUTF16(_ bytes: [UInt8], isEnd: Bool) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count)
        var index = 0
        while let unit = unit(in: bytes, at: index) {
            guard UTF16.isLeadSurrogate(unit) else {
                index += 2
                append(Unicode.Scalar(unit), to: &out)
                continue
            }
            guard let second = self.unit(in: bytes, at: index + 2) else {
                if !isEnd { break }
                index += 2
                out.append(0xFF)
                continue
            }
            guard UTF16.isTrailSurrogate(second) else {
                index += 2
                out.append(0xFF)
                continue
            }
            index += 4
            let value = (UInt32(unit) - 0xD800) << 10 + (UInt32(second) - 0xDC00) + 0x10000
            append(Unicode.Scalar(value), to: &out)
        }
        let rest = bytes[min(index, bytes.count)...]
        if isEnd { out += rest.isEmpty ? [] : [0xFF] } else { held = Array(rest) }
        return out
    }

    private func unit(in bytes: [UInt8], at index: Int) -> UInt16? {
        guard index + 1 < bytes.count else { return nil }
        let (low, high) = isLittleEndian ? (index, index + 1) : (index + 1, index)
        return UInt16(bytes[high]) << 8 | UInt16(bytes[low])
    }
}

private func append(_ scalar: Unicode.Scalar?, to out: inout [UInt8]) {
    guard let scalar, let encoded = UTF8.encode(scalar) else {
        out.append(0xFF)
        return
    }
    out.append(contentsOf: encoded)
}

/// Windows-1252 is Latin-1 but for these (the WHATWG's index of it; five bytes stand for nothing).
private func fromWindows(_ bytes: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count)
    for byte in bytes {
        switch byte {
        case 0x00..<0x80: out.append(byte)
        case 0x80..<0xA0: append(Unicode.Scalar(windows[Int(byte) - 0x80]), to: &out)
        default: append(Unicode.Scalar(byte), to: &out)
        }
    }
    return out
}

/// The characters of 80 to 9F; a lone surrogate where there is none.
private let windows: [UInt16] = [
    0x20AC, 0xD800, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039,
    0x0152,
    0xD800, 0x017D, 0xD800, 0xD800, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC,
    0x2122,
    0x0161, 0x203A, 0x0153, 0xD800, 0x017E, 0x0178,
]
