import SesameSystem

/// How long things live at a kind of server.
package struct Lifetimes: Sendable {
    /// How long one thing lives.
    package enum Span: Sendable, Hashable {
        case seconds(Int64)
        /// No end is set for it.
        case untilRevoked
        /// As somebody has set it at the server.
        case configurable
        case notKnown

        /// A number of days.
        static func days(_ count: Int64) -> Span { .seconds(count * 86_400) }

        package var seconds: Int64? {
            if case .seconds(let seconds) = self { seconds } else { nil }
        }
    }

    /// An access token, from its receipt.
    package var access = Span.notKnown
    /// A login, however often it is renewed.
    package var login = Span.notKnown
    /// A login that is not renewed.
    package var idle = Span.notKnown
    /// Seconds for which an access token is taken to be good when the answer does not say.
    package var presumedAccess: Int64?

    /// When a login ends that the server says nothing of; `nil` where that is not known here either.
    func end(ofLoginBegunAt begin: Timestamp, renewedAt now: Timestamp) -> Timestamp? {
        [
            login.seconds.map { begin.adding(seconds: $0) },
            idle.seconds.map { now.adding(seconds: $0) },
        ].compactMap(\.self).min()
    }
}
