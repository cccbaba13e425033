import SesameOAuth
import SesameSecrets

extension Broker {
    /// What speaks against a client id that is the URL of a document, in words; empty for any other client id.
    /// - Throws: where the server would take the document and it does not fit.
    func checkClientDocument(of profile: Profile) async throws(BrokerError) -> [String] {
        guard profile.clientID.lowercased().hasPrefix("https://"),
            let server = try? await server(of: profile)
        else { return [] }
        guard server.supportsClientIDMetadataDocuments else {
            return ["the server does not say that a client id can be the URL of a document"]
        }
        let redirect = profile.grant == .authorizationCode ? profile.registeredRedirectURI : nil
        do throws(OAuthError) {
            try await ClientIDDocument(profile.clientID)?.check(
                redirectURI: redirect, over: parts.transport,
                certificateAuthorityFile: profile.certificateAuthorityFile)
            return []
        } catch {
            guard [.badParameter, .invalidMetadata].contains(error.code) else {
                return ["the client's document could not be read: \(error.message)"]
            }
            throw BrokerError(
                .configuration, error.message,
                hints: [
                    "the document to publish there: sesame setup \(profile.name) --print-client-metadata "
                        + "--client-id \(profile.clientID.sanitised())"
                ])
        }
    }
}
