import SesameMautic
import SesameSystem

/// Shows how far an import is: a bar on a terminal, a line every ten seconds in a log, nothing in a pipe.
final class ImportProgress: Sendable {
    private struct State {
        var pace: Pace?
        var toldAt: Duration
        var summary = ImportSummary()
        /// What is waited for, and until when it was said.
        var waits: [MauticPause.Reason: Duration] = [:]
    }

    private static let pause = Duration.seconds(10)

    private let rows: Int64?
    private let context: Context
    private let progress: Progress
    private let state: Locked<State>
    private var time: any TimeSource { context.surroundings.time }

    /// - Parameter rows: how many there are, where that is known.
    init(rows: Int?, _ context: Context) {
        self.rows = rows.map { Int64($0) }
        self.context = context
        progress = Progress("importing", context.output)
        state = Locked(State(toldAt: context.surroundings.time.uptime))
    }

    /// After each batch.
    func show(_ summary: ImportSummary) {
        let now = time.uptime
        let done = Int64(summary.counts.rows)
        let (words, isDue) = state.withLock { state -> (String, Bool) in
            state.summary = summary
            let pace = state.pace ?? Pace(now: state.toldAt, done: Int64(summary.resumedRows))
            state.pace = pace
            let failed = summary.counts.failed > 0 ? "\(summary.counts.failed) failed" : ""
            let words = [pace.words(done, of: rows, now: now), failed].filter { !$0.isEmpty }
            let isDue = now - state.toldAt >= Self.pause
            if isDue { state.toldAt = now }
            return (words.joined(separator: ", "), isDue)
        }
        if let rows {
            progress.show(done, of: rows, words)
        } else {
            progress.say(" \(done) rows" + (words.isEmpty ? "" : ", \(words)"))
        }
        guard isDue, !progress.isShown, context.terminal.isFile(.error), !context.output.isJSON
        else {
            return
        }
        context.output.note(
            "\(done)\(rows.map { " of \($0)" } ?? "") rows" + (words.isEmpty ? "" : ", \(words)"))
    }

    /// Nothing goes on for a while.
    func tell(waiting pause: MauticPause) {
        guard pause.duration >= Self.pause, isNews(pause) else { return }
        if progress.isShown {
            progress.say(": \(pause.words)")
        } else if context.terminal.isFile(.error) {
            context.output.note(pause.words)
        }
    }

    /// Several requests may wait for the same.
    private func isNews(_ pause: MauticPause) -> Bool {
        let now = time.uptime
        return state.withLock { state in
            if let end = state.waits[pause.reason], now < end { return false }
            state.waits[pause.reason] = now + pause.duration
            return true
        }
    }

    func end() { progress.end() }
}
