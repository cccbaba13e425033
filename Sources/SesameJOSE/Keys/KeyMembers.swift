import SesameJSON
import SesameSecrets

extension JSON {
    /// A text that need not be there; `null` counts as missing, anything else as a mistake.
    func text(_ name: String) throws(JOSEError) -> String? {
        guard let value = self[name] else { return nil }
        guard let text = value.string else {
            throw JOSEError(.malformed, "'\(name)' is not a text")
        }
        return text
    }

    /// A list of texts that need not be there.
    func texts(_ name: String) throws(JOSEError) -> [String]? {
        guard let value = self[name] else { return nil }
        guard let elements = value.elements, case let texts = elements.compactMap(\.string),
            texts.count == elements.count
        else { throw JOSEError(.malformed, "'\(name)' is not a list of texts") }
        return texts
    }

    /// A public number of a key.
    func bytes(_ name: String) throws(JOSEError) -> [UInt8] {
        try secretBytes(name).dangerouslyRevealedBytes()
    }

    /// A number of a private key.
    func secretBytes(_ name: String) throws(JOSEError) -> Secret {
        let decoded = self[name]?.secret?.withBytes { Base64URL.decode($0) }
        guard let decoded, !decoded.isEmpty else {
            throw JOSEError(.malformed, "the key's '\(name)' is missing, or not base64url")
        }
        return decoded
    }
}
