package import SesameSecrets

/// Bytes on their way from one thread to another, of which few are held.
///
/// Neither side waits in it. The one that brings bytes asks for room first, the one that takes them may
/// find none; each is told when it is worth another look. So a slow reader slows the writer down, all the
/// way to the other end of its connection.
package final class BytePipe: Sendable {
    /// Some bytes, in the hands of one side at a time.
    package final class Piece: @unchecked Sendable {  // It changes hands under the pipe's lock.
        fileprivate(set) package var bytes: SecretBuffer

        package init(capacity: Int) { bytes = SecretBuffer(heapCapacity: capacity) }

        /// Adds bytes behind the others.
        package func append(_ more: UnsafeRawBufferPointer) {
            unsafe bytes.append(more.assumingMemoryBound(to: UInt8.self).span)
        }
    }

    /// What there is for the side that brings bytes.
    package enum Room: Sendable {
        case some
        /// None now; it will be told.
        case none
        /// Nobody takes any more.
        case pointless
    }

    /// What there is for the side that takes bytes.
    package enum Taken: Sendable {
        /// To be given back when it is used.
        case piece(Piece)
        /// Nothing yet; it will be told.
        case nothing
        /// All has been taken.
        case end
        /// The rest will never come.
        case broken
    }

    private enum Ending: Sendable {
        case whole
        case broken
    }

    private struct State: Sendable {
        var pieces: [Piece] = []
        var spare: Piece?
        /// Bytes that are here, or in a piece that was not given back.
        var held = 0
        var peak = 0
        var ending: Ending?
        var isAbandoned = false
        var isWanted = false
        var writerWaits = false
        var readerWaits = false
        var tellWriter: (@Sendable () -> Void)?
        var tellReader: (@Sendable () -> Void)?
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Locked(State())
    private let capacity: Int

    /// - Parameter capacity: from how many bytes on there is no room; one more write may go beyond it.
    package init(capacity: Int = 245_760) { self.capacity = capacity }

    /// The most bytes that were held at any time.
    package var peak: Int { state.withLock { $0.peak } }

    /// Whether somebody has asked for bytes yet.
    package var isWanted: Bool { state.withLock { $0.isWanted } }
}

// The side that brings bytes.
extension BytePipe {
    /// Says what to do when there is room again, when bytes are asked for first, or nobody takes any more.
    package func whenRoom(_ tell: @escaping @Sendable () -> Void) {
        state.withLock { $0.tellWriter = tell }
    }

    package func room() -> Room {
        state.withLock { state in
            if state.isAbandoned || state.ending != nil { return .pointless }
            if state.held < capacity { return .some }
            state.writerWaits = true
            return .none
        }
    }

    /// Puts bytes in; ask for ``room()`` first.
    package func write(_ bytes: Span<UInt8>) {
        let count = bytes.count
        guard count > 0 else { return }
        unsafe bytes.withUnsafeBytes { bytes in
            change { state in
                guard !state.isAbandoned, state.ending == nil else { return }
                unsafe Self.place(bytes, in: &state)
                state.held += count
                state.peak = max(state.peak, state.held)
            }
        }
    }

    /// Says that these were all.
    package func finish() { end(.whole) }

    /// Says that the rest will never come.
    package func fail() { end(.broken) }

    private func end(_ ending: Ending) {
        change { state in
            if state.ending == nil { state.ending = ending }
        }
    }

    /// Makes a change that whoever takes bytes should see.
    private func change(_ body: (inout State) -> Void) {
        let (tell, waiter) = state.withLock { state in
            body(&state)
            defer { (state.readerWaits, state.waiter) = (false, nil) }
            return (state.readerWaits ? state.tellReader : nil, state.waiter)
        }
        tell?()
        waiter?.resume()
    }

    private static func place(_ bytes: UnsafeRawBufferPointer, in state: inout State) {
        if let last = state.pieces.last, last.bytes.count + bytes.count <= pieceBytes {
            return unsafe last.append(bytes)
        }
        // The first one is small: most answers are.
        let isFirst = state.peak == 0
        let piece = state.spare ?? Piece(capacity: isFirst ? bytes.count : pieceBytes)
        state.spare = nil
        unsafe piece.append(bytes)
        state.pieces.append(piece)
    }

    private static let pieceBytes = 65_536
}

// The side that takes bytes.
extension BytePipe {
    /// Says what to do when there are bytes again, or an end.
    package func whenBytes(_ tell: @escaping @Sendable () -> Void) {
        state.withLock { $0.tellReader = tell }
    }

    package func take() -> Taken {
        let (taken, tell): (Taken, (@Sendable () -> Void)?) = state.withLock { state in
            let isFirst = !state.isWanted
            state.isWanted = true
            if !state.pieces.isEmpty { return (.piece(state.pieces.removeFirst()), nil) }
            switch state.ending {
            case .whole: return (.end, nil)
            case .broken: return (.broken, nil)
            case nil:
                state.readerWaits = true
                return (.nothing, isFirst ? state.tellWriter : nil)
            }
        }
        tell?()
        return taken
    }

    /// Gives a piece back, which makes room.
    package func giveBack(_ piece: Piece) {
        let tell = state.withLock { state in
            state.held -= piece.bytes.count
            if state.spare == nil, state.peak > Self.pieceBytes {
                piece.bytes.removeAll()
                state.spare = piece
            }
            // Not at the first byte of room: that would be a message for every piece.
            guard state.writerWaits, state.held <= capacity / 2 else {
                return nil as (@Sendable () -> Void)?
            }
            state.writerWaits = false
            return state.tellWriter
        }
        tell?()
    }

    /// Takes no more.
    package func abandon() {
        let (tell, waiter) = state.withLock { state in
            state.isAbandoned = true
            state.pieces = []
            state.held = 0
            defer { state.waiter = nil }
            return (state.tellWriter, state.waiter)
        }
        tell?()
        waiter?.resume()
    }

    /// A copy of everything, which stays where it is; `nil` where that is more than `limit`, or the end does
    /// not come.
    package func whole(within limit: Int) async -> Secret? {
        await withTaskCancellationHandler {
            while !isDecided(limit) {
                await withCheckedContinuation { waiter in
                    wait(waiter, limit)
                }
            }
        } onCancel: {
            abandon()
        }
        return state.withLock { state in
            guard case .whole = state.ending, !state.isAbandoned, state.held <= limit else {
                return nil
            }
            var all = SecretBuffer(capacity: state.held)
            for piece in state.pieces { piece.bytes.withBytes { all.append($0) } }
            return Secret(all)
        }
    }

    private func isDecided(_ limit: Int) -> Bool {
        state.withLock { Self.isDecided($0, limit) }
    }

    private func wait(_ waiter: CheckedContinuation<Void, Never>, _ limit: Int) {
        let isDecided = state.withLock { state in
            let isDecided = Self.isDecided(state, limit)
            if !isDecided { state.waiter = waiter }
            return isDecided
        }
        if isDecided { waiter.resume() }
    }

    private static func isDecided(_ state: State, _ limit: Int) -> Bool {
        state.ending != nil || state.isAbandoned || state.held > limit
    }
}
