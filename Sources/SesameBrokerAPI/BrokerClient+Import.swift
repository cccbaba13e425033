import SesameJSON

/// Moving in from other programs.
extension BrokerClient {
    /// The longest that an import may take, in seconds: a password costs a second, and the server is asked.
    private static let patience: Int64 = 180

    /// The accounts in a file of another program; nothing is stored.
    public func importableAccounts(
        _ message: ImportMessage
    ) throws(Problem) -> ImportableAccountsMessage {
        var message = message
        message.profile = nil
        return try read(request(message), ImportableAccountsMessage.init(json:))
    }

    /// Makes a profile of an account, with its login.
    /// - Parameter profile: its name; one that exists is never touched.
    public func importLogin(
        _ message: ImportMessage, as profile: String
    ) throws(Problem) -> ImportedMessage {
        var message = message
        message.profile = profile
        return try read(request(message), ImportedMessage.init(json:))
    }

    private func request(_ message: ImportMessage) -> BrokerRequest {
        BrokerRequest(
            "POST", "/v1/imports", body: message.json.encoded(), timeout: Self.patience)
    }
}
