package import SesameOAuth

/// What a protected resource says about itself, and which of its authorization servers are known here.
package struct ResourceReport: Sendable {
    package let resource: ProtectedResource
    /// Those that a profile names already: a person has chosen them before (RFC 9728, section 7.6).
    package let trusted: Set<String>
}

extension Broker {
    /// Asks a resource what it says about itself, for a profile that is there or will be.
    ///
    /// Nothing is changed, and none of the authorization servers that it names is asked anything.
    /// - Parameter certificateAuthorityFile: what replaces the system's authorities, unless the profile says so itself.
    package func look(
        atResource resource: String, for name: String, certificateAuthorityFile: String? = nil
    ) async throws(BrokerError) -> ResourceReport {
        var changes = ["resource": [resource]]
        if let certificateAuthorityFile { changes["ca_file"] = [certificateAuthorityFile] }
        let profile = try parts.configuration.preview(changes, of: name)
        try profile.checkCertificateAuthorityFile()
        do throws(OAuthError) {
            let found = try await ResourceDiscovery(
                of: resource, over: parts.transport,
                certificateAuthorityFile: profile.certificateAuthorityFile
            ).discover()
            let named = Set(found.authorizationServers)
            let known = try? parts.configuration.contents().profiles.compactMap(\.issuer)
                .filter(named.contains)
            return ResourceReport(resource: found, trusted: Set(known ?? []))
        } catch {
            throw BrokerError(resource: error, profile)
        }
    }
}

extension BrokerError {
    /// Why a resource's word is not taken.
    fileprivate init(resource error: OAuthError, _ profile: Profile) {
        switch error.code {
        case .badParameter: self.init(.usage, error.message)
        case .resourceMismatch, .unsafeEndpoint:
            self.init(
                .destinationRefused, error.message,
                hints: ["check the resource's address, down to the last slash"]
                    + Self.byHand(profile))
        case .discoveryFailed, .invalidMetadata:
            self.init(.configuration, error.message, hints: Self.byHand(profile))
        default: self.init(error, profile: profile)
        }
    }

    private static func byHand(_ profile: Profile) -> [String] {
        [
            "or name the server yourself: sesame setup \(profile.name) --issuer U --client-id ID --resource …"
        ]
    }
}
