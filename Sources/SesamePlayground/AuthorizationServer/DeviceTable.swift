import SesameSecrets
import SesameSystem

/// Device codes that were given out, and what the person made of each.
struct DeviceTable: Sendable {
    enum Decision: Sendable {
        case open
        case denied
        case allowed(PracticeUser)
        /// Its tokens were fetched.
        case spent
    }

    struct Device: Sendable {
        let clientID: String
        let userCode: String
        let scope: String?
        let expiresAt: Timestamp
        var decision = Decision.open
        /// When it was last asked for, in time since boot.
        var polledAt: Duration?
    }

    private var devices: [TokenHash: Device] = [:]

    /// Makes a device code.
    mutating func add(_ device: Device, by mint: Mint) -> Secret {
        if devices.count > 1000 { devices = devices.filter { mint.now < $0.value.expiresAt } }
        let code = mint.token()
        devices[TokenHash(code)] = device
        return code
    }

    subscript(code: Secret) -> Device? {
        get { devices[TokenHash(code)] }
        set { devices[TokenHash(code)] = newValue }
    }

    /// The device whose code a person has typed, with or without its dash and in any case.
    func device(typed: String, at now: Timestamp) -> Device? {
        place(typed, now).map { devices[$0].value }
    }

    /// Takes the decision about it.
    mutating func decide(_ typed: String, _ decision: Decision, at now: Timestamp) {
        guard let place = place(typed, now) else { return }
        devices[devices[place].key]?.decision = decision
    }

    private func place(
        _ typed: String, _ now: Timestamp
    ) -> Dictionary<TokenHash, Device>.Index? {
        let wanted = letters(typed)
        return devices.firstIndex { _, device in
            guard case .open = device.decision else { return false }
            return letters(device.userCode) == wanted && now < device.expiresAt
        }
    }

    private func letters(_ code: String) -> String { code.uppercased().filter(\.isLetter) }
}
