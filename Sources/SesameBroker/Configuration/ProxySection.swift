import SesameHTTP
import SesameSecrets

/// The sections `[proxy NAME]`: where requests are taken that are forwarded with a profile's credential.
struct ProxySection {
    static let prefix = "proxy "
    static let keys = ["profile", "listen", "to", "timeout"]
    private static let longest: Int64 = 86_400

    private let name: String
    private let line: Int
    private var profile: INIDocument.Entry?
    private var place: (value: ProxySettings.Place, entry: INIDocument.Entry)?
    private var target: (value: HTTPURL, entry: INIDocument.Entry)?
    private var timeout: Int64 = 300

    init(
        _ section: INIDocument.Section, _ folders: ConfigurationFolders
    ) throws(INIDocument.Refusal) {
        name = try section.name(behind: Self.prefix)
        line = section.line
        try section.forEachEntry(of: Self.keys) { entry throws(INIDocument.Refusal) in
            try read(entry, folders)
        }
    }

    /// All of them, held against the profiles and against each other.
    static func settings(
        _ sections: [ProxySection], _ profiles: ProfileList
    ) throws(INIDocument.Refusal) -> [ProxySettings] {
        var all: [ProxySettings] = []
        for section in sections {
            let settings = try section.settings(profiles)
            if let other = all.first(where: { $0.place == settings.place }) {
                throw section.place?.entry.refusal("[proxy \(other.name)] listens there already")
                    ?? section.refusal("[proxy \(other.name)] listens there already")
            }
            all.append(settings)
        }
        return all
    }

    private func settings(_ profiles: ProfileList) throws(INIDocument.Refusal) -> ProxySettings {
        guard let entry = profile else {
            throw refusal("[proxy \(name)] does not say whose credential it adds: profile = NAME")
        }
        guard let profile = profiles[entry.value] else {
            throw entry.refusal(
                "[proxy \(name)] is about a profile \(entry.value.sanitised(limit: 64)) that there is not"
            )
        }
        guard let place = place?.value else {
            throw refusal("[proxy \(name)] does not say where it listens: listen = 127.0.0.1:8081")
        }
        return ProxySettings(
            name: name, profile: profile.name, place: place, target: try target(profile),
            timeout: timeout)
    }

    /// Where it forwards to: what `to` says, or the only place where the profile's tokens may go.
    private func target(_ profile: Profile) throws(INIDocument.Refusal) -> HTTPURL {
        let allowed = profile.destinations.allowed
        guard let target else {
            guard allowed.count == 1, let only = allowed.first else {
                throw refusal("[proxy \(name)] does not say where it forwards to: to = URL")
            }
            return only
        }
        do throws(Destinations.Refusal) {
            return try profile.destinations.admit(target.value)
        } catch {
            throw target.entry.refusal(
                "`to` of [proxy \(name)] is not within what profile \(profile.name) allows")
        }
    }

    private func refusal(_ reason: String) -> INIDocument.Refusal {
        INIDocument.Refusal(line: line, reason: reason)
    }

    private mutating func read(
        _ entry: INIDocument.Entry, _ folders: ConfigurationFolders
    ) throws(INIDocument.Refusal) {
        switch entry.key {
        case "profile": profile = entry
        case "listen": place = (try Self.place(entry, folders), entry)
        case "to":
            guard let url = HTTPURL(entry.value), url.query == nil, url.fragment == nil,
                url.isSecure
            else {
                throw entry.refusal(
                    "`to` is an https URL without query, or an http one of this machine")
            }
            target = (url, entry)
        case "timeout": timeout = try entry.seconds(1...Self.longest)
        default:
            throw entry.unknown(in: Self.prefix + name, among: Self.keys)
        }
    }

    private static func place(
        _ entry: INIDocument.Entry, _ folders: ConfigurationFolders
    ) throws(INIDocument.Refusal) -> ProxySettings.Place {
        let value = entry.value
        if value.hasPrefix("/") || value.hasPrefix("~/") {
            let path = folders.resolve(value)
            guard path.utf8.count <= longestSocketPath else {
                throw entry.refusal(
                    "the path of a socket has at most \(longestSocketPath) bytes")
            }
            return .unix(path: path)
        }
        for (address, make) in addresses where value.hasPrefix(address) {
            let digits = value.dropFirst(address.count)
            guard let port = UInt16(digits), port > 0, !digits.hasPrefix("+") else {
                throw entry.refusal("`listen` has no port, 1 to 65535, behind the address")
            }
            return make(port)
        }
        throw entry.refusal(
            "`listen` is 127.0.0.1:PORT, [::1]:PORT or the absolute path of a socket; other machines get nothing"
        )
    }

    private static let addresses: [(String, @Sendable (UInt16) -> ProxySettings.Place)] = [
        ("127.0.0.1:", { .ipv4(port: $0) }), ("localhost:", { .ipv4(port: $0) }),
        ("[::1]:", { .ipv6(port: $0) }),
    ]
    /// `sun_path` of unix(7), with its end, and what stands behind the name of the lock beside it.
    private static let longestSocketPath = 107
}
