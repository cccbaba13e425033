/// How an import stands.
public struct ImportSummary: Sendable {
    /// What is not stored of rows that were accepted.
    public struct Loss: Sendable, Hashable {
        /// In how many rows.
        public var rows = 0
        /// The line of the first.
        public let line: Int
        /// Why, of the first.
        public let explanation: String
    }

    /// How many rows ended how.
    public var counts = ImportCounts()
    /// What an earlier run has done of that; ``failures``, ``losses`` and ``unkept`` are of this one.
    public internal(set) var before = ImportCounts()
    /// How many of the rows were done by an earlier run.
    public var resumedRows: Int { before.rows }
    /// Why rows failed: the first few, in the order in which it became known.
    public private(set) var failures: [String] = []
    /// What is not stored, by alias.
    public private(set) var losses: [String: Loss] = [:]
    /// How many failed rows are in no file of failed rows, since they are too large.
    public private(set) var unkept = 0
    /// Whether contacts could be looked at before they were sent.
    public internal(set) var couldLook = true
    /// Whether it was stopped before its end.
    public internal(set) var isInterrupted = false

    private static let shownFailures = 20

    /// Of an import that has not begun.
    public init() {}

    mutating func add(_ outcome: RowOutcome, of row: ContactRow) {
        switch outcome {
        case .unchanged: counts.unchanged += 1
        case .failed(let reason):
            fail(reason)
            if row.source.isEmpty { unkept += 1 }
        case .stored(let contact):
            if contact.result == .created { counts.created += 1 } else { counts.updated += 1 }
            guard !contact.shortfalls.isEmpty else { return }
            counts.incomplete += 1
            for shortfall in contact.shortfalls {
                losses[
                    shortfall.alias,
                    default: Loss(line: row.line, explanation: shortfall.explanation)
                ]
                .rows += 1
            }
        }
    }

    private mutating func fail(_ reason: String) {
        counts.failed += 1
        if failures.count < Self.shownFailures { failures.append(reason) }
    }
}

/// Why an import ended before its end, and how it stood then.
public struct ImportFailure: Error, Sendable {
    /// What kind of failure it was.
    public enum Reason: Error, Sendable {
        /// The server, or the way to it.
        case server(MauticError)
        /// The file itself.
        case file(ContactFileError)
        /// The journal.
        case journal(ImportJournal.Failure)
        /// The file of failed rows; the words say what is wrong.
        case output(String)

        /// Whether more can be written down about the import, and is true of the file as it was.
        var leavesRecordRight: Bool {
            switch self {
            case .server: true
            case .file(let error): !error.isOfAnotherFile
            case .journal, .output: false
            }
        }
    }

    /// What ended it.
    public let reason: Reason
    /// How it stood then.
    public let summary: ImportSummary

    init(_ reason: Reason, _ summary: ImportSummary) {
        self.reason = reason
        var summary = summary
        summary.isInterrupted = true
        self.summary = summary
    }
}
