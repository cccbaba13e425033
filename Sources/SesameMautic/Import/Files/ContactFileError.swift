/// Why a file of contacts cannot be read on.
package struct ContactFileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, with line and column where there is one; fit to be shown.
    package let message: String
    /// What to do, a sentence each.
    package let hints: [String]

    package init(_ message: String, hints: [String] = []) {
        self.message = message
        self.hints = hints
    }

    package var description: String { message }
}
