import SesameCrypto
import SesameSecrets

/// Tokens of Fernet under a key that comes from a password.
///
/// A token is base64url of: the byte 0x80, a time of eight bytes, a vector of 16, AES-128-CBC, and HMAC-SHA-256 of
/// all before. The first half of the key is for the code, the second for the cipher
/// (github.com/fernet/spec). The time is not looked at: a token in a file is as old as it is.
struct Fernet {
    private let signingKey: Secret
    private let encryptionKey: Secret

    /// - Throws: ``ImportError`` for a number of iterations that nobody uses.
    init(password: Secret, salt: Secret, iterations: Int64) throws(ImportError) {
        do throws(CryptoError) {
            let key = try salt.withBytes { salt throws(CryptoError) in
                try PBKDF2.sha256(password, salt: salt, iterations: iterations)
            }
            signingKey = key.withBytes { Secret(copying: $0.extracting(0..<16)) }
            encryptionKey = key.withBytes { Secret(copying: $0.extracting(16..<32)) }
        } catch {
            throw ImportError(
                .malformed, "its number of iterations is not from 1 to \(PBKDF2.mostIterations)")
        }
    }

    /// The code is checked, in constant time, before anything is decrypted.
    func open(_ token: String) throws(ImportError) -> Secret {
        guard let text = unpadded(token), let bytes = Base64URL.decode(text.span),
            bytes.count >= Self.least, (bytes.count - Self.least) % AES128CBC.blockLength == 0,
            bytes.withBytes({ $0[0] }) == 0x80
        else { throw ImportError(.malformed, "a sealed token in it is damaged or cut") }
        return try bytes.withBytes { bytes throws(ImportError) in
            let signed = bytes.extracting(0..<(bytes.count - 32))
            let code = bytes.extracting((bytes.count - 32)..<bytes.count)
            let right = HMAC.sha256(signed, key: signingKey)
            guard right.withBytes({ constantTimeEqual($0, code) }) else {
                throw ImportError(
                    .wrongPassword, "the password is wrong, or the sealed token was changed")
            }
            return try decrypted(signed)
        }
    }

    private func decrypted(_ signed: Span<UInt8>) throws(ImportError) -> Secret {
        do throws(CryptoError) {
            return try AES128CBC.open(
                signed.extracting(25..<signed.count), key: encryptionKey,
                initialVector: signed.extracting(9..<25))
        } catch {
            throw ImportError(.malformed, "a sealed token in it is damaged")
        }
    }

    /// The bytes of base64 with padding; `nil` for what is none, or no salt.
    static func salt(_ text: String) -> Secret? {
        guard text.utf8.count <= 1024, let text = unpadded(text),
            let salt = Base64.decodeUnpadded(text.span), !salt.isEmpty
        else { return nil }
        return salt
    }

    /// Version, time, vector, one block, code.
    private static let least = 1 + 8 + 16 + 16 + 32
}

/// The bytes of a base64 text without its padding; `nil` where that is not what it must be.
private func unpadded(_ text: String) -> [UInt8]? {
    let bytes = Array(text.utf8)
    let padding = bytes.reversed().prefix { $0 == UInt8(ascii: "=") }.count
    return padding <= 2 && bytes.count % 4 == 0 ? Array(bytes.dropLast(padding)) : nil
}
