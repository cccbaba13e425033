public import SesameJSON
public import SesameSecrets

/// Public keys of one party (RFC 7517, section 5).
public struct JWKSet: Sendable {
    /// The keys that can be used, in the order of the document.
    public let keys: [JWK]
    /// How many others there were: of another kind, too weak, malformed, or private.
    public let passedOver: Int

    /// Puts keys together.
    public init(_ keys: [JWK]) {
        self.keys = keys
        passedOver = 0
    }

    /// Reads a set; what cannot be used in it is passed over, as RFC 7517, section 5 has it.
    /// - Throws: ``JOSEError`` with `malformed` or `tooLarge`.
    public init(parsing document: Secret) throws(JOSEError) {
        try self.init(try readObject(document, mostBytes: 1 << 19))
    }

    /// Reads a set out of a larger document.
    /// - Throws: ``JOSEError`` with `malformed` or `tooLarge`.
    public init(_ json: JSON) throws(JOSEError) {
        guard let elements = json["keys"]?.elements else {
            throw JOSEError(.malformed, "a set of keys without 'keys'")
        }
        guard elements.count <= Self.mostKeys else {
            throw JOSEError(.tooLarge, "more than \(Self.mostKeys) keys")
        }
        keys = elements.compactMap { try? JWK($0) }
        passedOver = elements.count - keys.count
    }

    /// The keys that may have made a signature.
    ///
    /// With a `kid`, those of that name; without one, all that fit, where there are no more than can
    /// be tried (OpenID Connect Core, section 10.1).
    /// - Throws: ``JOSEError`` with `unknownKey`: the signer may have newer keys.
    func candidates(_ algorithm: JWSAlgorithm, keyID: String?) throws(JOSEError) -> [JWK] {
        let fitting = keys.filter { key in
            guard key.fits(algorithm) else { return false }
            guard let keyID else { return true }
            return key.keyID.map { $0.utf8.elementsEqual(keyID.utf8) } ?? false
        }
        guard !fitting.isEmpty else {
            throw JOSEError(.unknownKey, "none of the signer's keys is the one that was used")
        }
        guard fitting.count <= Self.mostTries else {
            throw JOSEError(.unknownKey, "too many keys may be the one that was used")
        }
        return fitting
    }

    private static let mostKeys = 100
    private static let mostTries = 8
}

/// Reads a JSON object that came from outside.
func readObject(_ document: Secret, mostBytes: Int) throws(JOSEError) -> JSON {
    var limits = JSON.Limits()
    limits.bytes = mostBytes
    limits.depth = 8
    let json: JSON
    do throws(JSON.Refusal) {
        json = try JSON(parsing: document, limits: limits)
    } catch {
        throw JOSEError(error.reason == .tooLarge ? .tooLarge : .malformed, error.description)
    }
    guard json.isObject else { throw JOSEError(.malformed, "not a JSON object") }
    return json
}
