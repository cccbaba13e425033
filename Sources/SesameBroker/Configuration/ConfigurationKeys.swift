/// Every key that the configuration may have, by its section: what the manual page has to say.
package enum ConfigurationKeys {
    /// The headings and their keys; `NAME` stands for any.
    package static let sections: [(heading: String, keys: [String])] = [
        (StoreSection.name, StoreSection.keys),
        (
            Profile.heading + "NAME",
            Setting.all.map(\.key) + Setting.freePrefixes.map { $0 + "NAME" }
        ),
        (CallerSection.prefix + "NAME", CallerSection.keys),
        (FileSection.prefix + "NAME", FileSection.keys),
        (ProxySection.prefix + "NAME", ProxySection.keys),
        (BrokerSection.name, BrokerSection.keys),
        (AuditSection.name, AuditSection.keys),
    ]
}
