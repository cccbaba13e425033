import Glibc
import SesameSystem
import Testing

private actor Worker {
    private let executor = ThreadExecutor(name: "test-worker")
    nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe executor.asUnownedSerialExecutor()
    }
    private var count = 0

    func step() -> pthread_t {
        count += 1
        return pthread_self()
    }

    func total() -> Int { count }
}

@Suite struct `An actor with a thread of its own` {
    @Test func `runs all its work there and loses none`() async {
        let worker = Worker()
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
