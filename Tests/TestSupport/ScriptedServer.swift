import Glibc
package import SesameHTTP
import SesameSystem

/// A TCP server on 127.0.0.1 that does to each connection what a test says, byte by byte.
///
/// It speaks no HTTP of its own, so it can answer in ways that no server should. Each connection has
/// a thread, so a script may block.
package final class ScriptedServer: Sendable {
    /// A request as it came in.
    package struct Request: Sendable {
        /// The request line and the fields, with their line ends.
        package let head: String
        /// The content, as far as `Content-Length` announced it.
        package let body: [UInt8]

        /// The first line.
        package var line: String { head.split(separator: "\r\n").first.map { String($0) } ?? "" }

        /// The value of a field; `nil` when there is none.
        package func field(_ name: String) -> String? {
            for line in head.split(separator: "\r\n").dropFirst() {
                let parts = line.split(
                    separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2, parts[0].lowercased() == name.lowercased() else { continue }
                return String(parts[1].drop { $0 == " " })
            }
            return nil
        }
    }

    /// Where it listens.
    package let port: UInt16
    /// The requests as they come in, for tests that wait for one.
    package let arrivals: AsyncStream<Request>
    private let listener: Int32
    private let record: Record

    /// Starts to listen on a free port; `script` is called for each connection, which is closed after.
    package init(_ script: @escaping @Sendable (borrowing Connection) -> Void) throws {
        let (listener, port) = try listen()
        let (arrivals, arrival) = AsyncStream<Request>.makeStream()
        self.listener = listener
        self.port = port
        self.arrivals = arrivals
        record = Record(arrival: arrival)
        try startThread(name: "scripted") { [record] in
            while !record.isStopped.withLock({ $0 }) {
                let descriptor = accept(listener, nil, nil)
                guard descriptor >= 0 else { continue }
                record.connections.withLock { $0 += 1 }
                try? startThread(name: "connection") {
                    script(Connection(FileDescriptor(owning: descriptor), record))
                }
            }
            close(listener)
        }
    }

    deinit {
        record.isStopped.withLock { $0 = true }
        // Wakes the thread, which closes the socket itself.
        shutdown(listener, Int32(SHUT_RDWR))
    }

    /// Answers every request with the same bytes and closes.
    package convenience init(answer: String) throws {
        try self.init { connection in
            if connection.request() != nil { connection.write(answer) }
        }
    }

    /// All requests so far.
    package var requests: [Request] { record.requests.withLock { $0 } }

    /// Number of connections so far.
    package var connectionCount: Int { record.connections.withLock { $0 } }

    /// A URL at this server.
    package func url(_ path: String = "/", scheme: String = "http") throws -> HTTPURL {
        guard let url = HTTPURL("\(scheme)://127.0.0.1:\(port)\(path)") else {
            throw SystemError("making a URL", code: EINVAL)
        }
        return url
    }

    /// A port at which nobody listens.
    package static func closedPort() throws -> UInt16 {
        let (listener, port) = try listen()
        close(listener)
        return port
    }

    fileprivate struct Record: Sendable {
        let arrival: AsyncStream<Request>.Continuation
        let requests = Locked<[Request]>([])
        let connections = Locked(0)
        let isStopped = Locked(false)
    }

    /// One connection, in the hands of the script.
    package struct Connection: ~Copyable {
        private let socket: FileDescriptor
        private let record: Record

        fileprivate init(_ socket: consuming FileDescriptor, _ record: Record) {
            self.socket = socket
            self.record = record
        }

        /// Reads one request; `nil` when the client closes first.
        package func request() -> Request? {
            guard let head = head() else { return nil }
            let length = head.field("Content-Length").flatMap { Int($0) } ?? 0
            var body: [UInt8] = []
            while body.count < length {
                guard let part = read(length - body.count) else { return nil }
                body += part
            }
            let request = Request(head: head.head, body: body)
            record.requests.withLock { $0.append(request) }
            record.arrival.yield(request)
            return request
        }

        /// Reads one line, without its end; `nil` when the client closes first.
        package func line() -> String? {
            var bytes: [UInt8] = []
            while bytes.last != 0x0A {
                guard let byte = read(1) else { return nil }
                bytes += byte
            }
            return String(
                decoding: bytes.prefix { $0 != 0x0A && $0 != 0x0D }, as: UTF8.self)
        }

        /// Reads one request up to its content; it is not among the server's requests.
        package func head() -> Request? {
            var bytes: [UInt8] = []
            while bytes.suffix(4) != Array("\r\n\r\n".utf8) {
                guard let byte = read(1) else { return nil }
                bytes += byte
            }
            return Request(head: String(decoding: bytes, as: UTF8.self), body: [])
        }

        /// Sends bytes; a client that has gone is no error.
        /// - Returns: whether all of them could be sent.
        @discardableResult
        package func write(_ bytes: [UInt8]) -> Bool {
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = unsafe rest.withUnsafeBytes {
                    unsafe send(socket.number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { return false }
                rest = rest.dropFirst(count)
            }
            return true
        }

        /// Sends a text.
        package func write(_ text: String) { write(Array(text.utf8)) }

        /// Sends one byte after another, with a moment between them, until the client has gone: a server that is
        /// slow and never silent.
        /// - Parameter pause: milliseconds between two bytes.
        /// - Returns: whether the client went before all was sent.
        package func drip(_ bytes: some Sequence<UInt8>, pause: Int32) -> Bool {
            for byte in bytes {
                var client = pollfd(fd: socket.number, events: Int16(POLLIN), revents: 0)
                // A client that waits for its answer sends nothing: what there is to read is its end.
                if unsafe poll(&client, 1, pause) != 0 || !write([byte]) { return true }
            }
            return false
        }

        /// Waits until the client has closed, and drops what it still sends.
        package func waitForClose() {
            while read(4096) != nil {}
        }

        /// Says that nothing more comes, and waits until the client has closed: a socket that is closed with
        /// bytes unread is reset, and the client may lose the answer (RFC 9112, section 9.6).
        package func end() {
            shutdown(socket.number, Int32(SHUT_WR))
            waitForClose()
        }

        /// Closes in a way that the client sees as a reset.
        package func reset() {
            var linger = linger(l_onoff: 1, l_linger: 0)
            unsafe setsockopt(
                socket.number, SOL_SOCKET, SO_LINGER, &linger,
                socklen_t(MemoryLayout<linger>.size))
        }

        /// Reads what there is, at most so much; `nil` at the client's end.
        package func read(_ count: Int) -> [UInt8]? {
            var room = [UInt8](repeating: 0, count: count)
            let got = unsafe recv(socket.number, &room, count, 0)
            return got > 0 ? Array(room[..<got]) : nil
        }
    }
}

private func listen() throws -> (socket: Int32, port: UInt16) {
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let listener = socket(AF_INET, kind, 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
            unsafe bind(listener, generic, length) == 0 && listen(listener, 128) == 0
                && getsockname(listener, generic, &length) == 0
        }
    }
    guard isBound else { throw SystemError("listening on 127.0.0.1") }
    return (listener, UInt16(bigEndian: address.sin_port))
}
