import SesameSystem

/// A port that no system hands out by itself: below the range for port 0 and for outgoing connections,
/// so that what a test closes stays free for its next step.
package func quietPort() -> UInt16 {
    nextPort.withLock { port in
        repeat {
            port = port >= 29_999 ? 21_000 : port + 1
        } while (try? RawSocket(port: port, timeLimit: .seconds(1))) != nil
        return port
    }
}

private let nextPort = Locked<UInt16>(
    21_000 + UInt16(SystemTime().uptime.components.attoseconds / 1_000_000_000_000 % 9000))
