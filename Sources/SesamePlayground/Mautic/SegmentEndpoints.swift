import SesameHTTPServer
import SesameJSON

/// Lists of contacts, with those that are in each.
struct SegmentTable: Sendable {
    struct Segment: Sendable {
        let id: Int64
        let alias: String
        let name: String
        var contacts: Set<Int64> = []
    }

    private(set) var all = [
        Segment(id: 1, alias: "newsletter", name: "Newsletter"),
        Segment(id: 2, alias: "customers", name: "Customers"),
    ]

    /// Puts a contact in, or takes it out; `false` when there is no such segment.
    mutating func place(_ contact: Int64, in segment: Int64, isIn: Bool) -> Bool {
        guard let index = all.firstIndex(where: { $0.id == segment }) else { return false }
        if isIn { all[index].contacts.insert(contact) } else { all[index].contacts.remove(contact) }
        return true
    }
}

extension Issuer {
    /// `GET /api/segments`.
    func listSegments() -> ServerResponse {
        let lists = segments.all.map { segment in
            (
                String(segment.id),
                JSONValue.object([
                    ("id", .integer(segment.id)), ("name", .string(segment.name)),
                    ("alias", .string(segment.alias)), ("isPublished", .bool(true)),
                ])
            )
        }
        return .mautic(
            200, .object([("total", .integer(Int64(lists.count))), ("lists", .object(lists))]))
    }

    /// `POST /api/segments/ID/contact/ID/add`, or `remove`.
    mutating func place(
        _ contact: Int64, in segment: Int64, isIn: Bool
    ) throws(MauticError) -> ServerResponse {
        guard contacts.find(contact) != nil, segments.place(contact, in: segment, isIn: isIn) else {
            throw .itemNotFound
        }
        return .mautic(200, .object([("success", .integer(1))]))
    }
}
