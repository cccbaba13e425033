import SesameHTTP
import SesameOAuth
import SesameSecrets
import SesameStore

/// Which key token requests are made with.
enum ProofKeyUse: Sendable {
    /// None: no tokens are asked for.
    case none
    /// That of the grant that is renewed; `nil` where it has none, or there is no grant yet.
    case held(Secret?)
    /// A new one.
    ///
    /// - isBound: whether the login before it had one. What a server has once insisted on stays so: it could be
    ///   somebody else who does not insist.
    case new(isBound: Bool)
}

/// Tokens that are bound to a key of the client's (RFC 9449): the key is made with the login, kept in its record,
/// and goes with it.
extension Broker {
    /// How the token requests of a profile are proved: as its `dpop` says, and as its login began.
    func possession(
        of profile: Profile, at server: AuthorizationServer, _ use: ProofKeyUse
    ) throws(BrokerError) -> ProofOfPossession {
        let (keys, random) = (proofKeys, parts.random)
        let standby = DPoPStandby { () throws(OAuthError) in
            try keys.newProver(for: server, random: random)
        }
        do throws(OAuthError) {
            switch (use, profile.binding) {
            case (.none, _): return .none
            case (.held(let key?), _):
                return .always(try keys.prover(key, of: profile.name, random: random))
            case (_, .off): return .none
            case (_, .required), (.new(isBound: true), _): return .always(try standby.insist())
            case (_, .auto): return .onDemand(standby)
            }
        } catch {
            throw BrokerError(error, profile: profile)
        }
    }

    /// What signs requests with a token that is bound to a key.
    nonisolated func signer(
        with key: Secret, of profile: Profile
    ) throws(OAuthError) -> DPoPSigner {
        DPoPSigner(try proofKeys.prover(key, of: profile.name, random: parts.random))
    }
}

extension Profile {
    /// Whether tokens are bound to a key.
    enum Binding: String {
        /// Where the server insists.
        case auto
        case required
        case off
    }

    var binding: Binding { settings["dpop"].flatMap { Binding(rawValue: $0) } ?? .auto }

    /// What to do where nobody has logged in, or only in a way that does not count any more.
    var hintsForLogin: [String] {
        let login = "log in: sesame login \(name)"
        guard binding != .auto else { return [login] }
        return [login + " (a login from before `dpop = \(binding.rawValue)` does not count)"]
    }
}

extension Credential {
    /// Whether its tokens are bound to a key, or not, as the profile has it.
    func isBound(as profile: Profile) -> Bool {
        // Most profiles say nothing, and a token must not take longer for it.
        guard profile.settings["dpop"] != nil else { return true }
        return switch profile.binding {
        case .auto: true
        case .required: dpopKey != nil
        case .off: dpopKey == nil
        }
    }
}

extension BrokerError {
    /// Why a token is not given to something that would send it as it is.
    static func proofNeeded(_ profile: String) -> BrokerError {
        BrokerError(
            .usage,
            "the tokens of profile \(profile) are bound to a key: they work with a proof for each request"
                + " only (DPoP)",
            hints: [
                "let sesame send the request: sesame request \(profile) …, or a section [proxy NAME]",
                "or sign one of your own: sesame header \(profile) --url URL --method METHOD",
            ])
    }
}

extension AccessToken {
    /// Refuses a token that only works with a proof.
    func requireBearer(of profile: String) throws(BrokerError) -> AccessToken {
        guard type == .bearer else { throw .proofNeeded(profile) }
        return self
    }
}
