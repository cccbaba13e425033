import SesameSecrets

/// The fingerprints of the tokens that were handed out last, since most are handed out again and again.
///
/// It knows a token by its object, and keeps none alive: what the broker forgets is wiped as ever.
struct KnownFingerprints {
    private struct Entry {
        weak var token: Secret?
        let fingerprint: String
    }

    private var entries: [Entry] = []
    private static let most = 16

    func known(_ token: Secret) -> String? {
        for entry in entries where entry.token === token { return entry.fingerprint }
        return nil
    }

    mutating func note(_ fingerprint: String, of token: Secret) {
        entries.removeAll { $0.token == nil }
        if entries.count >= Self.most { entries.removeFirst() }
        entries.append(Entry(token: token, fingerprint: fingerprint))
    }
}
