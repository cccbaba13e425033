/// A line that shows a person at a terminal how far something is; it is gone in the end.
struct Progress {
    private let output: Output
    private let what: String

    init(_ what: String, _ output: Output) {
        self.what = what
        self.output = output
    }

    /// Draws the bar over the one before.
    /// - Parameter words: what else is to be said.
    func show(_ done: Int64, of total: Int64, _ words: String = "") {
        guard isShown, total > 0 else { return }
        let share = Double(min(max(done, 0), total)) / Double(total)
        let filled = Int(share * Double(Self.width))
        let bar =
            String(repeating: "#", count: filled)
            + String(repeating: "-", count: Self.width - filled)
        let rest = words.isEmpty ? "" : ", \(words)"
        try? output.terminal.write(
            "\r\(what) [\(bar)] \(done) of \(total)\(rest)\u{1B}[K", to: .error)
    }

    /// Says in words how it stands, in the place of what was said before.
    func say(_ words: String) {
        guard isShown else { return }
        try? output.terminal.write("\r\u{1B}[K\(what)\(words)", to: .error)
    }

    /// Takes the line away.
    func end() {
        if isShown { try? output.terminal.write("\r\u{1B}[K", to: .error) }
    }

    var isShown: Bool { output.terminal.isTerminal(.error) && !output.isJSON }

    private static let width = 30
}
