import Glibc
import TestSupport

/// All memory of another process that it may have written, as root sees it.
struct ProcessMemory {
    /// A process whose memory the system does not show.
    struct Refusal: Error {
        let process: Int32
    }

    /// Where a run of bytes was found.
    struct Find: CustomStringConvertible {
        /// The page cannot reach swap.
        let isLocked: Bool
        let description: String
    }

    private let pieces: [Piece]

    private struct Piece {
        let name: String
        let isLocked: Bool
        let bytes: [UInt8]
    }

    /// Copies it as it is in this moment.
    init(of process: Int32) throws {
        let memory = unsafe open("/proc/\(process)/mem", O_RDONLY | O_CLOEXEC)
        guard memory >= 0 else { throw Refusal(process: process) }
        defer { close(memory) }
        pieces = try Self.areas(of: process).compactMap { area in
            var bytes = [UInt8](repeating: 0, count: area.addresses.count)
            let count = unsafe pread(memory, &bytes, bytes.count, off_t(area.addresses.lowerBound))
            guard count > 0 else { return nil }
            return Piece(name: area.name, isLocked: area.isLocked, bytes: Array(bytes[..<count]))
        }
    }

    /// Every place of these bytes.
    func places(of wanted: [UInt8]) -> [Find] {
        pieces.flatMap { piece in
            offsets(of: wanted, in: piece.bytes).map { offset in
                let before = piece.bytes[max(0, offset - 40)..<offset]
                let text = String(
                    decoding: before.filter { (32..<127).contains($0) }, as: UTF8.self)
                return Find(isLocked: piece.isLocked, description: "\(piece.name) after “\(text)”")
            }
        }
    }

    private func offsets(of wanted: [UInt8], in bytes: [UInt8]) -> [Int] {
        unsafe bytes.withUnsafeBytes { all in
            guard let start = all.baseAddress, let first = wanted.first else { return [] }
            var found: [Int] = []
            var offset = 0
            while offset + wanted.count <= all.count,
                let next = unsafe memchr(
                    start + offset, Int32(first), all.count - wanted.count - offset + 1)
            {
                offset = unsafe UnsafeRawPointer(next) - start
                if unsafe memcmp(next, wanted, wanted.count) == 0 { found.append(offset) }
                offset += 1
            }
            return found
        }
    }

    private struct Area {
        let addresses: Range<Int>
        let name: String
        let isLocked: Bool
    }

    /// The writable areas (proc(5), `smaps`): a line of addresses, and further down one of flags.
    private static func areas(of process: Int32) throws -> [Area] {
        guard let list = unsafe fopen("/proc/\(process)/smaps", "r") else {
            throw Refusal(process: process)
        }
        defer { unsafe fclose(list) }
        var areas: [Area] = []
        var current: (addresses: Range<Int>, name: String)?
        var line = [CChar](repeating: 0, count: 4096)
        while unsafe fgets(&line, Int32(line.count), list) != nil {
            let text = String(
                decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            let words = text.split(whereSeparator: { $0 == " " || $0 == "\n" })
            if words.first == "VmFlags:" {
                if let current {
                    let isLocked = words.contains("lo")
                    areas.append(
                        Area(addresses: current.addresses, name: current.name, isLocked: isLocked))
                }
                current = nil
            } else if words.count >= 5, words[1].hasPrefix("rw") {
                let ends = words[0].split(separator: "-").compactMap { Int($0, radix: 16) }
                if ends.count == 2 {
                    let name = words.count > 5 ? String(words[5]) : "memory without a name"
                    current = (ends[0]..<ends[1], name)
                }
            }
        }
        return areas
    }
}
