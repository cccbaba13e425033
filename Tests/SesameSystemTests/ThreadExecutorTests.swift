import Glibc
import SesameSystem
import Testing

private actor Worker {
    private let executor: ThreadExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe executor.asUnownedSerialExecutor()
    }
    private var count = 0

    init() throws(SystemError) {
        executor = try ThreadExecutor(name: "test-worker")
    }

    func step() -> pthread_t {
        count += 1
        return pthread_self()
    }

    func total() -> Int { count }
}

@Suite struct `An actor with a thread of its own` {
    @Test func `runs all its work there and loses none`() async throws {
        let worker = try Worker()
        let threads = await withTaskGroup(of: UInt.self) { group in
            for _ in 0..<200 { group.addTask { UInt(await worker.step()) } }
            var seen: Set<UInt> = []
            for await thread in group { seen.insert(thread) }
            return seen
        }
        #expect(threads.count == 1)
        #expect(await worker.total() == 200)
    }
}

@Suite struct `A thread that the system does not give` {
    /// More than a process can address: the same refusal (EAGAIN) as under RLIMIT_NPROC, which does
    /// not hold for root.
    @Test func `is an error, and its work is dropped`() {
        final class Witness: Sendable {}
        weak var work: Witness?
        let error = #expect(throws: SystemError.self) {
            let witness = Witness()
            work = witness
            try startThread(name: "none", stackBytes: 1 << 48) { withExtendedLifetime(witness) {} }
        }
        #expect(error?.code == EAGAIN)
        #expect(work == nil)
    }
}
