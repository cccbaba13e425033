import SesameSystem

/// Where the bytes of a file come from, a piece at a time.
public protocol ByteSource {
    /// The next bytes; none at the end.
    mutating func next() throws(ContactFileError) -> [UInt8]
}

/// The bytes of a file by its path.
public struct FileBytes: ByteSource {
    private let file: ReadableFile

    /// Opens the file.
    public init(_ path: String) throws(ContactFileError) {
        do throws(SystemError) {
            file = try ReadableFile(path)
        } catch {
            throw ContactFileError("\(error)")
        }
    }

    /// The next bytes; none at the end.
    public func next() throws(ContactFileError) -> [UInt8] {
        try pieces { () throws(SystemError) in try file.next(atMost: pieceBytes) }
    }
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
