import SesameBrokerAPI
import SesameHTTP
import SesameHTTPServer
import SesameSecrets

/// What a proxy does not take, whoever sends it.
///
/// A browser lets any page send requests to this machine, and a name of the page's own may point here. Such
/// requests name another host, or the origin that they come from.
struct ProxyDoor: Sendable {
    /// What `Host` may say; `nil` where no browser comes, as on a UNIX socket.
    let hosts: [String]?

    /// - Parameter port: `nil` for a UNIX socket.
    init(port: UInt16?, literal: String = "127.0.0.1") {
        hosts = port.map { port in
            [literal, "localhost"].flatMap { host in
                ["\(host):\(port)"] + (port == 80 ? [host] : [])
            }
        }
    }

    /// Lets a request in, or throws.
    func admit(_ request: ServerRequest) throws(Problem) {
        try checkForm(request)
        try checkHost(request.fields)
        try checkOrigin(request.fields)
    }

    private func checkHost(_ fields: HTTPFields) throws(Problem) {
        guard let hosts else { return }
        guard let host = fields["Host"], hosts.contains(where: { equalIgnoringCase($0, host) })
        else {
            throw Problem(
                .callerRefused, "the request is for another host than this proxy",
                hints: ["call it by http://\(hosts[0])"])
        }
    }

    private func checkOrigin(_ fields: HTTPFields) throws(Problem) {
        guard let hosts else { return }
        let origins = fields.values("Origin").map { value in
            hosts.contains { equalIgnoringCase("http://\($0)", value) }
        }
        let sites = fields.values("Sec-Fetch-Site").map { ["none", "same-origin"].contains($0) }
        guard !(origins + sites).contains(false) else {
            throw Problem(
                .callerRefused, "a page of another origin may not use this proxy",
                hints: ["browsers name the page's origin; other programs leave `Origin` out"])
        }
    }

    private func checkForm(_ request: ServerRequest) throws(Problem) {
        guard !request.mayEcho else {
            throw Problem(
                .usage, "this proxy does not know the method \(request.method.uppercased())",
                hints: ["it is no proxy for tunnels: name it as the server, with a path"],
                status: 501)
        }
        guard request.path.hasPrefix("/") else {
            throw Problem(
                .usage, "this proxy takes a path, no whole URL",
                hints: ["name it as the server; it is none for http_proxy"])
        }
        // HTTP/2 on the same port may be left aside (RFC 9110, section 7.8); other protocols cannot.
        let protocols = request.fields.values("Upgrade").flatMap { $0.split(separator: ",") }
        guard protocols.allSatisfy({ equalIgnoringCase($0.filter { $0 != " " }, "h2c") }) else {
            throw Problem(
                .usage, "this proxy does not change to another protocol, such as WebSocket",
                status: 501)
        }
    }
}
