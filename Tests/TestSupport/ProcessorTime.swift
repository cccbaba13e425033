import Glibc

/// How long the processor works for `body` on this thread, whatever else the machine has to do meanwhile.
package func processorTime(_ body: () throws -> Void) rethrows -> Duration {
    let before = processorTimeOfThread()
    try body()
    return processorTimeOfThread() - before
}

private func processorTimeOfThread() -> Duration {
    var now = timespec()
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now)
    return .seconds(now.tv_sec) + .nanoseconds(now.tv_nsec)
}
