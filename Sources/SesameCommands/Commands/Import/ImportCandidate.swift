import SesameBrokerAPI
import SesameJSON
import SesameSecrets

/// An account of another program that could be taken over.
struct ImportCandidate {
    /// What the other program calls it; empty where only its file knows.
    let account: String
    /// The file that it is in, or `-`.
    let place: String
    /// What has to be given to read it: `passphrase`, `password` or `gnupg`.
    var seal: String?
    /// Why it cannot be taken over.
    var obstacle: String?
    /// Whether its file holds several, which it tells by their names.
    var isNamedInFile = false
    private let read: (Passphrases) throws(Failure) -> Secret

    /// - Parameter read: gives what is to be sent to the broker.
    init(
        account: String, place: String,
        read: @escaping (Passphrases) throws(Failure) -> Secret
    ) {
        self.account = account
        self.place = place
        self.read = read
    }

    /// What is to be sent to the broker.
    func content(_ passphrases: Passphrases) throws(Failure) -> Secret { try read(passphrases) }

    /// What its profile is called unless the person says it.
    var profile: String? { Self.profile(for: account) }

    /// A name for a profile: what cannot stand in one becomes a dash.
    static func profile(for account: String) -> String? {
        let bytes = account.utf8.prefix(64).map { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: byte
            default: UInt8(ascii: "-")
            }
        }.drop { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }

    /// No file of any of these programs is larger.
    static let mostBytes = 1 << 20
}
