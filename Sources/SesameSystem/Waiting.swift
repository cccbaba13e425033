extension Duration {
    /// This time for poll(2), rounded up and at most an hour: who waits longer asks again.
    package var milliseconds: Int32 {
        let (seconds, attoseconds) = components
        return Int32(
            min(max(seconds, 0), 3600) * 1000 + 1 + max(attoseconds, 0) / 1_000_000_000_000_000)
    }
}
