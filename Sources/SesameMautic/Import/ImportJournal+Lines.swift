import SesameJSON

extension ImportJournal.Entry {
    var json: JSONValue {
        .object(
            [
                ("rows", JournalledRows.json(rows)),
                ("sum", .string(checksum.text)), ("created", .integer(Int64(counts.created))),
                ("updated", .integer(Int64(counts.updated))),
                ("unchanged", .integer(Int64(counts.unchanged))),
                ("failed", .integer(Int64(counts.failed))),
                ("incomplete", .integer(Int64(counts.incomplete))),
                ("failed_rows", failed.json),
            ])
    }

    init?(_ json: JSON) {
        guard let rows = json["rows"].flatMap({ JournalledRows.range($0) }),
            let sum = json["sum"]?.string.flatMap({ RowChecksum($0) }),
            let failedRows = json["failed_rows"].flatMap({ FailedRows.Extent($0) })
        else { return nil }
        let span = Int64(rows.count)
        func count(_ name: String) -> Int? {
            json[name]?.integer.flatMap { (0...span).contains($0) ? Int($0) : nil }
        }
        guard let created = count("created"), let updated = count("updated"),
            let unchanged = count("unchanged"), let failed = count("failed"),
            let incomplete = count("incomplete"), created + updated + unchanged + failed == span
        else { return nil }
        var counts = ImportCounts()
        counts.created = created
        counts.updated = updated
        counts.unchanged = unchanged
        counts.failed = failed
        counts.incomplete = incomplete
        self.init(rows: rows, checksum: sum, counts: counts, failed: failedRows)
    }
}

extension FailedRows.Standing {
    /// The line that is written before failed rows are.
    var json: JSONValue {
        .object([("failed_rows", extent.json), ("next", (next ?? extent).json)])
    }

    init?(_ json: JSON) {
        guard let extent = json["failed_rows"].flatMap({ FailedRows.Extent($0) }),
            let next = json["next"].flatMap({ FailedRows.Extent($0) })
        else { return nil }
        self.init(extent: extent, next: next)
    }
}

extension FailedRows.Extent {
    fileprivate var json: JSONValue {
        .object([("bytes", .integer(bytes)), ("sum", .string(checksum.text))])
    }

    fileprivate init?(_ json: JSON) {
        guard let bytes = json["bytes"]?.integer, bytes >= 0,
            let sum = json["sum"]?.string.flatMap({ RowChecksum($0) })
        else { return nil }
        self.init(bytes: bytes, checksum: sum)
    }
}
