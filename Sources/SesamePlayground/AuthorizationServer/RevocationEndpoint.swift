import SesameHTTP
import SesameHTTPServer

extension Issuer {
    /// The revocation endpoint (RFC 7009): an unknown token is as good as revoked.
    mutating func revoke(_ exchange: Exchange) -> Reply {
        do throws(Refusal) {
            let form = try checkedForm(exchange)
            let client = try authenticateClient(exchange, form)
            guard let token = form.secret("token") else {
                throw .invalidRequest("token is missing")
            }
            tokens.revoke(token, of: client.id)
            return Reply(ServerResponse(status: 200))
        } catch {
            return Reply(error.response)
        }
    }
}
