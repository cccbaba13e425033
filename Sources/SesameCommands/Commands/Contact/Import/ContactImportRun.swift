import SesameBrokerAPI
import SesameHTTP
import SesameMautic
import SesameSecrets
import SesameSystem

/// One import, from the first look at the file to the summary.
struct ContactImportRun: Sendable {
    let file: ImportFile
    let options: ImportOptions
    let columns: ColumnMap
    let profile: String
    let url: HTTPURL

    /// Checks the file, sends the rows, and says what became of them.
    func perform(_ context: Context) throws(Failure) -> ExitCode {
        let brokers = try context.brokers(options.settings.concurrency)
        let lanes: BrokerLanes
        do throws(SystemError) {
            lanes = try BrokerLanes(brokers.map { BrokerTransport($0, profile: profile) })
        } catch {
            throw Failure(.internal, "\(error)")
        }
        switch blocking({ await attempt(lanes, context) }) {
        case .success(let summary):
            warnOfOtherFile(context)
            let report = ImportReport(summary, options, context)
            try report.tell()
            guard summary.isInterrupted else { return report.exit }
            throw goOn.map { .interrupted.adding(hint: $0) } ?? .interrupted
        case .failure(.preparation(let failure)): throw failure
        case .failure(.run(let failure)):
            warnOfOtherFile(context)
            // The reason matters more than an output that nobody reads any more.
            try? ImportReport(failure.summary, options, context).tell()
            throw reason(failure, lanes)
        }
    }

    private func warnOfOtherFile(_ context: Context) {
        guard !file.isAsFound else { return }
        context.output.warning(
            "\(options.path.sanitised()) is not what it was: this is about the file as it was read")
    }

    /// How the rest is done; `nil` where nothing remembers what is.
    private var goOn: String? {
        guard options.journal != nil else { return nil }
        return file.isAsFound
            ? "the same command goes on where it was"
            : "bring back the file as it was, and the same command goes on"
    }

    private enum Ending: Error {
        case preparation(Failure)
        case run(ImportFailure)
    }

    private func attempt(
        _ lanes: BrokerLanes, _ context: Context
    ) async -> Result<ImportSummary, Ending> {
        do throws(Ending) {
            var rows: any ContactRows
            do throws(ContactFileError) {
                rows = try file.open(columns, context.terminal)
            } catch {
                throw .preparation(Failure(error, path: options.path))
            }
            // Of a file that is looked through before, this was said; of JSON lines it is known in the end.
            let isKnown = file.isRepeatable || rows.header != nil
            if !file.isRepeatable, isKnown { file.tell(leftOutBy: columns, context) }
            defer { if !isKnown { file.tell(leftOutBy: columns, context) } }
            let (journal, failed) = try openRecord(rows)
            let check = try check(journal, context)
            let progress = ImportProgress(rows: check?.rows, context)
            defer { progress.end() }
            let client = MauticClient(
                baseURL: url, transport: lanes,
                time: InterruptibleTime(
                    time: context.surroundings.time, terminal: context.terminal),
                willWait: { progress.tell(waiting: $0) })
            do throws(ImportFailure) {
                let work = try ContactImport(
                    client: client, columns: columns, settings: options.settings,
                    journal: journal, failed: failed)
                return .success(
                    try await work.run(
                        &rows, shouldStop: { context.terminal.isInterrupted },
                        progress: { progress.show($0) }))
            } catch {
                throw .run(error)
            }
        } catch {
            return .failure(error)
        }
    }

    /// Opens the journal, and finds a place for failed rows.
    private func openRecord(
        _ rows: any ContactRows
    ) throws(Ending) -> (ImportJournal?, FailedRows?) {
        var journal: ImportJournal?
        if let path = options.journal {
            do throws(ImportJournal.Failure) {
                journal = try ImportJournal(
                    path,
                    identity: options.identity(
                        profile: profile, url: url.description, header: rows.headerChecksum))
            } catch {
                throw .preparation(
                    Failure(
                        error.isOfDisk ? .temporary : .usage, error.message, hints: error.hints))
            }
        }
        let failed = options.failed.map {
            FailedRows($0, file.formatOfFailed(rows), header: rows.headerSource)
        }
        do throws(SystemError) {
            try failed?.checkPlace()
        } catch {
            journal?.removeUnused()
            throw .preparation(
                Failure(
                    error.isOfDisk ? .temporary : .usage, "failed rows have no place: \(error)",
                    hints: ["name one that can be written: --failed FILE"]))
        }
        if let failed, failed.isTaken, journal?.hasFailedRows != true {
            journal?.removeUnused()
            throw .preparation(
                Failure.usage(
                    "\(failed.path.sanitised()) is there already; it may have the failed rows of an earlier import",
                    hints: [
                        "move it away; or name another file for an import that begins: --failed FILE"
                    ]))
        }
        return (journal, failed)
    }

    /// Looks through the whole file before anything is sent, where it can be read twice.
    private func check(
        _ journal: ImportJournal?, _ context: Context
    ) throws(Ending) -> ContactCheck? {
        guard file.isRepeatable else { return nil }
        do throws(Failure) {
            let check = try file.check(columns, journal, context)
            tell(misencodedIn: check, file, context)
            return check
        } catch {
            journal?.removeUnused()
            throw .preparation(error)
        }
    }

    private func reason(_ failure: ImportFailure, _ lanes: BrokerLanes) -> Failure {
        let rows = failure.summary.counts.rows
        let goOn = [
            goOn.map { "\($0): \(counted(rows, "row")) \(rows == 1 ? "is" : "are") done" }
        ].compactMap(\.self)
        switch failure.reason {
        case .file(let error):
            return Failure(error, path: options.path)
        case .journal(let error):
            return Failure(.temporary, error.message, hints: error.hints + goOn)
        case .output(let words):
            return Failure(.temporary, "the file of failed rows: \(words)", hints: goOn)
        case .server(let error):
            var reason = Failure(error, profile: profile)
            if case .transport(let failure) = error.code {
                reason =
                    failure.code == .cancelled
                    ? .interrupted
                    : Failure(error, lanes.problem(behind: failure), profile: profile)
            }
            reason.hints += goOn
            return reason
        }
    }
}
