import SesameAudit
import SesameBroker
import SesameBrokerAPI
import SesameHTTPServer
import SesameImport
import SesameJSON

/// Moving in from other programs.
extension Routes {
    func takeOver(_ call: Call) async throws(Problem) -> ServerResponse {
        let message = try call.message { json throws(MalformedMessage) in
            try ImportMessage(json: json)
        }
        guard let peer = PeerProgram(rawValue: message.peer.rawValue) else {
            throw Problem(.internal, "the program \(message.peer.rawValue) has no reader")
        }
        guard let profile = message.profile else { return try list(message, of: peer, call) }
        call.slip.note { $0.profile = profile }
        var request = ImportRequest(peer: peer, file: message.content, profile: profile)
        request.account = message.account
        request.password = message.password
        request.clientSecret = message.clientSecret
        request.checks = message.check
        for entry in message.settings.entries { request.settings[entry.key] = entry.values }
        let report = try await fromBroker { [request] broker throws(BrokerError) in
            try await broker.takeOver(request)
        }
        call.slip.note { $0.scope = report.scope }
        return .json(ImportedMessage(report).json, status: 201)
    }

    private func list(
        _ message: ImportMessage, of peer: PeerProgram, _ call: Call
    ) throws(Problem) -> ServerResponse {
        call.slip.note(outcome: "listed")
        do throws(BrokerError) {
            let accounts = try broker.accounts(
                of: peer, in: message.content, named: message.account)
            return .json(ImportableAccountsMessage(accounts).json)
        } catch {
            throw Problem(error)
        }
    }
}

extension ImportableAccountsMessage {
    fileprivate init(_ accounts: [ForeignAccount]) {
        self.init(
            accounts: accounts.map { account in
                Account(
                    account: account.name,
                    settings: Settings(
                        account.settings.sorted { $0.key < $1.key }.map {
                            Settings.Entry($0.key, $0.value)
                        }),
                    sealed: account.vault.needsPassword,
                    obstacle: account.vault.obstacle?.message)
            })
    }
}

extension ImportedMessage {
    fileprivate init(_ report: ImportReport) {
        self.init(
            account: report.account, profile: report.profile.name,
            settings: Settings(report.profile), checked: report.isChecked)
        rotated = report.isRotated
        scope = report.scope
        expiresAt = report.expiresAt
        warnings = report.warnings
    }
}
