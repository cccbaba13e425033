/// What needs the store for itself: locking it, changing its key, taking a backup in.
extension Broker {
    /// Runs `body` when nothing is under way for any login, and keeps errands out until it has ended.
    ///
    /// A caller who goes away does not end it.
    func exclusively<Value: Sendable>(
        _ body: @escaping @Sendable () async -> Result<Value, BrokerError>
    ) async throws(BrokerError) -> Value {
        while let exclusive { await exclusive.value }
        try requireOpen()
        let task = Task {
            defer { self.exclusive = nil }
            while let errand = self.errands.values.first { await errand.value }
            return await body()
        }
        exclusive = Task { _ = await task.value }
        return try await task.value.get()
    }
}
