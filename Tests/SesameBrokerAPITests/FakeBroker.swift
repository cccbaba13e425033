import Glibc
import SesameSecrets
import SesameSystem

/// A UNIX socket in a private folder, with a thread behind it that answers from a list.
final class FakeBroker: Sendable {
    /// What to do with a connection's next request.
    enum Step: Sendable {
        case answer(String)
        case close
        case stall
    }

    let folder: String
    var socket: String { folder + "/b.sock" }
    private let received = Locked<[String]>([])

    /// Every request so far, in full.
    var requests: [String] { received.withLock { $0 } }

    /// Listens and serves one connection after the other, each by its own list of steps.
    init(connections: [[Step]]) throws {
        var name = Array("/tmp/sesame-fake-XXXXXX".utf8CString)
        folder = unsafe String(cString: mkdtemp(&name))
        let listener = Glibc.socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = Array((folder + "/b.sock").utf8)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path) }
        _ = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe bind(listener, pointer, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        listen(listener, 5)
        let received = received
        try startThread(name: "fake-broker") {
            var stalled: [Int32] = []
            for steps in connections {
                let connection = accept(listener, nil, nil)
                for step in steps {
                    guard let request = readRequest(connection) else { break }
                    received.withLock { $0.append(request) }
                    switch step {
                    case .answer(let text):
                        try? FileDescriptor.writeAll(Array(text.utf8).span, to: connection)
                    case .close: shutdown(connection, Int32(SHUT_RDWR))
                    case .stall: stalled.append(connection)
                    }
                }
                if !stalled.contains(connection) { close(connection) }
            }
            close(listener)
        }
    }

    deinit {
        unsafe unlink(socket)
        unsafe rmdir(folder)
    }
}

/// A 200 answer with this content.
func ok(_ body: String, close: Bool = false) -> FakeBroker.Step {
    .answer(
        "HTTP/1.1 200 OK\r\n" + (close ? "Connection: close\r\n" : "")
            + "Content-Length: \(body.utf8.count)\r\n\r\n" + body)
}

private func readRequest(_ connection: Int32) -> String? {
    var bytes: [UInt8] = []
    while true {
        var byte: UInt8 = 0
        guard unsafe read(connection, &byte, 1) == 1 else { return nil }
        bytes.append(byte)
        guard bytes.suffix(4) == [13, 10, 13, 10] else { continue }
        let head = String(decoding: bytes, as: UTF8.self)
        let lines = head.split(whereSeparator: \.isNewline)
        let line = lines.first { $0.hasPrefix("Content-Length: ") }
        var left = line.flatMap { Int($0.dropFirst(16)) } ?? 0
        while left > 0, unsafe read(connection, &byte, 1) == 1 {
            bytes.append(byte)
            left -= 1
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
