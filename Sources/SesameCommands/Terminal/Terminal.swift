package import SesameSecrets

/// The three standard streams.
package enum Stream: Int32, Sendable {
    case input = 0
    case output = 1
    case error = 2
}

/// What a person sees and types, or a script reads and writes: the machine's, or a test's.
package protocol Terminal: Sendable {
    /// Whether a person is at that stream.
    func isTerminal(_ stream: Stream) -> Bool
    /// Whether that stream goes into a file, such as a log.
    func isFile(_ stream: Stream) -> Bool
    /// Columns of the screen.
    var width: Int { get }
    /// Writes bytes as they are.
    func write(_ bytes: Secret, to stream: Stream) throws(Failure)
    /// Reads one line without its end; `nil` when there is nothing more.
    /// - Parameters:
    ///   - prompt: is shown before, on standard error.
    ///   - hidden: whether what is typed does not show; it does not from the prompt on.
    func readLine(after prompt: String, hidden: Bool) throws(Failure) -> Secret?
    /// Reads standard input to its end.
    func readInput(limit: Int) throws(Failure) -> Secret
    /// Waits for something to read, or its end, at most that long.
    func awaitInput(seconds: Int32) -> Bool
    /// Runs something whose interruption needs work: meanwhile Ctrl-C only sets ``isInterrupted``.
    func deferringInterruption<Result>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result
    /// Whether the person has pressed Ctrl-C meanwhile.
    var isInterrupted: Bool { get }
}

extension Terminal {
    package func isFile(_ stream: Stream) -> Bool { false }

    /// Writes a text as it is.
    package func write(_ text: String, to stream: Stream) throws(Failure) {
        try write(Secret(utf8: text), to: stream)
    }

    /// Whether questions can be asked: somebody reads them, and somebody types.
    package var isInteractive: Bool { isTerminal(.input) && isTerminal(.error) }
}
