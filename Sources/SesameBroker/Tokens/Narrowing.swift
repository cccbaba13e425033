import SesameOAuth
import SesameStore
import SesameSystem

/// A profile's client at its server, and the only scope that a token of it may have.
struct Narrowing: Hashable, Sendable {
    let profile: String
    /// Its words, in any order.
    let scope: Set<Substring>
    /// Whose token it is, where it goes, and how it is had: another client, server or resource has others.
    private let terms: [String]

    init(_ profile: Profile, _ scope: String) {
        self.profile = profile.name
        let words = Set(scope.split(separator: " "))
        // Less than the profile asks for, never more.
        let asked = profile.scope.map { Set($0.split(separator: " ")) }
        self.scope = asked.map(words.intersection) ?? words
        terms = profile.settings.values.filter { !Self.withoutEffect.contains($0.key) }
            .map { "\($0.key)=\($0.value.joined(separator: "\n"))" }.sorted()
    }

    /// Settings that change nothing of what a server gives, or to whom it is sent.
    private static let withoutEffect: Set = ["renew", "redirect_uri", "credential_username"]

    /// The words as they are asked for.
    var words: String { scope.sorted().joined(separator: " ") }

    func covers(_ scope: String) -> Bool {
        scope.split(separator: " ").allSatisfy { self.scope.contains($0) }
    }

    /// What a server is known to have granted; words that are none tell nothing.
    func covers(granted scope: String?) -> Bool {
        guard let scope, !scope.allSatisfy({ $0 == " " }) else { return false }
        return covers(scope)
    }
}

/// The login that a token was made from: it ends with that.
struct LoginIdentity: Equatable, Sendable {
    let number: Int
    private let loggedInAt: Timestamp?
    private let client: [String?]

    init(number: Int, _ credential: Credential?) {
        self.number = number
        loggedInAt = credential?.loggedInAt
        client = [credential?.clientID, credential?.tokenEndpoint, credential?.issuer]
    }
}

/// A token with less scope.
struct NarrowedToken: Sendable {
    let token: AccessToken
    let login: LoginIdentity
}
