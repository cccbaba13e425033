import SesameCrypto
import SesameHTTP
import SesameOAuth
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

let now = Timestamp(seconds: 1_790_000_000)

func url(_ text: String) throws -> HTTPURL { try #require(HTTPURL(text)) }

func server(
    issuer: String? = "https://as.test", authorize: String = "https://as.test/authorize",
    token: String = "https://as.test/token", announcesIssuer: Bool = false,
    challengeMethods: [String]? = nil
) throws -> AuthorizationServer {
    AuthorizationServer(
        tokenEndpoint: try url(token), authorizationEndpoint: try url(authorize), issuer: issuer,
        revocationEndpoint: try url("https://as.test/revoke"),
        supportsIssuerParameter: announcesIssuer, codeChallengeMethods: challengeMethods)
}

func client(
    _ transport: ScriptedTransport, server: AuthorizationServer? = nil,
    authentication: any ClientAuthentication = NoClientAuthentication(),
    extra: [(String, String)] = []
) throws -> OAuthClient {
    OAuthClient(
        server: try server ?? SesameOAuthTests.server(), clientID: "cli",
        authentication: authentication, transport: transport, extraTokenParameters: extra)
}

/// The code of the error that `body` throws; `nil` when it throws none.
func code(_ body: () throws(OAuthError) -> Void) -> OAuthError.Code? {
    do { try body() } catch { return error.code }
    return nil
}

/// The error that `body` throws; `nil` when it throws none.
func failure(_ body: () async throws(OAuthError) -> Void) async -> OAuthError? {
    do { try await body() } catch { return error }
    return nil
}

func parse(_ response: HTTPResponse) throws(OAuthError) -> TokenResponse {
    try TokenResponse.parse(response, receivedAt: now)
}

/// An answer with a token and these members instead of, or besides, the usual ones.
func answer(_ members: String) -> HTTPResponse {
    .json(#"{"access_token":"t","token_type":"Bearer",\#(members)}"#)
}

/// Bytes that count up: different each time, the same in each run.
final class CountingRandom: RandomSource {
    private let next = Locked<UInt8>(0)

    func bytes(_ count: Int) -> Secret {
        let first = next.withLock { next in
            next &+= 1
            return next
        }
        return Secret(copying: (0..<count).map { first &+ UInt8(truncatingIfNeeded: $0) &* 7 })
    }
}

/// The same numbers for the same seed (SplitMix64).
struct SeededNumbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// The bytes with one to eight of them changed, dropped or doubled.
    mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
        var out = bytes
        for _ in 0..<Int.random(in: 1...8, using: &self) where !out.isEmpty {
            let index = Int.random(in: 0..<out.count, using: &self)
            switch Int.random(in: 0..<4, using: &self) {
            case 0: out[index] = UInt8.random(in: 0...255, using: &self)
            case 1: out.remove(at: index)
            case 2: out.insert(out[index], at: index)
            default:
                out.insert(#"{}[]":,\%&=09e-"#.utf8.randomElement(using: &self) ?? 0, at: index)
            }
        }
        return out
    }
}
