import Glibc
package import SesameHTTP
import SesameHTTPServer
package import SesameSystem

/// The end of a login where the browser comes back to: a port of this machine (RFC 8252, section 7.3).
///
/// The port is open as long as the value lives, and no longer: it is closed when
/// ``callback(timeout:time:judge:)`` returns, in whatever way. Answers are given from the time that
/// function is called; who comes earlier waits.
package struct LoopbackListener: ~Copyable, Sendable {
    /// The redirect URI with the real port, as the authorization request must name it.
    package let redirectURI: HTTPURL
    private let server: HTTPServer
    private let desk: CallbackDesk

    /// Listens where the redirect URI says.
    ///
    /// That is `127.0.0.1`, `[::1]`, or both for `localhost`, of which nobody knows what a browser
    /// makes. Port 0 is any free one.
    /// - Throws: ``LoginError``; `portTaken` when somebody else has the port.
    package init(
        redirectURI: HTTPURL, pages: CallbackPages = CallbackPages()
    ) throws(LoginError) {
        let families = try families(of: redirectURI)
        let desk = CallbackDesk(pages: pages)
        let (server, port) = try listen(to: families, port: redirectURI.port, at: desk)
        self.redirectURI = try redirectURI.replacing(port: port)
        self.server = server
        self.desk = desk
    }

    deinit {
        server.closeListeners()
        Task { [desk] in await desk.finish(.failure(givenUp)) }
    }

    /// Waits for the callback that `judge` accepts.
    ///
    /// `judge` sees every well-formed request on the exact path, one at a time and in the order they
    /// came; all others get a constant page and change nothing. When this returns, the port is
    /// closed and the browser has its page.
    /// - Parameter postOrigin: whose page may bring it in a form that is posted, too.
    /// - Throws: `timeout` or `cancelled`.
    package consuming func callback(
        timeout: Duration, time: any TimeSource, postOrigin: String? = nil,
        judge: @escaping @Sendable (ReceivedForm) async -> CallbackVerdict
    ) async throws(LoginError) {
        let (server, desk, uri) = (server, desk, redirectURI)
        await desk.open(
            authority: uri.authority, path: uri.path, postOrigin: postOrigin, judge: judge)
        let alarm = Task {
            try await time.sleep(for: timeout)
            await desk.finish(.failure(LoginError(.timeout, "nobody completed the login in time")))
        }
        let outcome = await withTaskCancellationHandler {
            await desk.outcome()
        } onCancel: {
            server.closeListeners()
            Task { await desk.finish(.failure(givenUp)) }
        }
        alarm.cancel()
        await server.stop(patience: .seconds(1))
        try outcome.get()
    }
}

private let givenUp = LoginError(.cancelled, "the login was given up")

/// The addresses that a redirect URI names; `localhost` names two.
private func families(of uri: HTTPURL) throws(LoginError) -> [LoopbackFamily] {
    guard uri.scheme == .http, uri.fragment == nil else {
        throw LoginError(
            .badRedirectURI,
            "a redirect URI of this machine begins with http:// and has no fragment")
    }
    switch uri.host {
    case "127.0.0.1": return [.ipv4]
    case "[::1]": return [.ipv6]
    case "localhost": return [.ipv4, .ipv6]
    default:
        throw LoginError(
            .badRedirectURI,
            "a redirect URI must name 127.0.0.1, [::1] or localhost to be listened on")
    }
}

/// A server that listens on one port at all the addresses.
///
/// Any free port of the first may be taken at the second: then others are tried.
private func listen(
    to families: [LoopbackFamily], port: UInt16, at desk: CallbackDesk
) throws(LoginError) -> (HTTPServer, UInt16) {
    var attempt = 1
    while true {
        do throws(LoginError) {
            let server = try makeServer(desk)
            return (server, try bind(server, families, port))
        } catch {
            guard port == 0, error.code == .portTaken, attempt < 20 else { throw error }
            attempt += 1
        }
    }
}

private func makeServer(_ desk: CallbackDesk) throws(LoginError) -> HTTPServer {
    var limits = ServerLimits()
    limits.requestDeadline = .seconds(5)
    limits.idleDeadline = .seconds(5)
    do throws(SystemError) {
        return try HTTPServer(limits: limits) { request in await desk.page(for: request) }
    } catch {
        throw LoginError(.cannotListen, error.description)
    }
}

/// Binds all the addresses that the machine has; it needs to have one of them.
private func bind(
    _ server: HTTPServer, _ families: [LoopbackFamily], _ wanted: UInt16
) throws(LoginError) -> UInt16 {
    var port = wanted
    var missing: SystemError?
    for family in families {
        do throws(SystemError) {
            port = try server.listen(loopbackPort: port, family: family)
        } catch {
            switch error.code {
            case EADDRINUSE: throw .portTaken(port)
            case EADDRNOTAVAIL, EAFNOSUPPORT: missing = error
            default: throw LoginError(.cannotListen, error.description)
            }
        }
    }
    if port == 0 || (families.count == 1 && missing != nil) {
        throw LoginError(
            .cannotListen, missing?.description ?? "the machine has no loopback address")
    }
    return port
}

extension HTTPURL {
    fileprivate func replacing(port: UInt16) throws(LoginError) -> HTTPURL {
        guard let url = HTTPURL("http://\(host):\(port)\(path)" + (query.map { "?" + $0 } ?? ""))
        else {
            throw LoginError(.badRedirectURI, "the redirect URI cannot carry a port")
        }
        return url
    }
}
