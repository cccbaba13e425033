import SesameSystem

/// How much each caller has left of its rate: a bucket of requests that fills evenly.
struct RateLimit {
    private struct Bucket {
        /// Requests times milliseconds of the rate's time, so that nothing is rounded.
        var level: Int64
        var filledAt: Duration
    }

    /// A caller within a rule.
    struct Key: Hashable {
        let rule: String
        let uid: UInt32
    }

    private var buckets: [Key: Bucket] = [:]

    /// Takes one request out of the caller's bucket.
    /// - Returns: `nil` when there was one, else the seconds until there is.
    mutating func take(_ key: Key, _ rate: CallerRule.Rate, at uptime: Duration) -> Int64? {
        let period = rate.seconds * 1000
        let full = rate.count * period
        var bucket = buckets[key] ?? Bucket(level: full, filledAt: uptime)
        let elapsed = (uptime - bucket.filledAt).components
        let milliseconds =
            min(max(0, elapsed.seconds), rate.seconds) * 1000
            + elapsed.attoseconds / 1_000_000_000_000_000
        if milliseconds > 0 {
            bucket.level = min(full, bucket.level + rate.count * milliseconds)
            // What is left of a millisecond counts the next time, unless the bucket was full long ago.
            bucket.filledAt =
                elapsed.seconds > rate.seconds
                ? uptime : bucket.filledAt + .milliseconds(milliseconds)
        }
        // A rule that was changed to less.
        bucket.level = min(bucket.level, full)
        defer { remember(bucket, key, at: uptime) }
        guard bucket.level >= period else {
            let missing = period - bucket.level
            return (missing + rate.count * 1000 - 1) / (rate.count * 1000)
        }
        bucket.level -= period
        return nil
    }

    /// Buckets are as many as there are users; those of long ago are full, and need not be kept.
    private mutating func remember(_ bucket: Bucket, _ key: Key, at uptime: Duration) {
        if buckets.count >= Self.mostBuckets {
            buckets = buckets.filter { uptime - $0.value.filledAt < .seconds(3600) }
        }
        buckets[key] = bucket
    }

    private static let mostBuckets = 10_000
}
