import Glibc

/// A value that must not be shown: a token, a client secret, a key, a body that may hold one.
///
/// It can be shared freely; the bytes are wiped when the last reference goes. It prints as
/// `<redacted>`, reflects nothing and has no `Codable`: the only door to the bytes is ``withBytes(_:)``.
public final class Secret: Sendable {
    private let buffer: SecretBuffer

    /// Takes over the bytes of a buffer.
    public init(_ buffer: consuming SecretBuffer) {
        self.buffer = buffer
    }

    /// Copies bytes.
    ///
    /// The caller's own copy stays its business.
    public convenience init(copying bytes: Span<UInt8>) {
        var buffer = SecretBuffer(capacity: bytes.count)
        buffer.append(bytes)
        self.init(buffer)
    }

    /// Copies the bytes of an array.
    public convenience init(copying bytes: [UInt8]) {
        self.init(copying: bytes.span)
    }

    /// Copies a text that exists as a `String` already, such as a fixture or a public parameter.
    public convenience init(utf8 text: String) {
        var buffer = SecretBuffer(capacity: text.utf8.count)
        buffer.append(text)
        self.init(buffer)
    }

    /// The one without a byte.
    public static let empty = Secret(copying: [])

    /// Number of bytes.
    public var count: Int { buffer.count }

    /// Whether there is no byte.
    public var isEmpty: Bool { buffer.count == 0 }

    /// Lends the bytes for the time of the call.
    public func withBytes<Result, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try buffer.withBytes(body)
    }

    /// Compares in a time that depends on the lengths only.
    public func equals(_ other: Secret) -> Bool {
        withBytes { mine in other.withBytes { theirs in constantTimeEqual(mine, theirs) } }
    }

    /// The bytes as a `String`, which cannot be wiped: for the last step out of the process only.
    public func dangerouslyRevealedText() -> String {
        withBytes { bytes in String(copying: bytes) }
    }

    /// The bytes as an array, which cannot be wiped: for content that holds no secret after all.
    public func dangerouslyRevealedBytes() -> [UInt8] {
        withBytes { bytes in bytes.indices.map { bytes[$0] } }
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Always `<redacted>`.
    public var description: String { "<redacted>" }
    /// Always `<redacted>`.
    public var debugDescription: String { "<redacted>" }
    /// A mirror without children, so that `dump` shows nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Compares two runs of bytes in a time that depends on their lengths only.
public func constantTimeEqual(_ first: Span<UInt8>, _ second: Span<UInt8>) -> Bool {
    guard first.count == second.count else { return false }
    var difference: UInt8 = 0
    for index in first.indices { difference |= first[index] ^ second[index] }
    return difference == 0
}

extension String {
    /// Copies UTF-8 bytes; broken sequences become U+FFFD.
    public init(copying bytes: Span<UInt8>) {
        self = unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }
}
