import Glibc

/// How many descriptors this process may have open.
enum DescriptorLimit {
    /// Raises the limit as far as the system lets us, since every client takes one.
    ///
    /// Limits of today are in the hundreds of thousands; the broker takes no more than 8,192.
    /// - Returns: the descriptors that the broker may count on.
    static func raise() -> Int {
        let descriptors = __rlimit_resource_t(7)
        var limit = rlimit()
        guard unsafe getrlimit(descriptors, &limit) == 0 else { return 256 }
        let wanted = min(limit.rlim_max, 8192)
        if limit.rlim_cur < wanted {
            var raised = rlimit(rlim_cur: wanted, rlim_max: limit.rlim_max)
            if unsafe setrlimit(descriptors, &raised) == 0 { limit = raised }
        }
        return Int(min(limit.rlim_cur, 8192))
    }
}
