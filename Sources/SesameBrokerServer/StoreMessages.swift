import SesameBroker
import SesameBrokerAPI
import SesameCrypto
import SesameStore

/// The reports about the store as the API's messages.
extension StoreMessage {
    init(_ status: VaultStatus) {
        let state: State =
            switch status.state {
            case .open: .open
            case .locked: .locked
            case .absent: .absent
            case .unusable: .unusable
            }
        self.init(
            path: status.path, state: state,
            configured: KeySourceMessage.Kind(status.configured.kind),
            detail: status.configured.detail,
            memory: Memory(rawValue: SecureHeap.state.rawValue) ?? .absent)
        let kind = status.source?.kind ?? status.configured.kind
        source = status.source.map { KeySourceMessage.Kind($0.kind) }
        protects = kind.protects
        doesNotProtect = kind.doesNotProtect
        derivation = status.source?.derivation.map { derivation in
            let parameters = derivation.parameters
            return "scrypt N=\(1 << parameters.costLogarithm) r=\(parameters.blockSize)"
                + " p=\(parameters.parallelism)"
        }
        anchor = status.anchor
        unlockedUntil = status.unlockedUntil
        switch status.state {
        case .open(let description): add(description)
        case .unusable(let reason): error = reason.message
        case .locked, .absent: break
        }
    }

    private mutating func add(_ description: StoreDescription) {
        generations = description.generations.map {
            Generation(generation: $0.generation, createdAt: $0.created)
        }
        resealing = description.resealing.map {
            Progress(done: Int64($0.done), total: Int64($0.total))
        }
        profiles = Int64(description.profileCount)
    }
}

extension KeySourceMessage.Kind {
    init(_ kind: KeySource.Kind) {
        self =
            switch kind {
            case .file: .file
            case .credential: .credential
            case .command: .command
            case .passphrase: .passphrase
            }
    }
}

extension RotationReportMessage {
    init(_ report: RotationReport) {
        self.init(
            finished: report.progress?.isFinished ?? true,
            done: Int64(report.progress?.done ?? 0), total: Int64(report.progress?.total ?? 0),
            source: KeySourceMessage.Kind(report.source))
        sameKey = !report.isNewKey
        damaged = report.progress?.damaged ?? []
        notes = report.notes
    }
}

extension RestoreReportMessage {
    /// - Parameter configured: the profiles that the configuration has gained.
    init(_ backup: RestoredBackup, configured: [String]) {
        let configuration: Configuration =
            if backup.configuration == nil { .none } else { configured.isEmpty ? .kept : .written }
        self.init(
            host: backup.origin.host, madeAt: backup.origin.madeAt, configuration: configuration)
        added = backup.report.added
        replaced = backup.report.replaced
        skipped = backup.report.skipped
        newer = backup.report.newer
        parked = backup.report.parked
    }
}
