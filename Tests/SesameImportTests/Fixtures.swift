import SesameImport
import SesameSecrets
import SesameSystem
import Testing

/// Files of the programs themselves, all of whose secrets are made up.
///
/// `gcloud-*.json` were written by the Google Cloud SDK 528.0.0, `mutt-token.json` by the script of Debian's mutt 2.2.12,
/// `emailproxy.config` by emailproxy 2026.7.3 from PyPI, which renewed the first account against a server of ours.
/// `pizauth.dump` was not written by pizauth: its structures were serialised by Debian's bincode 1.3.3 and serde,
/// and sealed by Python's cryptography, as pizauth's source does both. `oidc-gen.json` is what Debian's oidc-gen
/// 4.2.6 prints, with other values.
enum Fixture {
    static func read(_ name: String, thisFile: String = #filePath) throws -> Secret {
        let folder = "/" + thisFile.split(separator: "/").dropLast().joined(separator: "/")
        return try PrivateFile.readShared("\(folder)/Fixtures/\(name)", limit: 1 << 20)
    }

    static func text(_ name: String) throws -> String {
        try read(name).dangerouslyRevealedText()
    }

    static let files: [(PeerProgram, String)] = [
        (.oidcAgent, "oidc-gen.json"), (.gcloud, "gcloud-adc.json"), (.gcloud, "gcloud-quota.json"),
        (.muttOAuth2, "mutt-token.json"), (.emailProxy, "emailproxy.config"),
        (.pizauth, "pizauth.dump"),
    ]
}

extension PeerProgram {
    /// The accounts of a text.
    func accounts(in text: String) throws(ImportError) -> [ForeignAccount] {
        try accounts(in: Secret(utf8: text), named: nil)
    }

    /// The only account of a text.
    func account(in text: String) throws -> ForeignAccount {
        let accounts = try accounts(in: text)
        try #require(accounts.count == 1)
        return accounts[0]
    }

    /// Why a text is refused.
    func refusal(of text: String) -> ImportError? {
        do throws(ImportError) {
            for account in try accounts(in: text) {
                _ = try account.vault.open(Secret(utf8: "password"))
            }
            return nil
        } catch {
            return error
        }
    }
}
