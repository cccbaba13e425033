import SesameHTTP
import SesameJSON
public import SesameSecrets

// Where a profile's server and its client come from, for those who do not have both.
extension BrokerClient {
    /// What a protected resource says about itself (RFC 9728), for a profile that is there or will be.
    public func look(
        for profile: String, _ question: ResourceQuestionMessage
    ) throws(Problem) -> ResourceMessage {
        let request = BrokerRequest(
            "POST", try path(profile, "/resource"), body: question.json.encoded(), timeout: 120)
        return try read(request, ResourceMessage.init(json:))
    }

    /// The document to publish at a URL that is to be the id of the profile's client.
    /// - Returns: JSON.
    public func clientMetadata(of profile: String, at url: String) throws(Problem) -> Secret {
        var query = FormParameters()
        query.append("client_id", url)
        let target = try path(profile, "/client-metadata") + "?" + query.encodedText
        return try answer(to: BrokerRequest("GET", target)).body
    }

    /// Ends the registration of the profile's client at its server, and the profile's login with it.
    public func unregister(_ profile: String) throws(Problem) {
        let target = try path(profile, "/registration")
        _ = try answer(to: BrokerRequest("DELETE", target, timeout: 120))
    }
}
