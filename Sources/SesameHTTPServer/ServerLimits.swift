/// What one server takes on; everything beyond is refused, never stored.
package struct ServerLimits: Sendable {
    /// The most bytes of a request line with all its fields.
    package var headBytes = 16_384
    /// The most header fields.
    package var fields = 100
    /// The most bytes of content.
    package var bodyBytes = 65_536
    /// The most connections at once; further ones wait in the kernel.
    package var connections = 64
    /// How long a whole request may take to arrive, counted from its first byte.
    package var requestDeadline = Duration.seconds(10)
    /// How long an answer may take to be accepted by the client.
    package var writeDeadline = Duration.seconds(10)
    /// How long a connection may be silent between two requests.
    package var idleDeadline = Duration.seconds(60)

    package init() {}
}
