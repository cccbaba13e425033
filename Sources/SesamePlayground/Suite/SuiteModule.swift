import SesameJOSE
package import SesameJSON

/// One module of the OpenID Foundation's conformance suite for clients, as a case for our own server: the suite's
/// name, what the server does, and what a client must make of it.
///
/// The suite plays the server, and a bad answer is passed when the client asks for nothing more after it.
package struct SuiteModule: Sendable {
    /// The plan that the module is in.
    package enum Plan: String, Sendable, CaseIterable {
        case basic = "Basic RP"
        case more = "OpenID Connect, beyond the certification plans"
        case configuration = "Config RP"
        case formPost = "Form Post RP"
        case refresh = "Refresh token"
        case security = "FAPI 2.0 Security Profile Final"
        case messageSigning = "FAPI 2.0 Message Signing Final (JAR and JARM)"
    }

    /// What a client must do.
    package enum Demand: String, Sendable {
        case accept
        case reject
        /// Both are passed.
        case either
    }

    /// How far a client comes that stops at the right place.
    package enum End: String, Sendable {
        /// With tokens.
        case tokens
        /// Not beyond the metadata.
        case discovery
        /// Not beyond the callback: no token request.
        case callback
        /// The callback is nobody's: it goes on waiting, in vain.
        case forgedCallback
        /// Not beyond the answer of the token endpoint.
        case tokenAnswer
        /// Not beyond the answer to a renewal.
        case renewal
    }

    /// What the server does differently.
    package enum Trick: Sendable {
        /// A member of the metadata; `nil` leaves it out.
        case metadata(String, JSONValue?)
        /// The issuer in the metadata has this behind it.
        case issuerSuffix(String)
        /// A claim of the ID token.
        case claim(String, Claim)
        /// A claim of the ID tokens of renewals.
        case renewedClaim(String, Claim)
        /// A claim of the signed authorization response.
        case responseClaim(String, Claim)
        /// A parameter of the callback.
        case callback(String, Claim)
        /// How ID tokens are signed, or the authorization response.
        case signature(Signature)
        /// Signed texts do not name the key.
        case namesNoKey
        /// What else is in the set of keys.
        case keys(Keys)
        /// The key changes once the code has been asked for, or at the next login.
        case newKey(KeyChange)
        /// A member of the token endpoint's answer; `nil` leaves it out.
        case answer(String, JSONValue?)
        /// The authorization endpoint refuses.
        case error(String)
    }

    /// A claim in the place of the right one.
    package enum Claim: Sendable {
        case missing
        case value(JSONValue)
        /// A time that many seconds from now.
        case seconds(Int64)
    }

    package enum Signature: Sendable {
        case right
        /// Right, by another algorithm than the server announces.
        case byAnother
        case none
        case wrong
        /// With the elliptic curve, and wrong.
        case wrongES256
        /// With the client's secret, and wrong.
        case wrongHS256
    }

    package enum Keys: Sendable {
        case one
        /// With others that fit as well.
        case several
        /// With others that fit under the same name, and some that nobody can use.
        case decoys
    }

    package enum KeyChange: Sendable {
        case justBeforeSigning
        case betweenLogins
    }

    /// The suite's name of it.
    package let name: String
    package let plan: Plan
    /// What the server does, in words.
    package let does: String
    package let demand: Demand
    package let end: End
    package let tricks: [Trick]

    package init(
        _ name: String, _ plan: Plan, _ does: String, _ demand: Demand = .accept,
        _ end: End = .tokens, _ tricks: [Trick] = []
    ) {
        self.name = name
        self.plan = plan
        self.does = does
        self.demand = demand
        self.end = end
        self.tricks = tricks
    }

    /// All that there are.
    package static let all = basic + beyond + configuration + formPost + refresh + security + signed

    /// The module of that name.
    static func named(_ name: String) -> SuiteModule? { table[name] }

    private static let table = Dictionary(all.map { ($0.name, $0) }) { first, _ in first }

    /// The response mode that the client must ask for; `nil` for the usual one.
    package var responseMode: String? {
        switch plan {
        case .formPost: "form_post"
        case .messageSigning: "query.jwt"
        default: nil
        }
    }

    /// Whether authorization requests have to be pushed.
    var takesPushedRequestsOnly: Bool { plan == .security || plan == .messageSigning }

    /// Whether authorization requests have to be signed by their client.
    package var takesSignedRequestsOnly: Bool { plan == .messageSigning }

    /// Whether renewals bring ID tokens.
    var renewsIDTokens: Bool { plan == .refresh }

    /// What it announces and signs with.
    var algorithm: JWSAlgorithm {
        if case .signature(.wrongES256)? = tricks.first { return .es256 }
        return takesPushedRequestsOnly ? .ps256 : .rs256
    }
}
