import SesameJSON
import SesameSystem

/// What the trail says of itself, in records like all others: nothing happens to it silently.
enum AuditNote: Sendable {
    /// The first record of a trail.
    case begun
    /// The first record of a file that follows a full one.
    case continued(after: String)
    /// Full files were removed, as the configuration says: all records up to this one.
    case dropped(through: AuditHead)
    /// The end of the file was no whole record, as after a crash or on a full disk; it lies aside now.
    case mended(bytes: Int64, digest: String, aside: String)
    /// A record that was seen before is gone, or another one.
    case broken(remembered: AuditHead)
    /// So many events could not be written.
    case unrecorded(count: Int64, from: Timestamp, to: Timestamp)

    /// The word in `outcome`.
    var word: String {
        switch self {
        case .begun: "begun"
        case .continued: "continued"
        case .dropped: "dropped"
        case .mended: "mended"
        case .broken: "broken"
        case .unrecorded: "unrecorded"
        }
    }

    /// A sentence for people.
    var sentence: String {
        switch self {
        case .begun: "the trail begins"
        case .continued(let file): "the records before are in \(file)"
        case .dropped(let head): "the records up to \(head.sequence) were old and are removed"
        case .mended(let bytes, _, let aside):
            "\(bytes) bytes at the end were no whole record; they are kept in \(aside)"
        case .broken(let head):
            "record \(head.sequence) was here before and is gone, or is another one now"
        case .unrecorded(let count, let from, let to):
            "\(count) events from \(from) to \(to) could not be recorded"
        }
    }

    var members: [(String, JSONValue)] {
        var members: [(String, JSONValue)] = [
            ("action", .string(AuditAction.trail.rawValue)), ("outcome", .string(word)),
            ("detail", .string(sentence)),
        ]
        switch self {
        case .begun, .continued: break
        case .dropped(let head), .broken(let head):
            members.append(("record", .integer(head.sequence)))
            members.append(("record_hash", .string(head.hash)))
        case .mended(_, let digest, let aside):
            members.append(("file", .string(aside)))
            members.append(("sha256", .string(digest)))
        case .unrecorded(let count, let from, _):
            members.append(("count", .integer(count)))
            members.append(("since", .string(from.description)))
        }
        return members
    }
}
