import SesameBroker
import SesameBrokerAPI
import SesameHTTPServer
import SesameJSON
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

    func confirm(_ call: Call) async throws(Problem) -> ServerResponse {
        let message = try call.message { json throws(MalformedMessage) in
            try ConfirmationMessage(json: json)
        }
        let confirmed = try await fromBroker { broker throws(BrokerError) in
            try await broker.confirm(message.profiles)
        }
        return .json(ConfirmedMessage(confirmed: confirmed).json)
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
