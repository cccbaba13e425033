import SesameCrypto
import SesameSecrets
import SesameSystem

/// The row of a profile: which records it has, in which revision, and its renewal ticket.
///
/// Nothing in it is secret, but all of it is authenticated. Because it names the records, a record
/// that was removed or put back from an older copy is noticed.
struct ProfileRow {
    let name: String
    /// The store's counter when the row was last written.
    var version: Int64 = 0
    /// The revision of each record, as `credential=17 secrets=9`, sorted.
    private(set) var records: [String: Int64] = [:]
    var ticket: OpenTicket?

    init(name: String) {
        self.name = name
    }

    /// The revision of a record; `nil` when the profile has none of this kind.
    subscript(kind: RecordKind) -> Int64? {
        get { records[kind.rawValue] }
        set { records[kind.rawValue] = newValue }
    }

    /// Whether the profile has any record.
    var isEmpty: Bool { records.isEmpty }

    private var recordsText: String {
        records.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: " ")
    }

    /// The columns after `name`, in the order of the table.
    func columns(storeID: [UInt8], key: DataKey) -> [SQLValue] {
        [
            .integer(key.generation), .integer(version), .text(recordsText),
            ticket.map { .integer($0.fence) } ?? .null,
            ticket.map { .blob($0.owner) } ?? .null,
            ticket.map { .text($0.process) } ?? .null,
            ticket.map { .integer($0.deadline.seconds) } ?? .null,
            .blob(tag(storeID: storeID, key: key).dangerouslyRevealedBytes()),
        ]
    }

    /// Reads the columns after `name`; `nil` when any of them was changed.
    init?(name: String, columns: [SQLValue], storeID: [UInt8], key: DataKey) {
        guard columns.count == 8, case .integer(let version) = columns[1],
            case .text(let recordsText) = columns[2], case .blob(let storedTag) = columns[7]
        else { return nil }
        self.name = name
        self.version = version
        switch (columns[3], columns[4], columns[5], columns[6]) {
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
        let tag = tag(storeID: storeID, key: key)
        guard self.recordsText == recordsText,
            tag.withBytes({ constantTimeEqual($0, storedTag.span) })
        else { return nil }
    }

    private func tag(storeID: [UInt8], key: DataKey) -> Secret {
        var data = AssociatedData("store/profile")
        data.append(storeID)
        data.append(name)
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
