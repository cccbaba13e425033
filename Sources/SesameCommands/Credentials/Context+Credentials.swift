import SesameBrokerAPI
import SesameHTTP
import SesameSecrets

/// What a tool asks of its credential helper, as the word behind the helper's name says.
extension Context {
    /// The operation, and nothing else.
    /// - Parameter known: the operations of this protocol.
    func operation(of known: [String]) throws(Failure) -> String {
        let words = arguments.positional
        guard let word = words.first, words.count == 1 else {
            throw Failure.usage(
                "which operation? one of: \(known.joined(separator: ", "))",
                hints: ["tools add it by themselves; by hand: sesame help credential"])
        }
        return word
    }

    /// The credential for a destination; `nil` where no profile is for it, which other helpers may answer.
    ///
    /// The variable `SESAME_PROFILE` has no say: it would send one profile's token wherever a tool goes.
    func credential(for url: HTTPURL) throws(Failure) -> CredentialMessage? {
        let profile = arguments["profile"]
        return try unlessForeign(url) { broker throws(Problem) in
            try broker.credential(for: url.description, profile: profile)
        }
    }

    /// Asks about a destination; `nil` where no profile is for it.
    func unlessForeign<Answer>(
        _ url: HTTPURL, _ question: (BrokerClient) throws(Problem) -> Answer
    ) throws(Failure) -> Answer? {
        let profile = arguments["profile"]
        do throws(Failure) {
            return try ask(about: profile, question)
        } catch {
            let isForeign =
                error.code == Problem.Code.destinationRefused.rawValue
                || profile == nil && error.code == Problem.Code.unknownProfile.rawValue
            guard isForeign else { throw error }
            output.step("\(url.origin.sanitised()): \(error.message)")
            return nil
        }
    }
}

extension CredentialMessage {
    /// Refuses what could say more than it is: a protocol of lines ends where a value has a line's end.
    ///
    /// A token has visible characters only (RFC 6750, section 2.1); a password no control characters.
    func requirePlain(for tool: String) throws(Failure) {
        let isPlain = secret.withBytes { bytes in
            bytes.indices.allSatisfy { index in
                type == .bearer
                    ? (0x21...0x7E).contains(bytes[index]) : !isControl(bytes[index])
            }
        }
        guard isPlain, !secret.isEmpty, username.isPlain else {
            throw Failure(
                .serverRefused,
                "the credential of profile \(profile.sanitised(limit: 64)) has a byte that must not be"
                    + " told to \(tool)")
        }
    }
}

extension Secret {
    /// Whether there is no control character in it.
    var isPlain: Bool {
        withBytes { bytes in bytes.indices.allSatisfy { !isControl(bytes[$0]) } }
    }
}

/// C0 and DEL.
func isControl(_ byte: UInt8) -> Bool { byte < 0x20 || byte == 0x7F }
