import Glibc
import TestSupport
import Testing

/// Standards K-8, K-10 and K-14 on the built broker: each change that it makes on the disk.
@Suite(.enabled(if: PreloadedLibrary.isExpected, "there is no C compiler for the library"))
struct `A broker on a disk that fails` {
    @Test func `is killed at every change of a set-up, and the next one is whole`() async throws {
        let disk = try FailingDisk()
        let step = Torture.number(quick: 8, full: 1)
        for number in stride(from: 1, to: 1000, by: step) {
            let sesame = Sesame()
            let broker = try await disk.startBroker(of: sesame, failingAt: number)
            let first = try await setUp(sesame)
            broker.kill()
            let ended = try await offPool { try broker.wait() }
            try #require(ended.status == 128 + SIGKILL)
            let next = try await setUp(sesame)
            try #require(next.status == 0, "change \(number): \(next.errors)")
            let files = try await sesame.shell("ls -A").output
            try #require(files.contains("store.db\n"), "change \(number): \(files)")
            try #require(!files.contains(".sesame-draft-"), "change \(number) leaves: \(files)")
            if first.status == 0 {
                print("a set-up makes fewer than \(number) changes")
                return
            }
        }
        Issue.record("there is no end of changes")
    }

    @Test(arguments: [ENOSPC, EIO, EROFS, EDQUOT])
    func `serves and keeps a renewal, at whichever change the trouble starts`(
        code: Int32
    ) async throws {
        guard Torture.isFull || code == ENOSPC else { return }
        let disk = try FailingDisk()
        let practice = try await Practice("strict")
        for number in stride(from: 1, to: 1000, by: Torture.number(quick: 3, full: 1)) {
            try await practice.forgetLog()
            let broker = try await disk.startBroker(
                of: practice.sesame, failingAt: number, with: code)
            let renewal = try await practice.end(of: "token", "work", "--refresh")
            let isCommitted = try await practice.log().contains(where: \.isCommitted)
            let place = "error \(code) from change \(number) on: \(renewal.errors)"
            try #require(renewal.status == (isCommitted ? 0 : 5), "\(place)")
            let hasStruck = disk.hasStruck
            disk.repair()
            if isCommitted {
                try #require(try await practice.end(of: "token", "work").output == renewal.output)
            }
            broker.terminate()
            _ = try await offPool { try broker.wait() }
            let kept = try await practice.end(of: "token", "work")
            try #require(kept.status == 0, "\(place), then \(kept.errors)")
            if isCommitted { try #require(kept.output == renewal.output, "\(place)") }
            try #require(try await practice.end(of: "token", "work", "--refresh").status == 0)
            if !hasStruck {
                print("error \(code): a renewal makes fewer than \(number) changes")
                return
            }
        }
        Issue.record("there is no end of changes")
    }

    private func setUp(_ sesame: Sesame) async throws -> ChildProcess.Finished {
        try await sesame.attempt(
            ["setup", "work", "--issuer", "https://127.0.0.1:1", "--client-id", "client"]
                + ["--client-secret-stdin"], input: "secret")
    }
}
