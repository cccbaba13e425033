/// What one server takes on; everything beyond is refused, never stored.
package struct ServerLimits: Sendable {
    /// The most bytes of a request line with all its fields.
    package var headBytes = 16_384
    /// The most header fields.
    package var fields = 100
    /// The most bytes of content, where it is received whole.
    package var bodyBytes = 65_536
    /// Whether a handler is called at the end of a head, and takes the content as it comes.
    ///
    /// Such a server knows chunked content, `Expect: 100-continue`, HTTP/1.0 and targets of any form, and a
    /// client that ends its side before it has its answer has gone.
    package var takesStreams = false
    /// How long a client may be waited for within a stream, to send or to take anything at all.
    package var streamDeadline = Duration.seconds(60)
    /// The most connections at once; further ones wait in the kernel.
    package var connections = 64
    /// The most bytes that all connections together keep in memory: requests that are not complete or
    /// not answered, and answers that nobody takes.
    ///
    /// Whoever holds most is cut off then.
    package var heldBytes = 64 << 20
    /// How long a whole request may take to arrive, counted from its first byte.
    package var requestDeadline = Duration.seconds(10)
    /// How long an answer may take to be accepted by the client.
    package var writeDeadline = Duration.seconds(10)
    /// How long a connection may be silent between two requests.
    package var idleDeadline = Duration.seconds(60)

    package init() {}

    /// The connections that so many descriptors allow.
    ///
    /// 64 of them are left for the program's own work: its files, its network, its children. Where there
    /// are few, half are.
    package static func connections(ofDescriptors count: Int) -> Int {
        max(1, count - min(64, count / 2))
    }

    /// The most connections of all users but the one whose process this is.
    ///
    /// The greater part is the owner's, so that no stranger can keep the owner out.
    var connectionsOfOthers: Int { max(1, connections / 4) }
    /// The most connections of one such user.
    var connectionsOfAnother: Int { max(1, connections / 16) }

    /// How long a connection may stay in a phase.
    func deadline(of phase: Connection.Phase, _ peer: Peer) -> Duration? {
        switch phase {
        // A parent connects before it knows what to ask, or asks a person first.
        case .opened: peer == .parent ? idleDeadline : requestDeadline
        case .idle: idleDeadline
        case .receiving: requestDeadline
        case .writing: writeDeadline
        case .draining: .seconds(2)
        case .handling, .streaming, .closed: nil
        }
    }
}
