package import SesameSystem

/// Where the bytes of a file come from, a piece at a time.
package protocol ByteSource {
    /// The next bytes; none at the end.
    mutating func next() throws(SystemError) -> [UInt8]
}

/// What can be read from a descriptor of somebody else's, such as standard input.
package struct DescriptorBytes: ByteSource {
    private let number: Int32

    package init(_ number: Int32) {
        self.number = number
    }

    package func next() throws(SystemError) -> [UInt8] {
        try FileDescriptor.readSome(number, atMost: 1 << 16)
    }
}
