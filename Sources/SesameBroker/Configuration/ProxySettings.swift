package import SesameHTTP

/// What one `[proxy NAME]` section says.
package struct ProxySettings: Sendable, Equatable {
    /// Where a proxy listens.
    package enum Place: Hashable, Sendable {
        case ipv4(port: UInt16)
        case ipv6(port: UInt16)
        case unix(path: String)
    }

    package let name: String
    /// Whose credential is added.
    package let profile: String
    package let place: Place
    /// What its `/` stands for.
    package let target: HTTPURL
    /// Seconds for which nothing at all may move.
    package let timeout: Int64

    package init(
        name: String, profile: String, place: Place, target: HTTPURL, timeout: Int64 = 300
    ) {
        self.name = name
        self.profile = profile
        self.place = place
        self.target = target
        self.timeout = timeout
    }
}

extension ProxySettings.Place: CustomStringConvertible {
    /// As the configuration has it.
    package var description: String {
        switch self {
        case .ipv4(let port): "127.0.0.1:\(port)"
        case .ipv6(let port): "[::1]:\(port)"
        case .unix(let path): path
        }
    }
}
