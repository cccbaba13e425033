import SesameHTTP
import SesameHTTPServer
import SesameJSON

// A resource that says whose tokens it takes, as an MCP server does.
extension Issuer {
    /// The resource's metadata (RFC 9728, section 2).
    func resourceMetadata(_ exchange: Exchange) -> ServerResponse {
        var response = ServerResponse.json(
            200,
            .object([
                ("resource", .string(exchange.issuer + Self.resourcePath)),
                ("authorization_servers", .strings([exchange.issuer])),
                ("scopes_supported", .strings(scenario.scopes)),
                ("bearer_methods_supported", .strings(["header"])),
                ("resource_name", "Practice"),
            ]))
        response.fields.set("Cache-Control", "no-cache")
        return response
    }

    /// What a challenge says beside the realm: where the metadata are, and which scope will do (RFC 9728, section 5.1).
    func resourceHint(_ exchange: Exchange) -> String {
        guard scenario.describesResource else { return "" }
        let origin = HTTPURL(exchange.issuer)?.origin ?? ""
        let place = "\(origin)\(Self.metadataPath)/\(scenario.name)\(Self.resourcePath)"
        return #", resource_metadata="\#(place)", scope="\#(scenario.scopes.first ?? "")""#
    }

    /// Refuses a request for tokens that are not for the resource (RFC 8707, section 2).
    func requireTarget(_ form: ReceivedForm) throws(Refusal) {
        guard !isForResource(form) else { return }
        throw Refusal(code: "invalid_target", description: "tokens are for the resource only")
    }

    func isForResource(_ form: ReceivedForm) -> Bool {
        guard scenario.describesResource else { return true }
        return form["resource"].flatMap { HTTPURL($0) }?.path
            == "/\(scenario.name)\(Self.resourcePath)"
    }

    static let resourcePath = "/api"
    static let metadataPath = "/.well-known/oauth-protected-resource"
}
