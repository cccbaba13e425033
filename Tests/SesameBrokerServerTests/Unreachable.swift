import SesameHTTP

/// A transport that reaches nobody.
struct Unreachable: HTTPTransport {
    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        throw TransportError(.cannotConnect, "nobody is there", mayHaveBeenSent: false)
    }
}
