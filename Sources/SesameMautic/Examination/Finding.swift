/// One thing that was looked at, and how it is.
public struct Finding: Sendable {
    /// What was looked at.
    public enum Subject: String, Sendable, Hashable {
        /// Whether a Mautic answers at the address.
        case baseURL = "base_url"
        /// Whether its API is switched on, and HTTP Basic where that is used.
        case api
        /// Whether it accepts who is asking.
        case credential
        /// Whether its clock is ours.
        case clock
        /// Which version it is.
        case version
        /// Whether contacts may be created.
        case create
        /// Whether contacts may be looked at.
        case view
        /// Whether the contact fields may be read.
        case fields
    }

    /// How it is.
    public enum State: String, Sendable, Hashable {
        /// It works.
        case ok
        /// It works, with something to know.
        case warning
        /// It does not.
        case failed
    }

    /// What was looked at.
    public let subject: Subject
    /// How it is.
    public let state: State
    /// In words for a person.
    public let message: String
    /// What to do, a sentence each.
    public let hints: [String]
    /// The error behind a failure, if there was one.
    public let error: MauticError?

    init(
        _ subject: Subject, _ state: State, _ message: String, hints: [String] = [],
        error: MauticError? = nil
    ) {
        self.error = error
        self.subject = subject
        self.state = state
        self.message = message
        self.hints = hints
    }

    init(_ subject: Subject, failed error: MauticError) {
        self.init(subject, .failed, error.message, hints: error.hints, error: error)
    }
}
