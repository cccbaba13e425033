package import Glibc
package import SesameHTTP
package import SesameSecrets
package import SesameSystem

/// Who is at the other end of a connection.
package enum Peer: Sendable, Equatable {
    /// A process on a UNIX socket, as the kernel named it when it connected.
    case process(pid: pid_t, uid: uid_t, gid: gid_t)
    /// Somebody on TCP loopback, of whom nothing is known.
    case loopback
    /// A user on TCP loopback, as the kernel names the owner of the other socket.
    case user(uid_t)
    /// The process that made the socket pair we were started with: it is our parent, and trusted as such.
    case parent
}

/// The content of a message that is on its way while the message is dealt with.
package struct ContentStream: Sendable {
    package let pipe: BytePipe
    /// How long it will be; `nil` where nobody knows.
    package let length: Int?

    package init(_ pipe: BytePipe, length: Int?) {
        self.pipe = pipe
        self.length = length
    }
}

/// A request that the server has received: whole, or up to its content, which comes as a stream.
package struct ServerRequest: Sendable {
    /// The method, as sent.
    package let method: String
    /// The path, as sent: never decoded, always begins with `/`.
    package let path: String
    /// The query without `?`, as sent.
    package let query: String?
    /// Header fields, all plain.
    package let fields: HTTPFields
    /// The content; a secret because it may hold one.
    package let body: Secret
    /// The content where the server hands it over as it comes; `nil` where there is none.
    package var stream: ContentStream?
    /// Who sent it.
    package let peer: Peer
    /// When the connection was made, since the machine's start: who has begun later did not make it.
    package let connectedAt: Duration

    package init(
        method: String, path: String, query: String? = nil, fields: HTTPFields = HTTPFields(),
        body: Secret = .empty, peer: Peer = .loopback, connectedAt: Duration = .zero
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.fields = fields
        self.body = body
        self.peer = peer
        self.connectedAt = connectedAt
    }
}

/// An answer.
///
/// The server adds the framing, `Date` is left out.
package struct ServerResponse: Sendable {
    package var status: Int
    package var fields: HTTPFields
    /// The content, wiped after it was sent.
    package var body: Secret
    /// A content that goes out as it comes, in the place of ``body``; of a server that streams only.
    package var stream: ContentStream?
    /// Closes the connection behind this answer.
    package var closesConnection = false
    /// Closes the connection without sending any of this: a server that dies between deed and answer.
    package var dropsConnection = false

    package init(status: Int, fields: HTTPFields = HTTPFields(), body: Secret = .empty) {
        self.status = status
        self.fields = fields
        self.body = body
    }
}

/// Is told of a connection, and when it was made, since the machine's start.
///
/// It runs on the server's event loop: nothing in it may block.
package typealias ServerArrival = @Sendable (Peer, Duration) -> Void

/// Answers a request.
///
/// It runs on the server's event loop: nothing in it may block.
package typealias ServerHandler = @Sendable (ServerRequest) async -> ServerResponse
