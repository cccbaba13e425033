import SesameJSON
import SesameMautic
import SesameSecrets

/// What an import says in the end.
struct ImportReport {
    private let summary: ImportSummary
    private let options: ImportOptions
    private let context: Context

    init(_ summary: ImportSummary, _ options: ImportOptions, _ context: Context) {
        self.summary = summary
        self.options = options
        self.context = context
    }

    /// Says it, and what the program exits with.
    func tell() throws(Failure) -> ExitCode {
        let output = context.output
        for failure in summary.failures { output.warning(failure.asMessage) }
        let failedNow = summary.counts.failed
        if failedNow > summary.failures.count, !summary.failures.isEmpty {
            output.note("… and \(failedNow - summary.failures.count) more failed rows")
        }
        for (alias, loss) in summary.losses.sorted(by: { $0.key < $1.key }) {
            output.warning(
                "not stored: \(alias.sanitised()) in \(loss.rows) \(loss.rows == 1 ? "row" : "rows"), first in line "
                    + "\(loss.line): \(loss.explanation.asMessage)")
        }
        if !summary.couldLook {
            output.note(
                "contacts could not be looked at before: the role of this credential may not view them, so unchanged "
                    + "ones count as updated")
        }
        if output.isJSON { try output.object(json) } else { try output.line(line) }
        if failedNow > 0, let failed = options.failed {
            output.note(
                "failed rows with their reasons: \(failed.sanitised()); mend them and import that file"
            )
        }
        guard !summary.isInterrupted else {
            if options.journal != nil { output.note("the same command goes on where it was") }
            throw .interrupted
        }
        return failedNow == 0 && summary.counts.incomplete == 0 ? .done : .partlyStored
    }

    private var line: String {
        let counts = summary.counts
        let before = summary.resumedRows > 0 ? " (\(summary.resumedRows) of them before)" : ""
        return
            "\(counts.rows) rows\(before): \(counts.created) created, \(counts.updated) updated, "
            + "\(counts.unchanged) unchanged, \(counts.failed) failed"
    }

    private var json: JSONValue {
        let counts = summary.counts
        return .object([
            ("rows", .integer(Int64(counts.rows))), ("created", .integer(Int64(counts.created))),
            ("updated", .integer(Int64(counts.updated))),
            ("unchanged", .integer(Int64(counts.unchanged))),
            ("failed", .integer(Int64(counts.failed))),
            ("incomplete", .integer(Int64(counts.incomplete))),
            ("not_stored", .array(summary.losses.keys.sorted().map { .string($0) })),
            ("failed_file", .optional(counts.failed > 0 ? options.failed : nil)),
            ("complete", .bool(!summary.isInterrupted)),
        ])
    }
}

extension ContactCheck {
    /// The outcome of a dry run for a script.
    var json: JSONValue {
        .object([
            ("rows", .integer(Int64(rows))), ("sendable", .integer(Int64(rows - defective))),
            ("defective", .integer(Int64(defective))), ("sent", .integer(0)),
        ])
    }
}
