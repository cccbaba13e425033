import Glibc

/// A growable run of bytes that is wiped when it grows, when it is emptied and when it goes.
///
/// It is the owner while a secret is being made: append, then hand it to ``Secret``. Being
/// noncopyable, it can never leave a second copy behind by accident.
@safe public struct SecretBuffer: ~Copyable, @unchecked Sendable {
    private var memory: SecretMemory
    /// Number of bytes held.
    public private(set) var count = 0
    private let mayUseArena: Bool

    /// Makes an empty buffer with room for `capacity` bytes.
    public init(capacity: Int = 64) {
        memory = SecretMemory(count: max(capacity, 16))
        mayUseArena = true
    }

    /// Makes one of the ordinary heap, for contents on their way: they must not take the arena's room from
    /// tokens and keys.
    package init(heapCapacity capacity: Int) {
        memory = SecretMemory(count: max(capacity, 16), mayUseArena: false)
        mayUseArena = false
    }

    /// Appends one byte.
    public mutating func append(_ byte: UInt8) {
        reserve(1)
        unsafe storage[count] = byte
        count += 1
    }

    /// Appends the bytes of a span.
    public mutating func append(_ bytes: Span<UInt8>) {
        reserve(bytes.count)
        unsafe bytes.withUnsafeBytes { bytes in
            unsafe UnsafeMutableRawBufferPointer(rebasing: storage[count...]).copyMemory(
                from: bytes)
        }
        count += bytes.count
    }

    /// Appends the UTF-8 bytes of a text.
    public mutating func append(_ text: String) {
        append(text.utf8.span)
    }

    /// Appends the UTF-8 bytes of a text.
    public mutating func append(_ text: some StringProtocol) {
        for byte in text.utf8 { append(byte) }
    }

    /// Appends the bytes of a secret.
    public mutating func append(_ secret: Secret) {
        reserve(secret.count)
        secret.withBytes { bytes in append(bytes) }
    }

    /// Removes the last byte and returns it; `nil` when empty.
    @discardableResult
    public mutating func removeLast() -> UInt8? {
        guard count > 0 else { return nil }
        count -= 1
        defer { unsafe storage[count] = 0 }
        return unsafe storage[count]
    }

    /// Wipes what is held, and keeps the room.
    public mutating func removeAll() {
        if let start = unsafe storage.baseAddress { unsafe explicit_bzero(start, count) }
        count = 0
    }

    /// Lends the bytes for the time of the call.
    public borrowing func withBytes<Result, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let filled = unsafe UnsafeRawBufferPointer(rebasing: storage[0..<count])
        return try unsafe body(filled.assumingMemoryBound(to: UInt8.self).span)
    }

    /// Lets C code write at most `capacity` bytes behind what is held; `body` returns how many it wrote.
    ///
    /// A negative result, or one above `capacity`, counts as nothing written.
    package mutating func appendUnsafely(
        capacity: Int, _ body: (UnsafeMutableRawBufferPointer) -> Int
    ) {
        reserve(capacity)
        let room = unsafe UnsafeMutableRawBufferPointer(
            rebasing: storage[count..<(count + capacity)])
        let written = unsafe body(room)
        if written > 0, written <= capacity { count += written }
    }

    private var storage: UnsafeMutableRawBufferPointer { unsafe memory.bytes }

    private mutating func reserve(_ extra: Int) {
        guard unsafe count + extra > storage.count else { return }
        // All of it is wiped in the end, so a large one does not get twice the room.
        let more = unsafe min(storage.count, max(1 << 20, storage.count / 4))
        let larger = unsafe SecretMemory(
            count: max(storage.count + more, count + extra), mayUseArena: mayUseArena)
        unsafe larger.bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: storage[0..<count]))
        // The smaller one is wiped here.
        memory = larger
    }
}
