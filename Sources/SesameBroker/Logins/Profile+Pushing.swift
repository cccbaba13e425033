import SesameOAuth

extension Profile {
    /// Whether authorization requests are left with the server before the browser goes there (RFC 9126): where
    /// the server has a place for it, unless the profile says otherwise.
    func pushesRequests(to server: AuthorizationServer) throws(BrokerError) -> Bool {
        let hasEndpoint = server.pushedAuthorizationRequestEndpoint != nil
        switch settings["par"] {
        case "off":
            guard !server.requiresPushedAuthorizationRequests else {
                throw BrokerError(
                    .configuration,
                    "profile \(name) has `par = off`, and the server takes pushed authorization requests only",
                    hints: ["take that line out of the configuration"])
            }
            return false
        case "required" where !hasEndpoint:
            throw BrokerError(
                .configuration,
                "profile \(name) has `par = required`, and the server has no endpoint for pushed authorization requests",
                hints: ["name it, if it has one: `pushed_authorization_request_endpoint = …`"])
        default: return hasEndpoint
        }
    }
}

extension BrokerError {
    /// Why a server did not take an authorization request, with the way around it, where there is one.
    init(pushing error: OAuthError, _ profile: Profile, to server: AuthorizationServer) {
        let refused = BrokerError(error, profile: profile)
        guard error.serverCode != "invalid_request_object" else {
            self.init(
                refused.code, refused.message,
                hints: [
                    "check that the server knows the public key: sesame setup \(profile.name)"
                ])
            return
        }
        let hasOtherWay =
            [.serverRefused, .clientRejected].contains(error.code)
            && profile.settings["par"] != "required" && !server.requiresPushedAuthorizationRequests
        self.init(
            refused.code, refused.message,
            hints: refused.hints
                + (hasOtherWay
                    ? ["or let the browser carry the request: `par = off` in this profile"] : []))
    }
}
