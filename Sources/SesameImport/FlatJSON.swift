import SesameJSON
import SesameSecrets

extension JSON {
    /// Reads what must be one object of a program's own, shallow and small.
    init(ofPeer peer: PeerProgram, _ file: Secret) throws(ImportError) {
        var limits = JSON.Limits()
        limits.bytes = PeerProgram.mostBytes
        limits.depth = 8
        limits.values = 1000
        do throws(JSON.Refusal) {
            try self.init(parsing: file, limits: limits)
        } catch {
            throw ImportError(.malformed, "it is no file of \(peer.rawValue): \(error)")
        }
        guard isObject else {
            throw ImportError(.malformed, "it is no file of \(peer.rawValue): no JSON object")
        }
    }

    /// A text that is no secret; `nil` where it is missing or empty.
    func text(_ name: String) throws(ImportError) -> String? {
        guard let member = self[name] else { return nil }
        guard let text = member.string else { throw Self.notText(name) }
        return text.isEmpty ? nil : text
    }

    /// A text that may be a secret; `nil` where it is missing or empty.
    func secretText(_ name: String) throws(ImportError) -> Secret? {
        guard let member = self[name] else { return nil }
        guard let secret = member.secret else { throw Self.notText(name) }
        return secret.isEmpty ? nil : secret
    }

    /// A list of texts; empty where it is missing.
    func textList(_ name: String) throws(ImportError) -> [String] {
        guard let member = self[name] else { return [] }
        guard let elements = member.elements else { throw Self.notText(name) }
        return try elements.map { element throws(ImportError) in
            guard let text = element.string else { throw Self.notText(name) }
            return text
        }
    }

    private static func notText(_ name: String) -> ImportError {
        ImportError(.malformed, "`\(name)` in it is not what it should be")
    }
}
