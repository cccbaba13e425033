import SesameJSON
import SesameMautic
import SesameSecrets
import SesameSystem

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

    /// Says it.
    func tell() throws(Failure) {
        let output = context.output
        for failure in summary.failures { output.warning(failure.asMessage) }
        let failedNow = summary.counts.failed - summary.before.failed
        if failedNow > summary.failures.count, !summary.failures.isEmpty {
            output.note("… and \(counted(failedNow - summary.failures.count, "more failed row"))")
        }
        for (alias, loss) in summary.losses.sorted(by: { $0.key < $1.key }) {
            output.warning(
                "not stored: \(alias.sanitised()) in \(counted(loss.rows, "row")), first in line "
                    + "\(loss.line): \(loss.explanation.asMessage)")
        }
        if summary.before.incomplete > 0 {
            output.note(
                "of \(counted(summary.before.incomplete, "row")) of the earlier run something is not stored, as was told then"
            )
        }
        if !summary.couldLook {
            output.note(
                "the role of this credential may not view contacts: all were sent, and unchanged ones count as updated"
            )
        }
        var lost: Failure?
        do throws(Failure) {
            if output.isJSON { try output.object(json) } else { try output.line(line) }
        } catch {
            // Where the failed rows are is said all the same.
            lost = error
        }
        if let keptFile, !summary.isInterrupted {
            output.note(
                "failed rows with their reasons: \(keptFile.sanitised()); mend them and import that file"
            )
        } else if options.failed != nil, keptFile == nil, failedNow > summary.unkept {
            output.warning("the file of failed rows was taken away while it was written")
        } else if options.failed == nil, failedNow > 0 {
            output.note("failed rows are kept nowhere: --failed FILE keeps them")
        }
        if options.failed != nil, summary.unkept > 0 {
            output.note(
                "without \(counted(summary.unkept, "row")) of more than a megabyte: no file has \(summary.unkept == 1 ? "it" : "them")"
            )
        }
        if let lost { throw lost }
    }

    /// What the program exits with.
    var exit: ExitCode {
        summary.counts.failed == 0 && summary.counts.incomplete == 0 ? .done : .partlyStored
    }

    /// Where failed rows are, if any could be kept.
    private var keptFile: String? {
        guard summary.counts.failed > 0, let path = options.failed, AppendedFile.isTaken(path)
        else {
            return nil
        }
        return path
    }

    private var line: String {
        let counts = summary.counts
        let before = summary.resumedRows > 0 ? " (\(summary.resumedRows) of them before)" : ""
        return
            "\(counted(counts.rows, "row"))\(before): \(counts.created) created, \(counts.updated) updated, "
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
            ("failed_file", .optional(keptFile)),
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
