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
        let numbers = " \(done) of \(total)" + (words.isEmpty ? "" : ", \(words)")
        // A line that wraps could not be drawn over.
        let room = output.terminal.width - 1 - what.count - numbers.count - 3
        let width = min(Self.width, room)
        var bar = ""
        if width >= 5 {
            let share = Double(min(max(done, 0), total)) / Double(total)
            let filled = Int(share * Double(width))
            bar =
                " [" + String(repeating: "#", count: filled)
                + String(repeating: "-", count: width - filled) + "]"
        }
        try? output.terminal.write("\r\(fitting(what + bar + numbers))\u{1B}[K", to: .error)
    }

    /// Says in words how it stands, in the place of what was said before.
    func say(_ words: String) {
        guard isShown else { return }
        try? output.terminal.write("\r\u{1B}[K\(fitting(what + words))", to: .error)
    }

    /// Takes the line away.
    func end() {
        if isShown { try? output.terminal.write("\r\u{1B}[K", to: .error) }
    }

    var isShown: Bool { output.terminal.isTerminal(.error) && !output.isJSON }

    private func fitting(_ text: String) -> String {
        String(text.prefix(max(1, output.terminal.width - 1)))
    }

    private static let width = 30
}
