package import SesameHTTP
package import SesameOAuth
package import SesameSecrets
package import SesameSystem

/// What a caller wants temporary keys for.
package struct WebIdentityQuery: Sendable {
    package var profile: String
    /// The security token service; one of the profile's destinations.
    package var endpoint: String
    package var roleARN: String
    package var sessionName: String
    /// Seconds that the keys last; `nil` for what the service gives.
    package var duration: Int64?
    package var narrowedScope: String?

    package init(profile: String, endpoint: String, roleARN: String, sessionName: String) {
        self.profile = profile
        self.endpoint = endpoint
        self.roleARN = roleARN
        self.sessionName = sessionName
    }
}

/// Keys that a security token service gave for a token.
package struct TemporaryKeys: Sendable {
    package let accessKeyID: Secret
    package let secretAccessKey: Secret
    package let sessionToken: Secret
    package let expiresAt: Timestamp
}

/// A token for the keys of another service: AWS's `AssumeRoleWithWebIdentity`, version 2011-06-15.
extension Broker {
    /// - Parameter willSend: called with what is about to leave, and the token in it.
    package func temporaryKeys(
        _ query: WebIdentityQuery,
        willSend: (HTTPRequest, AccessToken) async throws(BrokerError) -> Void
    ) async throws(BrokerError) -> TemporaryKeys {
        let profile = try usableProfile(query.profile)
        let endpoint = try destination(query.endpoint, profile)
        guard case .token(let token) = try await signature(profile, query.narrowedScope) else {
            throw BrokerError(.internal, "a profile with a token has none")
        }
        _ = try token.requireBearer(of: profile.name)
        var request = HTTPRequest("POST", endpoint)
        request.fields.set("Content-Type", "application/x-www-form-urlencoded")
        request.fields.set("Accept", "text/xml")
        request.body = query.form(token.value).encoded()
        request.certificateAuthorityFile = profile.certificateAuthorityFile
        request.clientCertificate = try await clientCertificate(of: profile)
        request.maximumResponseBytes = 64 << 10
        try await willSend(request, token)
        let transport = parts.transport
        let response = try await transfer(request, of: profile) { request throws(TransportError) in
            try await transport.send(request)
        }
        return try keys(in: response, token.value)
    }

    private func keys(
        in response: HTTPResponse, _ token: Secret
    ) throws(BrokerError) -> TemporaryKeys {
        let leaves = try? XMLLeaves(response.body)
        guard response.status == 200 else { throw refusal(response.status, leaves, token) }
        let place = "AssumeRoleWithWebIdentityResponse/AssumeRoleWithWebIdentityResult/Credentials/"
        guard let leaves, let id = leaves[place + "AccessKeyId"], !id.isEmpty,
            let secret = leaves[place + "SecretAccessKey"], !secret.isEmpty,
            let session = leaves[place + "SessionToken"], !session.isEmpty,
            let expiry = leaves[place + "Expiration"]?.dangerouslyRevealedText(),
            let expiresAt = Timestamp(expiry)
        else {
            throw BrokerError(
                .temporary, "the answer of the security token service has no keys in it",
                hints: ["see whether the endpoint is one"])
        }
        return TemporaryKeys(
            accessKeyID: id, secretAccessKey: secret, sessionToken: session, expiresAt: expiresAt)
    }

    private func refusal(
        _ status: Int, _ leaves: XMLLeaves?, _ token: Secret
    ) -> BrokerError {
        let part = { (name: String) in
            leaves?["ErrorResponse/Error/\(name)"]?.dangerouslyRevealedText()
        }
        let code = part("Code") ?? "status \(status)"
        var words = "the security token service refused: \(code.sanitised(limit: 60))"
        // Services do repeat what they refuse.
        let revealed = token.dangerouslyRevealedText()
        if let message = part("Message"), !message.contains(revealed.prefix(16)) {
            words += " (\(message.sanitised(limit: 200)))"
        }
        let isTemporary =
            status >= 500 || status == 429
            || ["IDPCommunicationError", "Throttling"].contains(code)
        return BrokerError(
            isTemporary ? .temporary : .serverRefused, words,
            hints: isTemporary
                ? ["try again later"]
                : ["compare role, audience and issuer with what the role's trust policy says"])
    }
}

extension WebIdentityQuery {
    fileprivate func form(_ token: Secret) -> FormParameters {
        var form = FormParameters()
        form.append("Action", "AssumeRoleWithWebIdentity")
        form.append("Version", "2011-06-15")
        form.append("RoleArn", roleARN)
        form.append("RoleSessionName", sessionName)
        form.append("DurationSeconds", duration.map { String($0) } ?? "")
        form.append("WebIdentityToken", token)
        return form
    }
}
