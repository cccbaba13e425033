import SesameBroker
import SesameSystem

/// Hands on what the broker has to tell: it is counted at once, and others can listen later on.
final class NoticeBoard: Sendable {
    private let metrics: Metrics
    private let listener = Locked<(@Sendable (BrokerNotice) -> Void)?>(nil)

    init(_ metrics: Metrics) {
        self.metrics = metrics
    }

    func post(_ notice: BrokerNotice) {
        metrics.take(notice)
        listener.withLock { $0 }?(notice)
    }

    /// Calls `body` for each notice from now on.
    func listen(_ body: @escaping @Sendable (BrokerNotice) -> Void) {
        listener.withLock { $0 = body }
    }
}
