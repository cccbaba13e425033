import SesameHTTP
import SesameHTTPServer
import SesameJSON

extension Issuer {
    /// `GET /api/fields/contact`: 30 fields unless more are asked for, and not for every role.
    func listFields(
        _ caller: MauticCaller, _ exchange: Exchange
    ) throws(MauticError) -> ServerResponse {
        guard caller.user.mayReadFields else { throw .accessDenied }
        let start = exchange.query?["start"].flatMap(Int.init) ?? 0
        let limit = exchange.query?["limit"].flatMap(Int.init) ?? 30
        let page = ContactField.all.dropFirst(max(0, start)).prefix(max(0, limit))
        return .mautic(
            200,
            .object([
                ("total", .integer(Int64(ContactField.all.count))),
                ("fields", .object(page.map { (String($0.id), $0.definition) })),
            ]))
    }

    /// `GET /api/contacts/list/fields`: all of them, with less about each.
    func listFieldsShortly() -> ServerResponse {
        .mautic(200, .object(ContactField.all.map { (String($0.id), $0.shortDefinition) }))
    }
}

extension ContactField {
    private var isText: Bool { [.text, .email, .tel, .url].contains(kind) }

    fileprivate var definition: JSONValue {
        .object([
            ("isPublished", .bool(true)), ("dateAdded", .null), ("dateModified", .null),
            ("createdBy", .null), ("createdByUser", .null), ("modifiedBy", .null),
            ("modifiedByUser", .null), ("id", .integer(id)), ("label", .string(label)),
            ("alias", .string(alias)), ("type", .string(kind.rawValue)), ("group", .string(group)),
            ("order", .integer(id)), ("object", "lead"), ("defaultValue", .null),
            ("isRequired", .bool(false)), ("isPubliclyUpdatable", .bool(false)),
            ("isUniqueIdentifier", .bool(kind == .email)), ("properties", properties),
            ("charLengthLimit", isText ? .integer(Int64(limit)) : .null),
        ])
    }

    fileprivate var shortDefinition: JSONValue {
        .object([
            ("id", .integer(id)), ("label", .string(label)), ("alias", .string(alias)),
            ("type", .string(kind.rawValue)), ("group", .string(group)), ("order", .integer(id)),
            ("object", "lead"),
        ])
    }
}
