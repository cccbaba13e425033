import Glibc
import SesameCrypto
import SesameHTTP
import SesameJOSE
import SesameJSON
import SesameOAuth
import SesameSecrets
import SesameSystem

// signature-bench SECONDS   Prints how many signed texts a second are made and checked, a line for each
// algorithm: its name, made, checked. Then, how many requests are signed with a token that is bound to a key, and
// with a bearer token. A program of benchmarks, not of Sesame.

/// What a client signs for each request, in its usual size.
let claims = JSONValue.object([
    ("iss", "client-1"), ("sub", "client-1"), ("aud", "https://id.example"),
    ("jti", "AAECAwQFBgcICQoLDA0ODw"), ("iat", .integer(1_790_000_000)),
    ("exp", .integer(1_790_000_060)),
])
let duration = Duration.seconds(
    CommandLine.arguments.count > 1 ? Int64(CommandLine.arguments[1]) ?? 1 : 1)

for (kind, algorithm) in [
    (KeyKind.p256, JWSAlgorithm.es256), (.ed25519, .ed25519), (.rsa, .rs256), (.rsa, .ps256),
] {
    let key = try PrivateKey.generate(kind)
    let signer = try JWSSigner(key, algorithm: algorithm)
    let keys = JWKSet([JWK(try key.publicKey())])
    let text = try signer.sign(claims)
    let made = try rate { _ = try signer.sign(claims) }
    let checked = try rate {
        _ = try CompactJWS(parsing: text).verified(by: keys, allowing: [algorithm]).claims()
    }
    print(algorithm.rawValue, made, checked)
}
try measureRequests()

/// A request as the broker signs it, with what each kind of token needs.
func measureRequests() throws {
    guard let url = HTTPURL("https://api.example/v1/contacts?limit=5") else { return }
    let now = Timestamp(seconds: 1_790_000_000)
    let value = Secret(utf8: String(repeating: "a", count: 43))
    let key = try DPoPKey.generate(for: AuthorizationServer(tokenEndpoint: url))
    let kinds: [(String, TokenType, any RequestSigner)] = [
        ("DPoP", .dpop, DPoPSigner(DPoPProver(key))), ("Bearer", .bearer, BearerSigner()),
    ]
    for (name, type, signer) in kinds {
        let token = AccessToken(value, type: type, receivedAt: now, expiresAt: nil)
        let made = try rate {
            var request = HTTPRequest("GET", url)
            try signer.sign(&request, with: token, at: now)
        }
        print(name, made, 0)
    }
}

/// How often something can be done in a second of the processor, which is what `openssl speed` counts in.
func rate(_ work: () throws -> Void) rethrows -> Int {
    let start = processorTime()
    var count = 0
    while processorTime() - start < duration {
        for _ in 0..<16 { try work() }
        count += 16
    }
    return Int(Double(count) / ((processorTime() - start) / .seconds(1)))
}

/// What this process has used of the processor so far.
func processorTime() -> Duration {
    var time = timespec()
    unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
}
