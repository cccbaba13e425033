import SesameHTTPServer
import SesameSecrets
import SesameSystem
import TestSupport

/// A server on a free port that answers `/echo` with what it received.
struct EchoServer {
    let server: HTTPServer
    let port: UInt16

    init(limits: ServerLimits = ServerLimits()) throws {
        server = try HTTPServer(limits: limits) { request in await echo(request) }
        port = try server.listen(loopbackPort: 0)
    }

    /// Connects a client.
    func connect() throws -> RawSocket { try RawSocket(port: port) }
}

/// The content of a request to `/echo`, or a line about it; 404 for any other path.
func echo(_ request: ServerRequest) async -> ServerResponse {
    guard request.path == "/echo" else { return ServerResponse(status: 404) }
    var response = ServerResponse(status: 200)
    let query = request.query.map { "?\($0)" } ?? ""
    response.body =
        request.body.isEmpty
        ? Secret(utf8: "\(request.method) \(request.path)\(query) \(request.peer)") : request.body
    return response
}
