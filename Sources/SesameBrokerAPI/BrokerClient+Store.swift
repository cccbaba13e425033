import SesameJSON
import SesameSecrets

/// The store and its key.
extension BrokerClient {
    /// The longest that a rotation, a backup or a restore may take, in seconds.
    ///
    /// A passphrase costs a second on purpose, and a large store is written whole.
    private static let patience: Int64 = 600

    /// What is known of the store and its key.
    public func store() throws(Problem) -> StoreMessage {
        try read(BrokerRequest("GET", "/v1/store"), StoreMessage.init(json:))
    }

    /// Makes the store and its key, where there is none.
    public func makeKey(_ start: KeyStartMessage) throws(Problem) -> StoreMessage {
        try read(post("key", start.json.encoded()), StoreMessage.init(json:))
    }

    /// Unlocks a store that has a passphrase.
    public func unlock(_ message: UnlockMessage) throws(Problem) -> UnlockedMessage {
        try read(post("unlock", message.json.encoded()), UnlockedMessage.init(json:))
    }

    /// Locks it: nothing is served before it is unlocked again.
    public func lock() throws(Problem) -> LockedMessage {
        try read(post("lock"), LockedMessage.init(json:))
    }

    /// Changes the key.
    ///
    /// With ``RotationMessage/full`` this is a beginning: while the answer is not finished, go on with
    /// ``RotationMessage/continuation``.
    public func rotate(_ message: RotationMessage) throws(Problem) -> RotationReportMessage {
        try read(post("rotation", message.json.encoded()), RotationReportMessage.init(json:))
    }

    /// Takes the store as it is for the newest, although a newer one was seen before.
    public func acceptRollback() throws(Problem) -> StoreMessage {
        try read(post("anchor"), StoreMessage.init(json:))
    }

    /// Writes a sealed copy of everything into a new file.
    public func backUp(_ message: BackupMessage) throws(Problem) -> BackupReportMessage {
        try read(post("backup", message.json.encoded()), BackupReportMessage.init(json:))
    }

    /// Takes a sealed copy in.
    public func restore(_ message: RestoreMessage) throws(Problem) -> RestoreReportMessage {
        try read(post("restore", message.json.encoded()), RestoreReportMessage.init(json:))
    }

    /// Confirms that no other host uses the restored logins.
    public func confirm(_ message: ConfirmationMessage) throws(Problem) -> ConfirmedMessage {
        try read(post("confirmation", message.json.encoded()), ConfirmedMessage.init(json:))
    }

    private func post(_ operation: String, _ body: Secret = Secret(utf8: "{}")) -> BrokerRequest {
        BrokerRequest("POST", "/v1/store/\(operation)", body: body, timeout: Self.patience)
    }
}
