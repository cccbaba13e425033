import SesameCrypto
import SesameSecrets

/// What `pizauth dump` prints: version 1 of its format (pizauth 1.0).
///
/// A nonce of 12 bytes, and then ChaCha20-Poly1305 under a key that is the same for everybody: it keeps the dump
/// from being found by `grep`, not from being read. Inside is a bincode of the accounts, each with the settings
/// that its tokens are of.
enum Pizauth {
    static func accounts(in file: Secret) throws(ImportError) -> [ForeignAccount] {
        var reader = BincodeReader(try opened(file))
        guard try reader.number() == 1 else {
            throw ImportError(.unsupported, "the dump is of another version than 1")
        }
        var accounts: [ForeignAccount] = []
        var names: Set<String> = []
        for _ in 0..<(try reader.count()) {
            let account = try account(&reader)
            guard names.insert(account.name).inserted else {
                throw ImportError(.malformed, "two accounts in the dump have one name")
            }
            accounts.append(account)
        }
        guard reader.isAtEnd else { throw BincodeReader.malformed }
        return accounts.sorted { $0.name < $1.name }
    }

    private static func opened(_ file: Secret) throws(ImportError) -> Secret {
        let count = min(ChaCha20Poly1305.nonceLength, file.count)
        do throws(CryptoError) {
            return try file.withBytes { bytes throws(CryptoError) in
                try ChaCha20Poly1305.open(
                    bytes.extracting(count..<bytes.count), key: Secret(copying: dumpKey),
                    nonce: bytes.extracting(0..<count), associatedData: [UInt8]().span)
            }
        } catch {
            throw ImportError(
                .malformed, "it is not what pizauth dump prints, or it was changed or cut",
                hints: ["pizauth dump | sesame import pizauth -"])
        }
    }

    private static func account(_ reader: inout BincodeReader) throws(ImportError) -> ForeignAccount
    {
        let name = try reader.text()
        let authorization = try reader.text()
        let fields = try reader.list { reader throws(ImportError) in
            (key: try reader.text(), value: try reader.text())
        }
        let clientID = try reader.text()
        let clientSecret = try reader.optional { reader throws(ImportError) in try reader.secret() }
        let redirect = try reader.text()
        let scopes = try reader.list { reader throws(ImportError) in try reader.text() }
        let token = try reader.text()
        let refreshToken = try refreshToken(&reader)
        return try ForeignAccount(
            name: name,
            settings: [
                ("authorization_endpoint", authorization), ("token_endpoint", token),
                ("client_id", clientID), ("redirect_uri", RedirectURI.onAnyPort(redirect)),
                ("client_auth", clientSecret == nil ? nil : "client_secret_post"),
                ("scope", scopes.joined(separator: " ")),
            ] + parameters(fields),
            vault: PlainVault(refreshToken: refreshToken, clientSecret: clientSecret))
    }

    /// Further parameters of the authorization request; what the request has anyway is left out.
    private static func parameters(
        _ fields: [(key: String, value: String)]
    ) -> [(key: String, value: String?)] {
        fields.filter { field in
            !field.key.isEmpty && !ownParameters.contains(field.key)
                && field.key.utf8.allSatisfy {
                    (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F
                }
        }.map { ("authorize.\($0.key)", $0.value) }
    }

    private static let ownParameters: Set<String> = [
        "client_id", "client_secret", "code", "code_challenge", "code_challenge_method",
        "code_verifier", "redirect_uri", "request", "request_uri", "resource", "response_mode",
        "response_type", "scope", "state",
    ]

    /// The state of an account: nothing, or tokens with two times, of seconds and nanoseconds each.
    private static func refreshToken(_ reader: inout BincodeReader) throws(ImportError) -> Secret? {
        switch try reader.tag() {
        case 0: return nil
        case 1:
            _ = try reader.secret()
            for _ in 0..<2 {
                _ = try reader.number()
                _ = try reader.tag()
            }
            return try reader.optional { reader throws(ImportError) in try reader.secret() }
        default: throw BincodeReader.malformed
        }
    }

    /// Written in pizauth's source, and in every copy of it.
    private static let dumpKey: [UInt8] = [
        0x66, 0xA2, 0x47, 0xA8, 0x5E, 0x48, 0xCF, 0xEC, 0xAA, 0xED, 0x9B, 0x36, 0xEB, 0xA9, 0x7D,
        0x53,
        0x50, 0xD4, 0x28, 0x63, 0x75, 0x09, 0x7A, 0x44, 0xEE, 0xFF, 0xB9, 0xC4, 0x54, 0x6B, 0x65,
        0xA3,
    ]
}

/// Takes a text apart that bincode 1 has written in its usual form: numbers of a fixed width with the lowest
/// byte first, and counts of eight bytes before texts and lists.
struct BincodeReader: ~Copyable {
    private let bytes: Secret
    private var position = 0

    init(_ bytes: Secret) {
        self.bytes = bytes
    }

    static let malformed = ImportError(.malformed, "the dump is not of a form that is known")

    var isAtEnd: Bool { position == bytes.count }

    /// Eight bytes.
    mutating func number() throws(ImportError) -> UInt64 { try integer(ofBytes: 8) }

    /// Four bytes: which case of an enum it is.
    mutating func tag() throws(ImportError) -> UInt64 { try integer(ofBytes: 4) }

    /// How many follow: at least a byte each, so that there cannot be more than bytes.
    mutating func count() throws(ImportError) -> Int {
        guard let count = Int(exactly: try number()), count <= bytes.count - position else {
            throw Self.malformed
        }
        return count
    }

    mutating func secret() throws(ImportError) -> Secret {
        let length = try count()
        defer { position += length }
        let start = position
        let secret = bytes.withBytes { Secret(copying: $0.extracting(start..<(start + length))) }
        guard secret.withBytes({ (try? UTF8Span(validating: $0)) != nil }) else {
            throw Self.malformed
        }
        return secret
    }

    /// What is no secret.
    mutating func text() throws(ImportError) -> String { try secret().dangerouslyRevealedText() }

    mutating func list<Element>(
        _ element: (inout BincodeReader) throws(ImportError) -> Element
    ) throws(ImportError) -> [Element] {
        var elements: [Element] = []
        for _ in 0..<(try count()) { elements.append(try element(&self)) }
        return elements
    }

    mutating func optional<Value>(
        _ value: (inout BincodeReader) throws(ImportError) -> Value
    ) throws(ImportError) -> Value? {
        switch try integer(ofBytes: 1) {
        case 0: nil
        case 1: try value(&self)
        default: throw Self.malformed
        }
    }

    private mutating func integer(ofBytes count: Int) throws(ImportError) -> UInt64 {
        guard bytes.count - position >= count else { throw Self.malformed }
        let start = position
        position += count
        return bytes.withBytes { bytes in
            (0..<count).reduce(0) { $0 | UInt64(bytes[start + $1]) << UInt64(8 * $1) }
        }
    }
}
