import SesameStore

/// What a profile holds.
struct Held: Sendable {
    /// The credential, where it belongs to the client and the server that the profile names now.
    let credential: Credential?
    /// The revision that is stored, whoever it belongs to; what is held may be newer, and not saved yet.
    let revision: Revision?
}
