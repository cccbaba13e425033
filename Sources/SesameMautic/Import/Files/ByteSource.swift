import SesameSystem

/// Where the bytes of a file come from, a piece at a time.
public protocol ByteSource {
    /// The next bytes; none at the end.
    mutating func next() throws(ContactFileError) -> [UInt8]
}

/// The bytes of a file by its path.
///
/// A file that is changed while it is read is an error: rows would be lost, or be half of the one and half of the other.
public struct FileBytes: ByteSource, Sendable {
    private let file: ReadableFile
    /// How the file stood; `nil` for what is no regular file.
    private let standing: ReadableFile.Standing?
    private var bytesRead: Int64 = 0

    /// Opens the file.
    /// - Parameter earlier: what was opened before; this must be the same file, and be unchanged since.
    public init(_ path: String, sameAs earlier: FileBytes? = nil) throws(ContactFileError) {
        do throws(SystemError) {
            file = try ReadableFile(path)
        } catch {
            throw ContactFileError("\(error)")
        }
        standing = file.standing
        if let earlier, earlier.standing != standing { throw .changed }
    }

    /// The next bytes; none at the end.
    public mutating func next() throws(ContactFileError) -> [UInt8] {
        let piece = try pieces { () throws(SystemError) in try file.next(atMost: pieceBytes) }
        bytesRead += Int64(piece.count)
        // What was read up to the end before the change is as it was.
        if let standing {
            guard piece.isEmpty ? bytesRead >= standing.size : file.standing == standing else {
                throw .changed
            }
        }
        return piece
    }

    /// Whether it is still what has this name, and unchanged.
    public func isStill(at path: String) -> Bool {
        standing == nil || standing == ReadableFile.standing(of: path)
    }

    /// How long the file is in bytes; `nil` where that cannot be known.
    public var size: Int64? { standing?.size }
}

extension ContactFileError {
    fileprivate static let changed = ContactFileError(
        "the file has changed while it was read",
        hints: [
            "leave it alone while it is imported; the same command looks through all of it again"
        ])
}

/// What can be read from a descriptor of somebody else's, such as standard input.
public struct DescriptorBytes: ByteSource {
    private let number: Int32
    private let shouldStop: () -> Bool

    /// Names the descriptor, which stays open.
    /// - Parameter shouldStop: is asked now and then while nothing comes, and ends the wait with an error.
    public init(_ number: Int32, shouldStop: @escaping () -> Bool = { false }) {
        self.number = number
        self.shouldStop = shouldStop
    }

    /// The next bytes; none at the end.
    public func next() throws(ContactFileError) -> [UInt8] {
        try pieces { () throws(SystemError) in
            try FileDescriptor.readSome(number, atMost: pieceBytes, unless: shouldStop)
        }
    }
}

private let pieceBytes = 1 << 16

private func pieces(
    _ read: () throws(SystemError) -> [UInt8]
) throws(ContactFileError) -> [UInt8] {
    do throws(SystemError) {
        return try read()
    } catch {
        var failure = ContactFileError("the file cannot be read: \(error)")
        failure.isStop = error.isInterruption
        throw failure
    }
}
