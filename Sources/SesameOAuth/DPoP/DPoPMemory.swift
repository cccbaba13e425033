import SesameHTTP
import SesameSystem

/// What servers have said that the next proof for them depends on: their nonces, and how their clocks differ.
public final class DPoPMemory: Sendable {
    /// What a server is.
    public enum Server: Hashable, Sendable {
        /// It gives tokens.
        case authorization
        /// It takes them.
        case resource
    }

    /// What one answer has brought.
    public struct Lesson: Sendable, Hashable {
        /// Whether it had exactly one nonce, of the right form.
        public var hasNonce = false
        /// Whether it showed that the time in the last proof was wrong.
        public var hasCorrectedClock = false
    }

    /// A server: what one gives is for no other (section 9), and where both kinds share an origin it is still
    /// for one of them only.
    struct Place: Hashable {
        private let origin: String
        private let server: Server

        init(_ url: HTTPURL, _ server: Server) {
            origin = url.origin
            self.server = server
        }
    }

    struct Known: Sendable {
        var nonce: String?
        /// Seconds that the server's clock is ahead of ours.
        var skew: Int64 = 0
    }

    private let places = Locked<[Place: Known]>([:])

    /// Knows nothing yet.
    public init() {}

    func known(of place: Place) -> Known { places.withLock { $0[place] } ?? Known() }

    func learn(
        from fields: HTTPFields, at place: Place, between sent: Timestamp, and received: Timestamp
    ) -> Lesson {
        let nonce = nonce(in: fields)
        let skew = skew(in: fields, between: sent, and: received)
        guard nonce != nil || skew != nil else { return Lesson() }
        return places.withLock { places in
            if places[place] == nil, places.count >= Self.mostPlaces { places = [:] }
            var known = places[place] ?? Known()
            let lesson = Lesson(
                hasNonce: nonce != nil, hasCorrectedClock: skew.map { $0 != known.skew } ?? false)
            known.nonce = nonce ?? known.nonce
            known.skew = skew ?? known.skew
            places[place] = known
            return lesson
        }
    }

    /// The only nonce of an answer: of two, nobody knows which one counts (section 8.1).
    private func nonce(in fields: HTTPFields) -> String? {
        let values = fields.values("DPoP-Nonce")
        guard values.count == 1, isNonce(values[0]) else { return nil }
        return values[0]
    }

    /// How far a proof's time has to be corrected, where the answer tells the time.
    ///
    /// It was told between the two; only what cannot be so shows a clock that is wrong. One that is a day off
    /// is none: it is not believed.
    private func skew(
        in fields: HTTPFields, between sent: Timestamp, and received: Timestamp
    ) -> Int64? {
        // An answer out of a cache tells when it was made (RFC 9111, section 5.1).
        guard fields.values("Age").isEmpty,
            let date = fields["Date"].flatMap(Timestamp.init(httpDate:))
        else { return nil }
        let (most, least) = (sent.seconds(until: date), received.seconds(until: date))
        let ahead = most < 0 ? most : max(0, least)
        return (-Self.mostSkew...Self.mostSkew).contains(ahead) ? ahead : nil
    }

    private static let mostPlaces = 1024
    private static let mostSkew: Int64 = 86_400
}

/// One or more of `NQCHAR` (RFC 9449, section 8.1), and no more than a field should have.
private func isNonce(_ text: String) -> Bool {
    (1...4096).contains(text.utf8.count)
        && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x22 && $0 != 0x5C }
}
