import SesameHTTP
import SesameJSON
public import SesameSecrets

/// Credentials for tools that sign their requests themselves.
extension BrokerClient {
    /// The credential for a destination, of the one profile that it is for.
    /// - Parameters:
    ///   - profile: which one, where there may be several; it must allow the destination, too.
    ///   - minimumValidity: for how many seconds a token must be valid at the least.
    /// - Throws: `unknown_profile` where no profile is for it, `usage` where there are several.
    public func credential(
        for url: String, profile: String? = nil, minimumValidity: Int64 = 60
    ) throws(Problem) -> CredentialMessage {
        var query = FormParameters()
        query.append("url", url)
        query.append("profile", profile ?? "")
        query.append("min_valid", String(minimumValidity))
        let target = "/v1/credential?" + query.encodedText
        return try read(BrokerRequest("GET", target), CredentialMessage.init(json:))
    }

    /// Tells that a destination has refused a token: if it is the one that is held, it is renewed.
    public func reject(
        _ secret: Secret, for url: String, profile: String? = nil
    ) throws(Problem) -> RejectionAnswerMessage {
        let message = RejectionMessage(url: url, profile: profile, secret: secret)
        let request = BrokerRequest(
            "POST", "/v1/credential/rejection", body: message.json.encoded())
        return try read(request, RejectionAnswerMessage.init(json:))
    }

    /// Lets the broker give a profile's token to a security token service, for keys of that service.
    public func temporaryKeys(
        of profile: String, _ message: WebIdentityMessage
    ) throws(Problem) -> TemporaryKeysMessage {
        let request = BrokerRequest(
            "POST", try path(profile, "/web-identity"), body: message.json.encoded())
        return try read(request, TemporaryKeysMessage.init(json:))
    }
}
