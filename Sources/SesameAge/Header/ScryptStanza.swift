import SesameCrypto
import SesameSecrets

/// The stanza of a passphrase.
struct ScryptStanza {
    static let type = "scrypt"
    static let saltLength = 16

    private let salt: [UInt8]
    private let parameters: Scrypt.Parameters
    private let body: [UInt8]

    /// Wraps a file key.
    ///
    /// Blocks the thread for the time that ``Scrypt`` takes.
    static func wrap(
        _ fileKey: Secret, passphrase: Secret, parameters: Scrypt.Parameters, salt: [UInt8]
    ) throws(AgeError) -> Stanza {
        let key = try wrapKey(passphrase, salt: salt, parameters: parameters)
        let arguments = [type, Base64.encodeUnpadded(salt.span), "\(parameters.costLogarithm)"]
        return Stanza(arguments: arguments, body: try FileKey.wrap(fileKey, under: key))
    }

    /// Takes a stanza of this type apart.
    init(_ stanza: Stanza) throws(AgeError) {
        guard stanza.arguments.count == 3,
            let salt = Base64.decodeUnpadded(Array(stanza.arguments[1].utf8).span),
            salt.count == Self.saltLength
        else { throw .header("a passphrase's recipient is malformed") }
        try FileKey.checkLength(ofBody: stanza.body)
        self.salt = salt.dangerouslyRevealedBytes()
        parameters = try Self.parameters(stanza.arguments[2])
        body = stanza.body
    }

    /// The file key; `nil` where the passphrase is another one.
    ///
    /// Blocks the thread for the time that ``Scrypt`` takes.
    func open(with passphrase: Secret) throws(AgeError) -> Secret? {
        let key = try Self.wrapKey(passphrase, salt: salt, parameters: parameters)
        return FileKey.unwrap(body, under: key)
    }

    private static func parameters(_ workFactor: String) throws(AgeError) -> Scrypt.Parameters {
        let digits = workFactor.utf8
        guard digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            digits.first != UInt8(ascii: "0")
        else { throw .header("the work factor of its passphrase is no number") }
        guard let parameters = Int(workFactor).flatMap({ Scrypt.Parameters(ofAgeFile: $0) }) else {
            throw AgeError(
                .header,
                "opening this file asks for too much work (factor \(workFactor.sanitised(limit: 20));"
                    + " at most 20 is done here, which is 1 GiB): decrypt it with `age -d` and"
                    + " encrypt it again")
        }
        return parameters
    }

    private static func wrapKey(
        _ passphrase: Secret, salt: [UInt8], parameters: Scrypt.Parameters
    ) throws(AgeError) -> Secret {
        guard !passphrase.isEmpty else {
            throw AgeError(.noMatch, "an empty passphrase opens and seals nothing")
        }
        do throws(CryptoError) {
            return try Scrypt.derive(
                passphrase, salt: (Array("age-encryption.org/v1/scrypt".utf8) + salt).span,
                parameters: parameters)
        } catch {
            throw AgeError(
                .internal, "stretching the passphrase failed: there may be too little memory")
        }
    }
}
