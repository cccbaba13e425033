import SesameHTTP
import SesameSecrets

/// The secrets that a request carried, to be kept out of what its answer says.
///
/// Servers do repeat what they refuse ("unknown refresh token …"), and words are shown and stored.
struct SentSecrets {
    /// Of a request without any.
    static let none = SentSecrets([])

    /// `nil` where the request could not be read: then nothing that the server says is shown.
    private let secrets: [Secret]?

    /// - Parameter secrets: what the request carried.
    init(_ secrets: [Secret]?) {
        self.secrets = secrets
    }

    init(in request: HTTPRequest) {
        guard let body = request.body else {
            secrets = Self.credentials(in: request.fields)
            return
        }
        let form = body.withBytes { bytes in try? ReceivedForm(bytes) }
        secrets = form.map { form in
            secretParameters.flatMap(form.values) + Self.credentials(in: request.fields)
        }
    }

    /// The words, unless a secret, or a long piece of one, stands in what would be shown of them.
    func unlessRepeated(in words: String?) -> String? {
        guard let words, let secrets else { return nil }
        let shown = Array(String(words.unicodeScalars.prefix(200)).utf8)
        return secrets.contains { repeats(shown, $0) } ? nil : words
    }

    /// What a Basic field holds (RFC 7617, section 2): itself, and the password in both its spellings.
    private static func credentials(in fields: HTTPFields) -> [Secret] {
        fields.all.flatMap { field -> [Secret] in
            guard case .secret(let value) = field.value else { return [] }
            return value.withBytes { bytes in
                let mark = bytes.indices.first { bytes[$0] == UInt8(ascii: " ") } ?? -1
                let encoded = Secret(copying: bytes.extracting(droppingFirst: mark + 1))
                return [encoded] + (password(in: encoded).map { [$0, decoded($0)] } ?? [])
            }
        }
    }

    private static func password(in encoded: Secret) -> Secret? {
        var text = SecretBuffer(capacity: encoded.count)
        encoded.withBytes { bytes in
            for index in bytes.indices {
                switch bytes[index] {
                case UInt8(ascii: "+"): text.append(UInt8(ascii: "-"))
                case UInt8(ascii: "/"): text.append(UInt8(ascii: "_"))
                case UInt8(ascii: "="): break
                case let byte: text.append(byte)
                }
            }
        }
        return text.withBytes { Base64URL.decode($0) }?.withBytes { pair in
            pair.indices.first { pair[$0] == UInt8(ascii: ":") }
                .map { Secret(copying: pair.extracting(droppingFirst: $0 + 1)) }
        }
    }

    private static func decoded(_ value: Secret) -> Secret {
        var pair = SecretBuffer(capacity: value.count + 2)
        pair.append("v=")
        pair.append(value)
        return pair.withBytes { try? ReceivedForm($0) }?.secret("v") ?? value
    }
}

/// Whether the words hold the secret, or, when it is long, any piece of it: an echo may be cut off.
private func repeats(_ words: [UInt8], _ secret: Secret) -> Bool {
    secret.withBytes { bytes in
        let length = min(bytes.count, longestPiece)
        guard length > 0, words.count >= length else { return false }
        return (0...(bytes.count - length)).contains { start in
            (0...(words.count - length)).contains { place in
                (0..<length).allSatisfy { words[place + $0] == bytes[start + $0] }
            }
        }
    }
}

private let longestPiece = 16

private let secretParameters = [
    "refresh_token", "code", "code_verifier", "client_secret", "client_assertion", "token",
    "access_token", "password", "device_code", "assertion", "subject_token", "actor_token",
]
