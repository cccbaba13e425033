public import SesameHTTP
import SesameSecrets

/// Sends requests with libcurl, which is loaded when the first one goes out.
///
/// It offers the server no way to do more than answer: redirects are answers, cookies are not kept,
/// content arrives as it was sent. Proxy variables, `.netrc` and other surroundings have no say.
public final class CurlTransport: HTTPTransport {
    let thread: CurlThread
    private let userAgent: String

    /// Makes a transport; nothing is loaded yet.
    /// - Parameters:
    ///   - proxy: the URL of a proxy for all `https` requests. Requests to this machine never use it.
    ///   - userAgent: what requests are sent as, unless they say so themselves.
    public init(proxy: String? = nil, userAgent: String = "Sesame/0.1") {
        thread = CurlThread(proxy: proxy)
        self.userAgent = userAgent
    }

    /// Makes a transport for streams, which has connections and a thread of its own.
    package init(_ connections: ConnectionLimits) {
        thread = CurlThread(proxy: nil, connections: connections)
        userAgent = ""
    }

    init(thread: CurlThread) {
        self.thread = thread
        userAgent = "Sesame"
    }

    /// Loads libcurl in the background, so that the first request need not wait for it.
    public func prepare() {
        thread.start()
    }

    /// Sends one request, exactly once, and hands back whatever the server answered.
    ///
    /// A cancelled task gets its error at once; the connection is closed.
    public func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        var request = request
        if !request.fields.contains("User-Agent") { request.fields.set("User-Agent", userAgent) }
        if let objection = objection(to: request) {
            throw TransportError(.badRequest, objection, mayHaveBeenSent: false)
        }
        let cancellation = Cancellation()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { caller in
                thread.start(
                    Order(request: request, delivery: .whole(caller), cancellation: cancellation))
            }
        } onCancel: {
            thread.cancel(cancellation)
        }
        return try result.get()
    }
}

/// Why a request must not reach libcurl, or `nil`.
func objection(to request: HTTPRequest) -> String? {
    guard !request.method.isEmpty, request.method.utf8.allSatisfy(isTokenCharacter) else {
        return "the method is malformed"
    }
    // CONNECT asks for a tunnel, and an answer to HEAD is framed without regard to content.
    if request.method == "CONNECT" { return "the method CONNECT is not for requests" }
    if request.method == "HEAD", request.body != nil { return "a HEAD request has no content" }
    guard request.url.isSecure else {
        return "\(request.url.host) is not this machine, so it needs https"
    }
    if let name = request.fields.firstMalformed {
        return "the header field \(name.sanitised(limit: 60)) is malformed"
    }
    if let name = ownFields.first(where: request.fields.contains) {
        return "the header field \(name) is not the caller's to set"
    }
    if request.certificateAuthorityFile?.utf8.contains(0) == true {
        return "the name of the certificate file is malformed"
    }
    return nil
}

/// Fields that frame the message or steer the connection: two voices there are an attack.
private let ownFields = [
    "Host", "Content-Length", "Transfer-Encoding", "Connection", "Expect", "Upgrade", "TE",
    "Trailer",
    "Keep-Alive", "Proxy-Connection", "Proxy-Authorization",
]
