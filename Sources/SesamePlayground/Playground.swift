package import SesameHTTP
import SesameHTTPServer
package import SesameSystem

/// A playground that listens on 127.0.0.1, in this process.
package final class Playground: Sendable {
    /// The whole of it without the sockets.
    package let service: PlaygroundService
    /// Where it listens; every issuer is one segment below.
    package let baseURL: HTTPURL
    private let server: HTTPServer

    /// Starts listening.
    /// - Throws: when the port is taken.
    package init(_ options: PlaygroundOptions = PlaygroundOptions()) throws(SystemError) {
        let service = PlaygroundService(options)
        self.service = service
        var limits = ServerLimits()
        limits.connections = 512
        limits.bodyBytes = 4 << 20
        server = try HTTPServer(limits: limits) { request in await service.handle(request) }
        let port = try server.listen(loopbackPort: options.port)
        let origin = "http://127.0.0.1:\(port)"
        service.setOrigin(origin)
        guard let url = HTTPURL(origin) else { throw SystemError("naming the port", code: 0) }
        baseURL = url
    }

    /// The issuer of that name.
    package func issuer(_ name: String) -> HTTPURL { baseURL.appending(path: name) }

    /// Lets everything go that is held, and stops listening.
    package func stop() async {
        service.gate.open(forGood: true)
        await server.stop()
    }

    /// Installs a fault.
    package func install(_ fault: Fault) { service.install(fault) }

    /// Makes all access tokens of an issuer expired.
    package func expireAccessTokens(of issuer: String) { service.expireAccessTokens(of: issuer) }

    /// All token requests so far.
    package var log: [TokenLogEntry] { service.log() }

    /// How many token requests an issuer has seen.
    package func tokenRequests(of issuer: String) -> Int { log.count { $0.issuer == issuer } }
}
