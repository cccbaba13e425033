public import SesameJSON

/// A profile's settings: the keys of its section in the configuration, each with its values, in order.
public struct Settings: Sendable, Hashable {
    /// One key with its values.
    public struct Entry: Sendable, Hashable {
        /// The key, such as `base_url`.
        public let key: String
        /// Its values; most keys have one, `allow` may have several.
        ///
        /// None removes the key.
        public let values: [String]

        /// Makes an entry.
        public init(_ key: String, _ values: [String]) {
            self.key = key
            self.values = values
        }
    }

    /// All entries in order.
    public private(set) var entries: [Entry] = []

    /// Makes settings from entries; a later one of the same key replaces the earlier.
    public init(_ entries: [Entry] = []) {
        for entry in entries { set(entry.key, entry.values) }
    }

    /// The first value of a key.
    public subscript(key: String) -> String? { values(key).first }

    /// All values of a key; empty when it is not set.
    public func values(_ key: String) -> [String] {
        entries.first { $0.key == key }?.values ?? []
    }

    /// Sets a key, in its old place where it has one.
    public mutating func set(_ key: String, _ values: [String]) {
        if let index = entries.firstIndex(where: { $0.key == key }) {
            entries[index] = Entry(key, values)
        } else {
            entries.append(Entry(key, values))
        }
    }
}

extension Settings {
    /// Reads an object of arrays of texts.
    public init(json: JSON) throws(MalformedMessage) {
        guard let members = json.members else { throw MalformedMessage("settings: not an object") }
        for (name, _) in members { set(name, try json.texts(name)) }
    }

    /// The settings as an object of arrays of texts.
    public var json: JSONValue {
        .object(entries.map { ($0.key, .texts($0.values)) })
    }
}
