import SesameBroker
import SesameBrokerAPI
import SesameHTTPServer
import SesameJSON
import SesameSecrets
import SesameStore

/// The operations on the store and its key.
extension Routes {
    func store(_ call: Call) async throws(Problem) -> ServerResponse {
        let status = try await fromBroker { broker throws(BrokerError) in
            try await broker.storeStatus()
        }
        return .json(StoreMessage(status).json)
    }

    func makeStore(_ call: Call) async throws(Problem) -> ServerResponse {
        let message = try call.message { json throws(MalformedMessage) in
            try KeyStartMessage(json: json)
        }
        let source = try keySource(message.source)
        let status = try await fromBroker { broker throws(BrokerError) in
            try await broker.makeStore(from: source, passphrase: message.passphrase)
        }
        return .json(StoreMessage(status).json, status: 201)
    }

    func unlock(_ call: Call) async throws(Problem) -> ServerResponse {
        let message = try call.message { json throws(MalformedMessage) in
            try UnlockMessage(json: json)
        }
        let unlocked = try await fromBroker { broker throws(BrokerError) in
            try await broker.unlock(message.passphrase, seconds: message.seconds)
        }
        let isCached = if case .keyring = unlocked.remembrance { true } else { false }
        return .json(
            UnlockedMessage(cached: isCached, until: unlocked.status.unlockedUntil).json)
    }

    func lock(_ call: Call) async throws(Problem) -> ServerResponse {
        try await fromBroker { broker throws(BrokerError) in try await broker.lock() }
        return .json(LockedMessage().json)
    }

    func rotate(_ call: Call) async throws(Problem) -> ServerResponse {
        let message = try call.message { json throws(MalformedMessage) in
            try RotationMessage(json: json)
        }
        let rotation = KeyRotation(
            source: try keySource(message.source), passphrase: message.passphrase,
            isFull: message.full)
        let report = try await fromBroker { broker throws(BrokerError) in
            message.continues
                ? try await broker.continueRotation() : try await broker.rotate(rotation)
        }
        return .json(RotationReportMessage(report).json)
    }

    func acceptRollback(_ call: Call) async throws(Problem) -> ServerResponse {
        let status = try await fromBroker { broker throws(BrokerError) in
            try await broker.acceptRollback()
        }
        return .json(StoreMessage(status).json)
    }

    func backUp(_ call: Call) async throws(Problem) -> ServerResponse {
        let message = try call.message { json throws(MalformedMessage) in
            try BackupMessage(json: json)
        }
        try requireAbsolute(message.path, "backup")
        let seal: BackupSeal =
            switch message.seal {
            case .recipients(let keys): .recipients(keys)
            case .passphrase(let passphrase): .passphrase(passphrase)
            }
        let (report, origin) = try await fromBroker { broker throws(BrokerError) in
            try await broker.backUp(to: message.path, seal: seal)
        }
        var answer = BackupReportMessage(
            path: message.path, profiles: Int64(report.profiles), bytes: report.bytes,
            madeAt: origin.madeAt)
        answer.damaged = report.damaged
        answer.incomplete = !report.isComplete
        answer.outdated = report.outdated
        return .json(answer.json, status: 201)
    }

    func restore(_ call: Call) async throws(Problem) -> ServerResponse {
        let message = try call.message { json throws(MalformedMessage) in
            try RestoreMessage(json: json)
        }
        try requireAbsolute(message.path, "backup")
        let key: BackupKey
        if let passphrase = message.passphrase {
            key = .passphrase(passphrase)
        } else {
            let path = message.identityPath ?? ""
            try requireAbsolute(path, "identity file")
            key = .identities(path: path)
        }
        let (restored, profiles) = try await fromBroker { broker throws(BrokerError) in
            try await broker.restore(
                from: message.path, with: key, replacing: message.replace,
                takesOver: message.takeOver)
        }
        return .json(RestoreReportMessage(restored, configured: profiles).json)
    }

    private func requireAbsolute(_ path: String, _ what: String) throws(Problem) {
        guard path.hasPrefix("/") else {
            throw Problem(.usage, "the path of the \(what) is not an absolute one")
        }
    }

    func confirm(_ call: Call) async throws(Problem) -> ServerResponse {
        let message = try call.message { json throws(MalformedMessage) in
            try ConfirmationMessage(json: json)
        }
        for name in message.profiles ?? [] where !ProfileSettings.isName(name) {
            throw Problem(.unknownProfile, "there is no profile \(name.sanitised(limit: 64))")
        }
        let report = try await fromBroker { broker throws(BrokerError) in
            try await broker.confirm(message.profiles)
        }
        return .json(ConfirmedMessage(confirmed: report.confirmed, damaged: report.damaged).json)
    }

    private func keySource(_ message: KeySourceMessage?) throws(Problem) -> KeySource? {
        switch message {
        case nil: return nil
        case .file(nil)?: return broker.usualKeyPath.map { .file(path: $0) }
        case .file(let path?)?:
            guard path.hasPrefix("/") else {
                throw Problem(.usage, "the path of the key file is not an absolute one")
            }
            return .file(path: path)
        case .credential(let name)?: return .credential(name: name)
        case .command(let words)?: return .command(words)
        case .passphrase?: return .passphrase
        }
    }
}
