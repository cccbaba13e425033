package import SesameBroker
package import SesameHTTPServer
package import SesameSystem

/// One proxy: a place where it listens, and what it does there.
package final class Proxy: Sendable {
    private let server: HTTPServer
    private let forwarder: Locked<Forwarder>

    /// Listens.
    /// - Parameter loop: the thread that all proxies have.
    /// - Throws: where it cannot listen there.
    package init(_ settings: ProxySettings, parts: ProxyParts, loop: EventLoop) throws(SystemError)
    {
        let forwarder = Locked(
            Forwarder(settings: settings, door: ProxyDoor(port: nil), parts: parts))
        self.forwarder = forwarder
        var limits = ServerLimits()
        limits.takesStreams = true
        limits.connections = Self.connections
        limits.streamDeadline = .seconds(settings.timeout)
        server = try HTTPServer(limits: limits, loop: loop) { request in
            // As it is now: a connection may be older than the configuration.
            await forwarder.withLock { $0 }.handle(request)
        }
        let door = try Self.listen(settings.place, server)
        forwarder.withLock {
            $0 = Forwarder(settings: settings, door: door, parts: parts)
        }
    }

    /// What it does.
    package var settings: ProxySettings { forwarder.withLock { $0.settings } }

    /// What `Host` may say; `nil` on a UNIX socket.
    package var hosts: [String]? { forwarder.withLock { $0.door.hosts } }

    /// Does something else in the same place; requests that are under way go on as they began.
    func change(to settings: ProxySettings) {
        forwarder.withLock { old in
            old = Forwarder(settings: settings, door: old.door, parts: old.parts)
        }
        server.setStreamDeadline(.seconds(settings.timeout))
    }

    /// Frees the place at once.
    func closeListener() { server.closeListeners() }

    /// Ends once what is under way has ended.
    /// - Parameter patience: how long that may take before it is cut.
    func stop(patience: Duration) async { await server.stop(patience: patience) }

    private static func listen(
        _ place: ProxySettings.Place, _ server: HTTPServer
    ) throws(SystemError) -> ProxyDoor {
        switch place {
        case .ipv4(let port):
            let bound = try server.listen(loopbackPort: port, identifiesUsers: true)
            return ProxyDoor(port: bound)
        case .ipv6(let port):
            let bound = try server.listen(
                loopbackPort: port, family: .ipv6, identifiesUsers: true)
            return ProxyDoor(port: bound, literal: "[::1]")
        case .unix(let path):
            try server.listen(unixSocket: path)
            return ProxyDoor(port: nil)
        }
    }

    /// Each may hold half a megabyte, if client and server are slow in both directions.
    private static let connections = 256
}
