import SesameSecrets

/// Rows of a file, one behind the other, that are sent together.
struct ImportBatch: Sendable {
    /// A row, with the contact that it means or what is wrong with it.
    struct Item: Sendable {
        let row: ContactRow
        let draft: Result<ContactDraft, ContactRow.Defect>
    }

    private(set) var items: [Item] = []
    /// How many bytes it takes to send it.
    private(set) var size = 0
    /// By what Mautic would take two contacts for one: addresses, and the values of other unique fields.
    private(set) var keys: Set<String> = []

    mutating func append(_ row: ContactRow, _ columns: ColumnMap) {
        do throws(ContactRow.Defect) {
            let draft = try columns.draft(of: row)
            keys.formUnion(draft.keys(columns.uniqueAliases))
            size += draft.body.count
            items.append(Item(row: row, draft: .success(draft)))
        } catch {
            items.append(Item(row: row, draft: .failure(error)))
        }
    }

    /// Whether any of its rows can be sent.
    var isSendable: Bool { items.contains { (try? $0.draft.get()) != nil } }

    /// The number of its first row.
    var firstRow: Int { items.first?.row.number ?? 0 }

    /// What tells its rows from others.
    var checksum: RowChecksum {
        var sum = RowChecksum()
        for item in items { sum.add(item.row) }
        return sum
    }

    /// The numbers of its rows, and of those between them that are done.
    var numbers: ClosedRange<Int>? {
        guard let first = items.first, let last = items.last else { return nil }
        return first.row.number...last.row.number
    }
}

extension ContactDraft {
    /// By what Mautic would take another contact for this one.
    func keys(_ uniqueAliases: Set<String>) -> [String] {
        ["email " + email.lowercased()]
            + fields.filter { uniqueAliases.contains($0.alias) }.map {
                "\($0.alias) \($0.value.trimmingBlanks().lowercased())"
            }
    }
}
