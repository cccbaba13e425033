import SesameOAuth
import SesameSystem

extension Profile {
    /// What signs authorization requests (RFC 9101): where the server insists, unless the profile says otherwise.
    func requestSigner(
        at server: AuthorizationServer, now: Timestamp, until deadline: Timestamp
    ) throws(BrokerError) -> RequestObjectSigner? {
        let wish = settings["jar"]
        guard wish == "required" || server.requiresSignedRequestObjects else { return nil }
        guard wish != "off" else {
            throw BrokerError(
                .configuration,
                "profile \(name) has `jar = off`, and the server takes signed authorization requests only",
                hints: ["take that line out of the configuration"])
        }
        guard !server.refusesRequestObjects else {
            throw BrokerError(
                .configuration,
                "profile \(name) has `jar = required`, and the server takes no signed authorization requests",
                hints: ["take that line out of the configuration"])
        }
        guard let requestKeyFile else {
            throw BrokerError(
                .configuration,
                "profile \(name) has no key to sign its authorization requests with",
                hints: [
                    "where the client does not authenticate with it, set `jar = required` first",
                    "give it, and register its public half: sesame setup \(name) --client-key-file F",
                ])
        }
        do throws(OAuthError) {
            return RequestObjectSigner(
                try requestKeyFile.read(), at: now, lifetime: now.seconds(until: deadline))
        } catch {
            throw BrokerError(error, profile: self)
        }
    }
}
