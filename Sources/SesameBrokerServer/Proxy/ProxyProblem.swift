import SesameBrokerAPI
import SesameHTTP
import SesameHTTPServer

extension ServerResponse {
    /// A failure of the proxy itself, which must not be taken for one of the server behind it: so it has the
    /// status of a gateway, and names who speaks (RFC 9209).
    static func proxyProblem(_ problem: Problem) -> ServerResponse {
        let status =
            switch problem.code {
            case .loginRequired, .serverRefused: 502
            case .temporary where problem.transport?.code == .timeout: 504
            case .temporary where problem.transport != nil: 502
            case .configuration, .unknownProfile: 500
            default: problem.status
            }
        var response = ServerResponse.problem(problem.answered(with: status))
        response.fields.set("Proxy-Status", "sesame; error=\(kind(of: problem))")
        return response
    }

    /// RFC 9209, section 2.3.
    private static func kind(of problem: Problem) -> String {
        switch problem.transport?.code {
        case .unknownHost?: return "dns_error"
        case .cannotConnect?: return "connection_refused"
        case .tls?: return "tls_protocol_error"
        case .timeout?: return "connection_timeout"
        case .connectionLost?: return "connection_terminated"
        case .badResponse?: return "http_protocol_error"
        default: break
        }
        switch problem.code {
        case .usage, .callerRefused, .destinationRefused, .rateLimited:
            return "http_request_denied"
        case .configuration, .unknownProfile: return "proxy_configuration_error"
        default: return "proxy_internal_error"
        }
    }
}
