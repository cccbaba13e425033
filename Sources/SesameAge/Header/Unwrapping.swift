import SesameSecrets

extension Header {
    /// Finds the file key with what the caller has, and makes sure that the header is authentic.
    ///
    /// Blocks the thread where a passphrase has to be stretched.
    func fileKey(for opener: AgeOpener) throws(AgeError) -> Secret {
        let sorted = try SortedStanzas(stanzas)
        let found =
            switch opener {
            case .identities(let identities): try sorted.open(with: identities)
            case .passphrase(let passphrase): try sorted.open(with: passphrase)
            }
        guard isAuthentic(fileKey: found) else {
            throw AgeError(
                .mac,
                "the header of the file was changed after it was sealed; do not trust it, use another"
                    + " copy")
        }
        return found
    }
}

/// The stanzas that can be opened here, all checked before one is tried; others are ignored.
private struct SortedStanzas {
    private var keys: [X25519Stanza] = []
    private var passphrase: ScryptStanza?

    init(_ stanzas: [Stanza]) throws(AgeError) {
        for stanza in stanzas {
            switch stanza.type {
            case X25519Stanza.type: keys.append(try X25519Stanza(stanza))
            case ScryptStanza.type:
                // Who opens a file with a passphrase trusts that only its knowers could seal it.
                guard stanzas.count == 1 else {
                    throw .header("a passphrase stands beside other recipients")
                }
                passphrase = try ScryptStanza(stanza)
            default: continue
            }
        }
    }

    func open(with identities: [AgeIdentity]) throws(AgeError) -> Secret {
        guard passphrase == nil else {
            throw AgeError(.noMatch, "the file is sealed with a passphrase: give that, not a key")
        }
        for identity in identities {
            for stanza in keys {
                if let fileKey = try stanza.open(with: identity) { return fileKey }
            }
        }
        throw AgeError(.noMatch, "none of the given identities opens the file; give the right one")
    }

    func open(with given: Secret) throws(AgeError) -> Secret {
        guard let passphrase else {
            throw AgeError(
                .noMatch,
                "the file is not sealed with a passphrase: give the file of the identity that opens it"
            )
        }
        guard let fileKey = try passphrase.open(with: given) else {
            throw AgeError(.noMatch, "the passphrase is wrong")
        }
        return fileKey
    }
}
