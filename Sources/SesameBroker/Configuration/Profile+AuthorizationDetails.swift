import SesameOAuth
import SesameSecrets
import SesameSystem

// What a person is asked to agree to, in detail (RFC 9396).
extension Profile {
    /// What the profile asks for; `nil` where it names no details.
    /// - Throws: where the file that it names cannot be read, or is no such list.
    func authorizationDetails() throws(BrokerError) -> AuthorizationDetails? {
        guard let value = settings["authorization_details"] else { return nil }
        let source: Secret
        if value.hasPrefix("[") {
            source = Secret(utf8: value)
        } else {
            do throws(PrivateFile.Failure) {
                source = try PrivateFile.readShared(resolve(value), limit: 65_536)
            } catch {
                throw BrokerError(
                    .configuration, "authorization_details of profile \(name) cannot be read",
                    hints: [
                        "it is a JSON array, or the name of a file with one: \(value.sanitised())"
                    ])
            }
        }
        do throws(OAuthError) { return try AuthorizationDetails(parsing: source) } catch {
            throw BrokerError(.configuration, error.message)
        }
    }

    /// The parameter of the request that asks for them (RFC 9396, section 5).
    func detailsParameter() throws(BrokerError) -> [(String, String)] {
        try authorizationDetails().map { [("authorization_details", $0.text)] } ?? []
    }

    /// What to tell somebody whose login was granted other details than the profile asks for.
    func note(granted: AuthorizationDetails?) -> String? {
        guard let asked = try? authorizationDetails() else { return nil }
        guard let granted else {
            return "the server does not say which authorization_details it granted"
        }
        guard !granted.covers(asked) else { return nil }
        return "the server granted other authorization_details than the profile asks for: "
            + "sesame status \(name) --json shows them"
    }
}
