public import SesameCrypto
public import SesameSecrets

/// The secret that ties a token request to the authorization request before it (RFC 7636).
public struct CodeVerifier: Sendable {
    /// The only method there is: never `plain`, never nothing.
    public static let challengeMethod = "S256"

    /// 43 to 128 unreserved characters.
    public let value: Secret

    /// Makes a fresh verifier from 32 random octets, as RFC 7636, section 4.1 recommends.
    public init(random: any RandomSource) {
        value = random.bytes(32).base64URL()
    }

    /// Takes a verifier made elsewhere; `nil` unless it is well-formed (RFC 7636, section 4.1).
    public init?(_ value: Secret) {
        let isWellFormed = value.withBytes { bytes in
            (43...128).contains(bytes.count) && bytes.indices.allSatisfy { isUnreserved(bytes[$0]) }
        }
        guard isWellFormed else { return nil }
        self.value = value
    }

    /// The challenge: the base64url form of the SHA-256 digest (RFC 7636, section 4.2).
    public var challenge: String {
        value.withBytes { SHA256.digest($0) }.withBytes { Base64URL.encode($0) }
    }
}

extension Secret {
    /// The base64url form of these bytes, wiped like them.
    func base64URL() -> Secret {
        withBytes { bytes in
            var out = SecretBuffer(capacity: bytes.count * 2)
            Base64URL.encode(bytes, into: &out)
            return Secret(out)
        }
    }
}

private func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): true
    default: false
    }
}
