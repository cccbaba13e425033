import SesameCrypto
import SesameSecrets
import SesameSystem

/// The row of a profile: which records it has, in which revision, and its renewal ticket.
///
/// Nothing in it is secret, but all of it is authenticated. Because it names the records, a record
/// that was removed or put back from an older copy is noticed. Because it names the row behind it, a
/// row that is missing is noticed by looking at the one before: the rows are a chain in the order of
/// their names, as the NSEC records of DNSSEC are (RFC 4034, section 4). The chain begins with a row
/// without a name, which belongs to no profile.
struct ProfileRow {
    /// The name of the row that the chain begins with.
    static let head = ""

    let name: String
    /// The name in the next row; empty in the last one.
    var successor = ""
    /// The store's counter when the row was last written.
    var version: Int64 = 0
    /// The revision of each record, as `credential=17 secrets=9`, sorted.
    private(set) var records: [String: Int64] = [:]
    var ticket: OpenTicket?
    /// Whether it stands in for one that is not authentic.
    var isDamaged = false

    init(name: String) {
        self.name = name
    }

    /// The revision of a record; `nil` when the profile has none of this kind.
    subscript(kind: RecordKind) -> Int64? {
        get { records[kind.rawValue] }
        set { records[kind.rawValue] = newValue }
    }

    /// The columns of the table after `name`, in its order.
    static let columnNames =
        "successor, generation, version, records, fence, owner, process, deadline, tag"
    static let columnCount = 9

    /// The kinds of its records, later versions' among them.
    var kinds: [String] { records.keys.sorted() }

    /// The revision of a record by the name of its kind.
    func revision(ofKind kind: String) -> Int64? { records[kind] }

    mutating func setRevision(_ revision: Int64?, ofKind kind: String) {
        records[kind] = revision
    }

    /// Whether the profile has any record.
    var isEmpty: Bool { records.isEmpty }

    /// The records as the column has them.
    var recordsText: String {
        records.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: " ")
    }

    /// The columns after `name`, in the order of the table.
    func columns(storeID: [UInt8], key: DataKey) -> [SQLValue] {
        [
            .text(successor), .integer(key.generation), .integer(version), .text(recordsText),
            ticket.map { .integer($0.fence) } ?? .null,
            ticket.map { .blob($0.owner) } ?? .null,
            ticket.map { .text($0.process) } ?? .null,
            ticket.map { .integer($0.deadline.seconds) } ?? .null,
            .blob(tag(storeID: storeID, key: key).dangerouslyRevealedBytes()),
        ]
    }

    /// Reads the columns after `name`; `nil` when any of them was changed.
    init?(name: String, columns: [SQLValue], storeID: [UInt8], key: DataKey) {
        guard let row = ProfileRow(name: name, unverified: columns),
            case .blob(let storedTag) = columns[8]
        else { return nil }
        let tag = row.tag(storeID: storeID, key: key)
        guard tag.withBytes({ constantTimeEqual($0, storedTag.span) }) else { return nil }
        self = row
    }

    /// Reads the columns after `name` and leaves the tag to the caller.
    init?(name: String, unverified columns: [SQLValue]) {
        guard columns.count == Self.columnCount, case .text(let successor) = columns[0],
            case .integer(let version) = columns[2], case .text(let recordsText) = columns[3]
        else { return nil }
        self.name = name
        self.successor = successor
        self.version = version
        switch (columns[4], columns[5], columns[6], columns[7]) {
        case (.null, .null, .null, .null): ticket = nil
        case (.integer(let fence), .blob(let owner), .text(let process), .integer(let deadline)):
            ticket = OpenTicket(
                fence: fence, owner: owner, process: process, deadline: Timestamp(seconds: deadline)
            )
        default: return nil
        }
        for entry in recordsText.split(separator: " ") {
            let parts = entry.split(separator: "=")
            // Kinds of a later version are kept as they are.
            guard parts.count == 2, let revision = Int64(parts[1]) else { return nil }
            records[String(parts[0])] = revision
        }
        guard self.recordsText == recordsText else { return nil }
    }

    private func tag(storeID: [UInt8], key: DataKey) -> Secret {
        var data = AssociatedData("store/row")
        data.append(storeID)
        data.append(name)
        data.append(successor)
        data.append(key.generation)
        data.append(version)
        data.append(recordsText)
        data.append(ticket == nil ? 0 : 1)
        if let ticket {
            data.append(ticket.fence)
            data.append(ticket.owner)
            data.append(ticket.process)
            data.append(ticket.deadline.seconds)
        }
        return HMAC.sha256(data.bytes.span, key: key.row)
    }
}
