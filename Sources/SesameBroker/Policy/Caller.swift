package import SesameSystem

/// Who asks, by the kernel's word.
package struct Caller: Sendable {
    /// The user.
    package let uid: UInt32
    /// The group that it ran as when it connected.
    package let gid: UInt32
    /// The process that connected; 0 where it is of no concern or cannot be told.
    package let pid: Int32
    /// No group: the system has none of this number.
    package static let unknownGroup = UInt32.max
    private let look: @Sendable () -> PeerProcess?

    /// - Parameter look: finds out about the process; asked only where a rule wants to know.
    package init(
        uid: UInt32, gid: UInt32, pid: Int32 = 0,
        look: @escaping @Sendable () -> PeerProcess? = { nil }
    ) {
        self.uid = uid
        self.gid = gid
        self.pid = pid
        self.look = look
    }

    /// What is known of its process now; `nil` where nothing is.
    package var process: PeerProcess? { look() }
}

/// What a caller may do, each more than the one before.
package enum Access: Int, Sendable, Comparable, CaseIterable {
    case nothing
    /// See how a profile stands.
    case status
    /// Have requests sent with the profile's credential, without ever holding it.
    case request
    /// Have access tokens, and header fields with them.
    case token
    /// Set up profiles, log in and out, and see to the store.
    case manage

    /// The word that the configuration has for it.
    package var word: String { "\(self)" }

    package init?(word: String) {
        guard let access = Self.allCases.first(where: { $0.word == word }) else { return nil }
        self = access
    }

    package static func < (first: Access, second: Access) -> Bool {
        first.rawValue < second.rawValue
    }
}
