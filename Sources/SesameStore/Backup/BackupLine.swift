import SesameJSON
import SesameSecrets
package import SesameSystem

/// Where a backup comes from.
package struct BackupOrigin: Sendable, Equatable {
    /// The host that made it.
    package let host: String
    /// The moment whose state it holds.
    package let madeAt: Timestamp

    package init(host: String, madeAt: Timestamp) {
        self.host = host
        self.madeAt = madeAt
    }

    /// The words that a restored login carries.
    var words: String { "backup of \(host.sanitised(limit: 64)) made at \(madeAt)" }
}

/// One line of a backup, inside its seal: a JSON object and a line feed.
///
/// The first line is the origin, the second the configuration; then come the profiles, sorted by the
/// bytes of their names, and at last their number.
enum BackupLine: Sendable {
    case origin(BackupOrigin)
    /// The text of the configuration; `nil` where there was none.
    case configuration(String?)
    case profile(StoredProfile)
    case end(count: Int64)

    /// A line may have this many bytes.
    static let limit = 8 << 20
    private static let version: Int64 = 1

    var text: Secret {
        var buffer = SecretBuffer(capacity: 1024)
        buffer.append(json.encoded())
        buffer.append(UInt8(ascii: "\n"))
        return Secret(buffer)
    }

    private var json: JSONValue {
        switch self {
        case .origin(let origin):
            .object([
                ("sesame_backup", .integer(Self.version)), ("host", .string(origin.host)),
                ("made_at", .integer(origin.madeAt.seconds)),
            ])
        case .configuration(let text): .object([("configuration", .optional(text))])
        case .profile(let profile):
            .object([
                ("profile", .string(profile.name)), ("credential", profile.credential.json),
                ("secrets", profile.secrets.json), ("outcome", profile.outcome.json),
            ])
        case .end(let count): .object([("end", .integer(count))])
        }
    }

    /// Reads a line without its line feed.
    init(_ line: Secret) throws(StoreError) {
        var limits = JSON.Limits()
        limits.bytes = Self.limit
        guard let json = try? JSON(parsing: line, limits: limits) else { throw .badBackup }
        if let version = json["sesame_backup"]?.integer {
            guard version <= Self.version else {
                throw StoreError(
                    .newerFormat,
                    "a newer Sesame made this backup (version \(version)); restore it with that one."
                        + " Nothing was changed")
            }
            guard let host = json["host"]?.string, let madeAt = json["made_at"]?.integer else {
                throw .badBackup
            }
            self = .origin(BackupOrigin(host: host, madeAt: Timestamp(seconds: madeAt)))
        } else if let name = json["profile"]?.string {
            self = .profile(try StoredProfile(name, json))
        } else if let count = json["end"]?.integer {
            self = .end(count: count)
        } else {
            // Absent and null look alike: a host without a configuration.
            guard json.members?.map(\.name) == ["configuration"] else { throw .badBackup }
            self = .configuration(json["configuration"]?.string)
        }
    }
}

extension StoredProfile {
    fileprivate init(_ name: String, _ json: JSON) throws(StoreError) {
        self.init(
            name: name, credential: try Self.read(json["credential"]),
            secrets: try Self.read(json["secrets"]), outcome: try Self.read(json["outcome"]))
    }

    private static func read<Contents: RecordContents>(
        _ json: JSON?
    ) throws(StoreError) -> Contents? {
        guard let json else { return nil }
        guard let contents = Contents(json) else { throw .badBackup }
        return contents
    }
}

extension Optional where Wrapped: RecordContents {
    fileprivate var json: JSONValue { self?.json ?? .null }
}

extension StoreError {
    /// The seal was right, and yet the contents are none of ours.
    static let badBackup = StoreError(
        .damaged, "this is no Sesame backup, or it is not a whole one. Nothing was changed")
}
