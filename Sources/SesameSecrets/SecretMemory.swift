import Glibc

/// Memory for secrets: from the arena where one is installed and has room, else from the ordinary heap.
///
/// It is wiped before it is given back, wherever it came from. Large pieces are always of the ordinary
/// heap: contents of megabytes would take the arena's room from tokens and keys.
@safe package struct SecretMemory: ~Copyable {
    let bytes: UnsafeMutableRawBufferPointer
    private let isOfArena: Bool

    /// - Parameter mayUseArena: whether it holds what is worth the arena's room.
    init(count: Int, mayUseArena: Bool = true) {
        if mayUseArena, count <= Arena.largestPiece, let arena = unsafe arena,
            let start = unsafe arena.allocate(count)
        {
            unsafe bytes = UnsafeMutableRawBufferPointer(start: start, count: count)
            isOfArena = true
        } else {
            unsafe bytes = .allocate(byteCount: count, alignment: 16)
            isOfArena = false
        }
    }

    deinit {
        guard let start = unsafe bytes.baseAddress else { return }
        if isOfArena, let arena = unsafe arena {
            unsafe arena.wipeAndRelease(start, bytes.count)
        } else {
            // In a way that the optimiser may not leave out.
            unsafe explicit_bzero(start, bytes.count)
            unsafe bytes.deallocate()
        }
    }
}

extension SecretMemory {
    /// Memory that is better than the ordinary heap's: locked, between guard pages, in no core file.
    ///
    /// It comes as functions, because what offers such memory is a library that this module, and with it
    /// the command line, does without.
    @safe package struct Arena: Sendable {
        /// The largest piece that is asked for, in bytes.
        ///
        /// Tokens, keys, sealed logins and the answers of token endpoints are smaller by far.
        static let largestPiece = 16_384

        /// Gives that many bytes, aligned to 16, or `nil` when the arena is full.
        let allocate: @convention(c) (Int) -> UnsafeMutableRawPointer?
        /// Wipes a piece and takes it back.
        let wipeAndRelease: @convention(c) (UnsafeMutableRawPointer, Int) -> Void

        package init(
            allocate: @escaping @convention(c) (Int) -> UnsafeMutableRawPointer?,
            wipeAndRelease: @escaping @convention(c) (UnsafeMutableRawPointer, Int) -> Void
        ) {
            unsafe self.allocate = allocate
            unsafe self.wipeAndRelease = wipeAndRelease
        }

        /// Makes this the arena of the process, for good.
        ///
        /// To be called once, before there is a second thread.
        package func install() {
            unsafe precondition(arena == nil, "there is an arena already")
            unsafe arena = self
        }
    }
}

// Written once, before there is a second thread; a lock would cost more than the allocation.
nonisolated(unsafe) private var arena: SecretMemory.Arena?
