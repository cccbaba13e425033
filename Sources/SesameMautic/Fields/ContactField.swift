import SesameJSON
import SesameSecrets

/// A contact field as the instance defines it.
public struct ContactField: Sendable, Hashable {
    /// One of the values that a select takes.
    public struct Option: Sendable, Hashable {
        /// What is stored, and has to be sent.
        public let value: String
        /// What people see.
        public let label: String

        /// Makes an option.
        public init(value: String, label: String) {
            self.value = value
            self.label = label
        }
    }

    /// The name by which the API knows it.
    public let alias: String
    /// What people see.
    public let label: String
    /// Its type in Mautic's words, such as `text`, `select` or `date`; `nil` where it was not told.
    public let type: String?
    /// The group under which Mautic shows it, such as `core`.
    public let group: String?
    /// The values that it takes, in order; empty where anything goes or nothing was told.
    public let options: [Option]
    /// The most characters that it takes; `nil` where it was not told.
    public let lengthLimit: Int64?
    /// Whether Mautic finds an existing contact by it.
    public let isUnique: Bool
    /// Whether it is in use.
    public let isPublished: Bool

    /// Describes a field, for columns that are looked at without a server.
    /// - Parameter type: in Mautic's words, such as `text`, `select` or `date`.
    public init(
        alias: String, label: String, type: String? = nil, options: [Option] = [],
        lengthLimit: Int64? = nil, isUnique: Bool = false
    ) {
        self.alias = alias
        self.label = label
        self.type = type
        group = nil
        self.options = options
        self.lengthLimit = lengthLimit
        self.isUnique = isUnique
        isPublished = true
    }

    init?(_ json: JSON) {
        guard let alias = json["alias"]?.string else { return nil }
        self.alias = alias
        label = json["label"]?.text ?? alias
        type = json["type"]?.string
        group = json["group"]?.string
        options = (json["properties"]?["list"]?.list ?? []).compactMap { option in
            guard let value = (option["value"] ?? option).text else { return nil }
            return Option(value: value, label: option["label"]?.text ?? value)
        }
        lengthLimit = json["charLengthLimit"]?.wholeNumber
        isUnique = isTrue(json["isUniqueIdentifier"], otherwise: alias == "email")
        isPublished = isTrue(json["isPublished"], otherwise: true)
    }
}

/// PHP writes booleans as numbers and texts as well.
private func isTrue(_ json: JSON?, otherwise missing: Bool) -> Bool {
    guard let json else { return missing }
    return json.bool ?? (json.wholeNumber.map { $0 != 0 } ?? missing)
}
