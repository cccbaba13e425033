import SesameSecrets

/// What the section `[broker]` says of a broker that lasts.
package struct BrokerSettings: Sendable, Equatable {
    /// Whether tokens are renewed before anybody asks.
    package var renewsAhead = true
    /// Renewals ahead of time that may run at once.
    package var renewalsAtOnce = 4
    /// Seconds before the end of a login at which its owner is warned, at the most.
    package var warnBefore: Int64 = 3 * 86_400
    /// Seconds between two reminders of the same matter.
    package var remindEvery: Int64 = 12 * 3600
    /// How often the same matter is told, at the most, until it is over.
    package var reminders = 3
    /// The programs to run, by what has happened.
    package var hooks: [BrokerEvent.Kind: [String]] = [:]

    package init() {}
}

/// Reads the section `[broker]`.
enum BrokerSection {
    static let name = "broker"
    static let keys =
        ["renew_ahead", "renewals_at_once", "warn_before", "remind_every", "reminders"]
        + BrokerEvent.Kind.allCases.map(\.setting)
    private static let longest: Int64 = 31_536_000

    static func settings(
        _ section: INIDocument.Section
    ) throws(INIDocument.Refusal) -> BrokerSettings {
        var settings = BrokerSettings()
        try section.forEachEntry(of: keys) { entry throws(INIDocument.Refusal) in
            try read(entry, into: &settings)
        }
        return settings
    }

    private static func read(
        _ entry: INIDocument.Entry, into settings: inout BrokerSettings
    ) throws(INIDocument.Refusal) {
        switch entry.key {
        case "renew_ahead":
            guard ["on", "off"].contains(entry.value) else {
                throw entry.refusal("`renew_ahead` is `on` or `off`")
            }
            settings.renewsAhead = entry.value == "on"
        case "renewals_at_once":
            settings.renewalsAtOnce = Int(try entry.number(of: "renewals", 1...64))
        case "warn_before": settings.warnBefore = try entry.seconds(60...longest)
        case "remind_every": settings.remindEvery = try entry.seconds(60...longest)
        case "reminders": settings.reminders = Int(try entry.number(of: "reminders", 0...1000))
        default:
            guard let kind = BrokerEvent.Kind.allCases.first(where: { $0.setting == entry.key })
            else { throw entry.unknown(in: name, among: keys) }
            settings.hooks[kind] = try entry.program()
        }
    }
}
