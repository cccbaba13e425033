import SesameCrypto
import SesameSecrets
import SesameSystem

/// Makes codes and tokens in an issuer's own shape, and knows how long they live.
struct Mint: Sendable {
    let scenario: Scenario
    let now: Timestamp
    let random: any RandomSource

    /// A new token: 43 characters, or the 86 of Mautic, which encodes hexadecimal digits once more.
    func token() -> Secret {
        let bytes = random.bytes(32)
        let source = scenario.dialect == .mautic ? Secret(utf8: hexadecimal(bytes)) : bytes
        return Secret(utf8: source.withBytes { Base64URL.encode($0) })
    }

    var accessExpiry: Timestamp { now.adding(seconds: scenario.accessTokenLifetime) }
    var refreshExpiry: Timestamp { now.adding(seconds: scenario.refreshTokenLifetime) }
    var codeExpiry: Timestamp { now.adding(seconds: scenario.codeLifetime) }
}
