import SesameSecrets
package import SesameSystem

/// The content of a request that is sent as it comes, and its beginning, by which a short one can be sent
/// a second time.
package final class StreamedContent: Sendable {
    /// What there was to send.
    enum Filled: Sendable {
        case bytes(Int)
        /// Nothing yet.
        case nothing
        case end
        /// The rest will never come.
        case broken
    }

    private struct State: Sendable {
        var piece: BytePipe.Piece?
        /// How much of ``piece`` is sent.
        var used = 0
        /// All that was sent so far; `nil` when it has become too much.
        var kept: BytePipe.Piece? = BytePipe.Piece(capacity: 0)
        /// How much of ``kept`` is sent in this turn.
        var repeated = 0
        var expectsContinue = false
    }

    /// How long it is; `nil` where nobody knows.
    package let length: Int?
    /// Whether the server is asked before anything of it is sent (RFC 9110, section 10.1.1).
    package var expectsContinue: Bool { state.withLock { $0.expectsContinue } }
    let pipe: BytePipe
    private let keeping: Int
    private let state = Locked(State())

    /// - Parameter keeping: how much of its beginning is kept.
    package init(
        _ pipe: BytePipe, length: Int?, expectsContinue: Bool = false, keeping: Int = 65_536
    ) {
        self.pipe = pipe
        self.length = length
        self.keeping = keeping
        state.withLock { $0.expectsContinue = expectsContinue }
    }

    /// Whether all that was sent of it can be sent again.
    ///
    /// That is known once the exchange is over that sends it.
    package var isRepeatable: Bool { state.withLock { $0.kept != nil } }

    /// Asks no server any more: one has said that it does not know the question.
    func expectNothing() { state.withLock { $0.expectsContinue = false } }

    /// Begins to send, for the first time or again; `false` when the beginning is gone.
    func begin() -> Bool {
        state.withLock { state in
            state.repeated = 0
            return state.kept != nil
        }
    }

    /// Copies the next bytes to send.
    func fill(_ room: UnsafeMutableRawBufferPointer) -> Filled {
        state.withLock { state in
            if let kept = state.kept, state.repeated < kept.bytes.count {
                let count = unsafe kept.copy(from: state.repeated, to: room)
                state.repeated += count
                return .bytes(count)
            }
            if state.piece == nil {
                switch pipe.take() {
                case .piece(let piece): (state.piece, state.used) = (piece, 0)
                case .nothing: return .nothing
                case .end: return .end
                case .broken: return .broken
                }
            }
            guard let piece = state.piece else { return .nothing }
            let count = unsafe piece.copy(from: state.used, to: room)
            unsafe keep(count, of: room, &state)
            state.used += count
            if state.used == piece.bytes.count {
                state.piece = nil
                pipe.giveBack(piece)
            }
            return .bytes(count)
        }
    }

    private func keep(_ count: Int, of room: UnsafeMutableRawBufferPointer, _ state: inout State) {
        guard let kept = state.kept else { return }
        guard kept.bytes.count + count <= keeping else { return state.kept = nil }
        unsafe kept.append(UnsafeRawBufferPointer(rebasing: room[..<count]))
        state.repeated = kept.bytes.count
    }
}

extension BytePipe.Piece {
    fileprivate func copy(from start: Int, to room: UnsafeMutableRawBufferPointer) -> Int {
        bytes.withBytes { bytes in
            let count = min(room.count, bytes.count - start)
            let part = bytes.extracting(start..<(start + count))
            unsafe part.withUnsafeBytes { unsafe room.copyMemory(from: $0) }
            return count
        }
    }
}
