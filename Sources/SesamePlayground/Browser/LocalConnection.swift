import Glibc
package import SesameHTTP
import SesameSecrets
import SesameSystem

/// One exchange with a server on this machine, over a connection of its own.
///
/// It blocks.
package enum LocalConnection {
    /// Sends a request and reads the answer until the server closes.
    /// - Throws: when nobody listens there, or what comes back is not HTTP.
    package static func send(_ request: HTTPRequest) throws(TransportError) -> HTTPResponse {
        guard request.url.isLoopback, request.url.scheme == .http else {
            throw TransportError(
                .badRequest, "not a server on this machine", mayHaveBeenSent: false)
        }
        let socket = try connected(to: request.url)
        do throws(SystemError) {
            let head = head(of: request)
            try send(Array(head.utf8).span, to: socket.number)
            try request.body?.withBytes { bytes throws(SystemError) in
                try send(bytes, to: socket.number)
            }
            return try response(from: FileDescriptor.readAll(socket.number, limit: 4 << 20))
        } catch {
            throw TransportError(.connectionLost, error.description, mayHaveBeenSent: true)
        }
    }

    private static func connected(to url: HTTPURL) throws(TransportError) -> FileDescriptor {
        let isSix = url.host == "[::1]"
        let socket = FileDescriptor(
            owning: socket(
                isSix ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0))
        var limit = timeval(tv_sec: 30, tv_usec: 0)
        unsafe setsockopt(
            socket.number, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let result = isSix ? connect6(socket.number, url.port) : connect4(socket.number, url.port)
        guard result == 0 else {
            throw TransportError(
                .cannotConnect, SystemError("connecting to \(url.authority)").description,
                mayHaveBeenSent: false)
        }
        return socket
    }

    private static func connect4(_ socket: Int32, _ port: UInt16) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe connect(socket, generic, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    private static func connect6(_ socket: Int32, _ port: UInt16) -> Int32 {
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_port = port.bigEndian
        address.sin6_addr = in6addr_loopback
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe connect(socket, generic, socklen_t(MemoryLayout<sockaddr_in6>.size))
            }
        }
    }

    private static func head(of request: HTTPRequest) -> String {
        let target = request.url.path + (request.url.query.map { "?" + $0 } ?? "")
        var lines = ["\(request.method) \(target) HTTP/1.1", "Host: \(request.url.authority)"]
        for field in request.fields.all {
            switch field.value {
            case .plain(let text): lines.append("\(field.name): \(text)")
            case .secret(let secret):
                lines.append("\(field.name): \(secret.dangerouslyRevealedText())")
            }
        }
        if let body = request.body { lines.append("Content-Length: \(body.count)") }
        return (lines + ["Connection: close", "", ""]).joined(separator: "\r\n")
    }

    /// A peer that is gone is an error, not a signal.
    private static func send(_ bytes: Span<UInt8>, to socket: Int32) throws(SystemError) {
        var done = 0
        while done < bytes.count {
            let sent = unsafe bytes.withUnsafeBufferPointer { buffer in
                unsafe Glibc.send(
                    socket, buffer.baseAddress?.advanced(by: done), buffer.count - done,
                    Int32(MSG_NOSIGNAL))
            }
            if sent > 0 { done += sent } else if errno != EINTR { throw SystemError("sending") }
        }
    }

    private static func response(from bytes: Secret) throws(SystemError) -> HTTPResponse {
        let bytes = bytes.dangerouslyRevealedBytes()
        let end = bytes.indices.first { bytes[$0...].starts(with: [0x0D, 0x0A, 0x0D, 0x0A]) }
        guard let end else { throw SystemError("reading the answer", code: EPROTO) }
        let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n")
        guard let first = lines.first?.split(separator: " "),
            first.first?.hasPrefix("HTTP/1.") == true,
            let status = first.dropFirst().first.flatMap({ Int($0) })
        else { throw SystemError("reading the answer", code: EPROTO) }
        var response = HTTPResponse(
            status: status, body: Secret(copying: Array(bytes[(end + 4)...])))
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            response.fields.append(String(line[..<colon]), String(value))
        }
        return response
    }
}
