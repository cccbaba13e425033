/// What the configuration says about the trail.
package struct AuditSettings: Sendable, Equatable {
    /// Where the trail is written.
    package enum File: Sendable, Equatable {
        /// Beside the store.
        case usual
        case path(String)
        case off
    }

    /// Whether the journal hears of it.
    package enum JournalChoice: String, Sendable, CaseIterable {
        /// Where the broker's own lines go there, too.
        case automatic = "auto"
        case on, off
    }

    package var file = File.usual
    /// Whether nothing is handed out that cannot be recorded.
    package var isRequired = false
    package var journal = JournalChoice.automatic
    /// How many full files are kept beside the one that is written.
    package var keep = 8
    /// At how many bytes a file is full.
    package var size: Int64 = 64 << 20

    package init() {}
}

/// The trail cannot be written or read, in words for a person.
package struct AuditError: Error, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
