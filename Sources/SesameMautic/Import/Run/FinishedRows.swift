/// Rows, one behind the other, that are done.
struct FinishedRows {
    private(set) var rows: [(row: ContactRow, outcome: RowOutcome)]

    /// The numbers of the rows.
    var numbers: ClosedRange<Int>? {
        guard let first = rows.first, let last = rows.last else { return nil }
        return first.row.number...last.row.number
    }

    /// What tells these rows from others.
    var checksum: RowChecksum {
        var sum = RowChecksum()
        for (row, _) in rows { sum.add(row) }
        return sum
    }

    /// Those that failed, each with the reason.
    var failures: [(row: ContactRow, reason: String)] {
        rows.compactMap { row, outcome in
            if case .failed(let reason) = outcome { (row, reason) } else { nil }
        }
    }
}

extension ImportBatch {
    /// What is done of it: all of it as a rule, and parts where it was broken off.
    func finished(_ outcomes: [RowOutcome?]) -> [FinishedRows] {
        var parts: [FinishedRows] = []
        var rows: [(row: ContactRow, outcome: RowOutcome)] = []
        for (item, outcome) in zip(items, outcomes) {
            let isNext = rows.last.map { $0.row.number + 1 == item.row.number } ?? true
            if !rows.isEmpty, outcome == nil || !isNext {
                parts.append(FinishedRows(rows: rows))
                rows = []
            }
            if let outcome { rows.append((item.row, outcome)) }
        }
        return rows.isEmpty ? parts : parts + [FinishedRows(rows: rows)]
    }
}
