import CSQLite
import TestSupport
import Testing

@testable import SesameStore

/// For every n: the n-th operation on the disk fails (standards K-8, K-10, K-13).
@Suite struct `A store on a disk that fails` {
    @Test(arguments: Drill.all)
    func `is whole after every error of every operation`(drill: Drill) async throws {
        var counts: [String] = []
        for fault: FaultyDisk.Fault in [
            .error(.everything), .error(.everything, again: true),
            .error(.writing, code: SQLITE_FULL), .error(.writing, code: SQLITE_FULL, again: true),
            .error(.writing, code: SQLITE_READONLY, again: true),
            .error(.opening, code: SQLITE_CANTOPEN, again: true),
        ] {
            let count = try await everyFault(of: drill, fault)
            counts.append("\(count) (\(fault))")
        }
        print("errors in \(drill): " + counts.joined(separator: ", "))
    }

    @Test(arguments: Drill.all)
    func `is whole after a loss of power at every operation`(drill: Drill) async throws {
        let losses: [FaultyDisk.Keeps] =
            [.all, .nothing] + (1...Torture.number(quick: 3, full: 100)).map { .some(seed: $0) }
        var counts: [Int] = []
        for loss in losses { counts.append(try await everyFault(of: drill, .powerLoss(loss))) }
        print("power losses in \(drill): \(losses.count) kinds, operations \(counts)")
        #expect(counts.allSatisfy { $0 > 0 } || drill.name == Drill.opening.name)
    }
}
