public import SesameJSON
import SesameSecrets

/// The header of a signed text (RFC 7515, section 4): what the sender claims, before anything is checked.
///
/// Keys in it, or addresses of keys (`jwk`, `jku`, `x5u`, `x5c`), are never used to check the signature;
/// a profile that wants one, such as a proof of possession, takes it out of ``json`` itself.
public struct JWSHeader: Sendable {
    /// The algorithm; `nil` for `none` and for every one that is not known.
    public let algorithm: JWSAlgorithm?
    /// The name of the key (`kid`).
    public let keyID: String?
    /// The type of the whole (`typ`), as it was written.
    public let type: String?
    /// All members.
    public let json: JSON

    /// - Throws: ``JOSEError`` with `malformed` or `criticalExtension`.
    init(_ json: JSON) throws(JOSEError) {
        guard let name = try json.text("alg") else {
            throw JOSEError(.malformed, "a header without an algorithm")
        }
        // No extension is understood, so whatever is critical cannot be. `b64` changes what is signed,
        // and has to be critical where it is used (RFC 7797, section 6).
        let names = (json.members ?? []).map(\.name)
        guard !names.contains("crit"), !names.contains("b64") else {
            throw JOSEError(.criticalExtension, "the header has a critical extension")
        }
        algorithm = JWSAlgorithm(rawValue: name)
        keyID = try json.text("kid")
        type = try json.text("typ")
        self.json = json
    }

    /// Whether it is of a type: a media type in any case, whose `application/` may be left out
    /// (RFC 7515, section 4.1.9).
    public func isOfType(_ expected: String) -> Bool {
        guard let type else { return false }
        return mediaType(type).elementsEqual(mediaType(expected))
    }
}

private func mediaType(_ type: String) -> [UInt8] {
    let bytes = type.utf8.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
    let prefix = Array("application/".utf8)
    return bytes.starts(with: prefix) ? Array(bytes.dropFirst(prefix.count)) : bytes
}
