/// How far the re-sealing of a store has come.
package struct ResealProgress: Sendable, Equatable {
    /// Profiles that are done.
    package let done: Int
    /// All profiles that were to be done.
    package let total: Int
    /// Whether all that can be re-sealed is.
    package let isFinished: Bool
    /// Profiles with damage: they stay as they are, and so does the data key that they need.
    package let damaged: [String]
    /// Whether an older data key is needed still.
    package let keepsOlderKey: Bool

    package init(
        done: Int, total: Int, isFinished: Bool, damaged: [String], keepsOlderKey: Bool
    ) {
        self.done = done
        self.total = total
        self.isFinished = isFinished
        self.damaged = damaged
        self.keepsOlderKey = keepsOlderKey
    }
}
