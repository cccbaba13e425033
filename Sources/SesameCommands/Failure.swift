package import SesameBrokerAPI
import SesameSystem

/// What a command ends with when it does not do what was asked: for a person and for a script.
package struct Failure: Error, Sendable, Hashable {
    /// What the program exits with.
    package let exit: ExitCode
    /// The stable name that `--json` shows.
    package let code: String
    /// One line, lower case, without a full stop.
    package let message: String
    /// What to do about it, one line each.
    package var hints: [String]

    package init(exit: ExitCode, code: String, _ message: String, hints: [String] = []) {
        self.exit = exit
        self.code = code
        self.message = message
        self.hints = hints
    }

    /// A failure of our own that is of one of the broker's kinds.
    package init(_ code: Problem.Code, _ message: String, hints: [String] = []) {
        self.init(exit: code.exit, code: code.rawValue, message, hints: hints)
    }

    /// What was typed cannot be done.
    package static func usage(_ message: String, hints: [String] = []) -> Failure {
        Failure(.usage, message, hints: hints)
    }

    /// Data that was asked for did not arrive, such as on a full disk.
    static func lostOutput(_ error: SystemError) -> Failure {
        Failure(.internal, "standard output: \(error)")
    }

    /// The same failure with one more hint.
    func adding(hint: String) -> Failure {
        var copy = self
        copy.hints.append(hint)
        return copy
    }

    /// The person pressed Ctrl-C.
    package static let interrupted = Failure(
        exit: .interrupted, code: "interrupted", "interrupted")
}

/// What the program exits with; the list is part of the contract.
package struct ExitCode: Hashable, Sendable {
    package let rawValue: Int32

    package init(_ rawValue: Int32) {
        self.rawValue = rawValue
    }

    package static let done = ExitCode(0)
    package static let `internal` = ExitCode(1)
    package static let usage = ExitCode(2)
    package static let loginRequired = ExitCode(3)
    package static let storeLocked = ExitCode(4)
    package static let temporary = ExitCode(5)
    package static let refusedByPolicy = ExitCode(6)
    package static let refusedByServer = ExitCode(7)
    package static let storeDamaged = ExitCode(8)
    package static let partlyStored = ExitCode(9)
    package static let interrupted = ExitCode(130)

    /// Every code with its meaning, for the help.
    static let meanings: [(ExitCode, String)] = [
        (done, "done"),
        (`internal`, "internal error"),
        (usage, "wrong usage or configuration"),
        (loginRequired, "a person must log in"),
        (storeLocked, "the store is locked, or its key is missing or wrong"),
        (temporary, "temporary: network, time-out, 5xx, 429; try again later"),
        (refusedByPolicy, "refused by policy: this caller, or this destination"),
        (refusedByServer, "refused by the server for good"),
        (storeDamaged, "the store is damaged or was tampered with"),
        (partlyStored, "accepted, but not everything was stored"),
        (interrupted, "interrupted"),
    ]
}
