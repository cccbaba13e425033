import Glibc
import SesameAudit
import SesameBroker
import SesameBrokerServer
import SesameHTTP
import SesameHTTPServer
import SesameJSON
import SesamePlayground
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

/// A broker with a profile `p` that is logged in at the playground, a server behind it that does what a test
/// says, and a proxy between the test and that.
final class ProxyRig: Sendable {
    let rig: Rig
    let upstream: ScriptedServer
    let proxy: Proxy
    let parts: ProxyParts
    let port: UInt16

    /// - Parameters:
    ///   - rules: sections of the configuration.
    ///   - timeout: seconds for which nothing may move.
    init(
        issuer: String = "rfc", path: String = "/api", rules: String = "",
        timeout: Int64 = patience.components.seconds,
        _ script: @escaping @Sendable (borrowing ScriptedServer.Connection) -> Void
    ) async throws {
        upstream = try ScriptedServer(script)
        let target = try upstream.url(path)
        let profile =
            "[profile p]\nissuer = @/\(issuer)\nbase_url = \(target)\nclient_id = practice-public\n"
            + "scope = read\n"
        rig = try Rig(.unixSocket, profile)
        try await rig.logIn("p")
        // The test itself goes to the broker, too, and is not bound.
        let bound = rig.folder.file("bound")
        try PrivateFile.create(bound, Secret(utf8: try rig.configuration + rules))
        let file = ConfigurationFile(path: bound, home: rig.folder.path)
        parts = ProxyParts(
            broker: rig.broker, gate: Gate(configuration: file, owner: geteuid()),
            trail: rig.trail)
        let settings = ProxySettings(
            name: "one", profile: "p", place: .ipv4(port: 0), target: target, timeout: timeout)
        proxy = try Proxy(settings, parts: parts, loop: EventLoop())
        port = try #require(
            proxy.hosts?.first.flatMap { $0.split(separator: ":").last }.flatMap { UInt16($0) })
    }

    var host: String { "127.0.0.1:\(port)" }

    /// One request over a connection of its own.
    /// - Parameter rest: fields, the empty line and the content.
    func call(
        _ line: String, _ rest: String = "\r\n", toHead: Bool = false
    ) async throws -> RawAnswer {
        let text = "\(line) HTTP/1.1\r\nHost: \(host)\r\n\(rest)"
        let port = port
        return try await offPool {
            let client = try RawSocket(port: port)
            client.send(text)
            return try client.receiveAnswer(toHead: toHead)
        }
    }

    /// The token that the playground has given last.
    var token: String {
        get async throws { try await rig.token("p").json["access_token"]?.string ?? "" }
    }
}

/// Answers every request on a connection with 200, and the content that it has.
@Sendable func answerAll(_ connection: borrowing ScriptedServer.Connection) {
    while let request = connection.request() {
        connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(request.body.count)\r\n\r\n")
        connection.write(request.body)
    }
}

/// An answer that says that the token is bad.
let tokenRefusal =
    "HTTP/1.1 401 No\r\nWWW-Authenticate: Bearer error=\"invalid_token\"\r\nContent-Length: 2\r\n\r\nno"
