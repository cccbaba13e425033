/// Why a file of contacts cannot be read on.
public struct ContactFileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, with line and column where there is one; fit to be shown.
    public let message: String
    /// What to do, a sentence each.
    public let hints: [String]
    /// Whether its rows are not those that an earlier run has met.
    var isOfAnotherFile = false
    /// Whether somebody has ended the wait for more of it.
    var isStop = false

    /// Makes an error.
    public init(_ message: String, hints: [String] = []) {
        self.message = message
        self.hints = hints
    }

    /// The words.
    public var description: String { message }
}
