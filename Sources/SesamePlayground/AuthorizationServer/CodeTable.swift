import SesameSecrets
import SesameSystem

/// Authorization codes that were given out.
struct CodeTable: Sendable {
    struct Code: Sendable {
        let clientID: String
        let user: PracticeUser
        let redirectURI: String
        let scope: String?
        let challenge: String?
        let expiresAt: Timestamp
        /// The only key that it is good with (RFC 9449, section 10).
        var keyThumbprint: String?
        /// The login that it was redeemed for.
        var family: Int?
        var isSpent = false
    }

    private var codes: [TokenHash: Code] = [:]

    /// Makes a new code.
    mutating func add(_ code: Code, by mint: Mint) -> Secret {
        if codes.count > 1000 { codes = codes.filter { mint.now < $0.value.expiresAt } }
        let token = mint.token()
        codes[TokenHash(token)] = code
        return token
    }

    func find(_ code: Secret) -> Code? { codes[TokenHash(code)] }

    mutating func spend(_ code: Secret, for family: Int?) {
        codes[TokenHash(code)]?.isSpent = true
        codes[TokenHash(code)]?.family = family
    }
}
