import SesameBroker
import SesameSecrets
import SesameSystem
import TestSupport

/// A gate before a configuration, and the callers that come to it.
struct Doorkeeping {
    let folder = TemporaryFolder()
    let time = ManualTime()
    let alarms = Locked<[String]>([])
    let gate: Gate

    /// The user whose broker it is.
    static let owner: UInt32 = 1000

    /// - Parameter rules: what stands behind the profiles `aivie` and `other`.
    init(_ rules: String) throws {
        let path = folder.file("config")
        let profiles =
            "[profile aivie]\nprovider = mautic\n\n[profile other]\nprovider = mautic\n\n"
        try PrivateFile.create(path, Secret(utf8: profiles + rules))
        let alarms = alarms
        gate = Gate(
            configuration: ConfigurationFile(path: path, home: folder.path), owner: Self.owner,
            time: time
        ) { text in alarms.withLock { $0.append(text) } }
    }

    /// How far a caller gets with a profile: the highest access that is not refused.
    func access(_ caller: Caller, _ profile: String? = "aivie") async -> Access {
        var highest = Access.nothing
        for access in Access.allCases where access > .nothing {
            if await failure({ () throws(BrokerError) in
                try await gate.admit(caller, to: access, of: profile)
            }) == nil {
                highest = access
            }
        }
        return highest
    }

    func admit(
        _ caller: Caller, _ access: Access = .token, _ profile: String? = "aivie"
    ) async -> BrokerError? {
        await failure { () throws(BrokerError) in
            try await gate.admit(caller, to: access, of: profile)
        }
    }
}

extension Caller {
    static let owner = Caller(uid: Doorkeeping.owner, gid: 1000) {
        PeerProcess(executable: "/bin/bash")
    }
    static let root = Caller(uid: 0, gid: 0) { PeerProcess(executable: "/bin/bash") }
    static let stranger = Caller(uid: 4321, gid: 4321) { PeerProcess(executable: "/bin/bash") }

    static func web(
        unit: String? = "web.service", executable: String? = "/usr/bin/php", groups: [UInt32] = []
    ) -> Caller {
        Caller(uid: 33, gid: 33, pid: 77) {
            PeerProcess(executable: executable, unit: unit, groups: groups)
        }
    }
}
