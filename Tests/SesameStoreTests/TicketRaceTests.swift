import SesameCrypto
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@testable import SesameStore

@Suite struct `Stores that share one file` {
    /// Eight connections with locks, caches and threads of their own, as eight processes have.
    @Test func `give every renewal to exactly one of them`() async throws {
        let folder = TemporaryFolder()
        let first = try await openStore(in: folder)
        try await first.put(sampleCredential("0"), for: "mautic")
        let rounds = 25
        let wins = try await withThrowingTaskGroup(of: Int.self) { group in
            for index in 0..<8 {
                let store = index == 0 ? first : try await openStore(in: folder)
                group.addTask { try await compete(on: store, rounds: rounds) }
            }
            return try await group.reduce(0, +)
        }
        // Each winner wrote the number that it had read, plus one: a lost update would show.
        let held = try #require(try await first.credential(of: "mautic"))
        #expect(held.value.accessToken?.dangerouslyRevealedText() == "\(rounds)")
        #expect(wins == rounds)
    }

    @Test func `make one store when all are the first`() async throws {
        let folder = TemporaryFolder()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<8 {
                group.addTask {
                    let store = try await openStore(in: folder)
                    try await store.put(sampleCredential(), for: "p\(index)")
                }
            }
            try await group.waitForAll()
        }
        let names = try await openStore(in: folder).profiles()
        #expect(names == (0..<8).map { "p\($0)" })
    }
}

/// Renews until the credential has been renewed `rounds` times by anybody; returns the own share.
private func compete(on store: SQLiteStore, rounds: Int) async throws -> Int {
    var wins = 0
    while true {
        let held = try #require(try await store.credential(of: "mautic"))
        let number = try #require(Int(held.value.accessToken?.dangerouslyRevealedText() ?? ""))
        if number >= rounds { return wins }
        let start = try await store.beginRenewal(
            of: "mautic", seen: held.revision, now: now, deadline: later)
        if case .yours(let ticket, let mayBeLost) = start {
            #expect(!mayBeLost)
            _ = try await store.finishRenewal(ticket, with: sampleCredential("\(number + 1)"))
            wins += 1
        } else {
            await Task.yield()
        }
    }
}

@Suite struct `A ticket of a process that is gone` {
    @Test func `is taken over at once, as one whose answer may be lost`() async throws {
        let folder = TemporaryFolder()
        let here = ProcessIdentity.current.text.split(separator: "/")
        try #require(here.count == 4, "this test needs /proc")
        // Our own number with another start time: the process that had it before.
        let dead = here[..<3].joined(separator: "/") + "/1"
        let begun = try await reopen(folder, after: dead)
        guard case .yours(_, earlierAnswerMayBeLost: true) = begun else {
            Issue.record("expected a takeover, not \(begun)")
            return
        }
    }

    @Test(arguments: ["living", "another boot", "another namespace", "unknown"])
    func `is waited for where nobody can tell`(holder: String) async throws {
        let folder = TemporaryFolder()
        let here = ProcessIdentity.current.text.split(separator: "/").map(String.init)
        try #require(here.count == 4, "this test needs /proc")
        let process =
            switch holder {
            case "living": here.joined(separator: "/")
            case "another boot": "\(here[0])x/\(here[1])/\(here[2])/1"
            case "another namespace": "\(here[0])/0/\(here[2])/1"
            default: ""
            }
        let begun = try await reopen(folder, after: process)
        guard case .busy(until: later) = begun else {
            Issue.record("expected to wait, not \(begun)")
            return
        }
    }

    @Test func `is not one that a hidden part of proc does not show`() throws {
        let folder = TemporaryFolder()
        try #require(ProcessIdentity.current.state() == .living, "this test needs /proc")
        // With hidepid there is no entry for a living process; here there is none at all.
        #expect(ProcessIdentity.current.state(proc: folder.path) == .unknown)
        let here = ProcessIdentity.current.text.split(separator: "/")
        // Larger than any number that Linux gives to a process.
        let ended = ProcessIdentity(text: "\(here[0])/\(here[1])/4194305/1")
        #expect(ended.state(proc: folder.path) == .gone)
        #expect(ended.state() == .gone)
    }

    @Test(arguments: [Int64(-90_000), 61, 301, 90_000])
    func `is never one of a living process that the clock has left behind`(shift: Int64)
        async throws
    {
        let folder = TemporaryFolder()
        let other = try ChildProcess.start("sleep", ["600"])
        let living = try #require(ProcessIdentity.description(of: other.process))
        let begun = try await reopen(folder, after: living, at: now.adding(seconds: shift))
        guard case .busy = begun else {
            Issue.record("expected to wait, not \(begun)")
            return
        }
        withExtendedLifetime(other) {}
    }

    @Test func `may be one of a living process that is minutes late`() throws {
        let other = try ChildProcess.start("sleep", ["600"])
        let living = try #require(ProcessIdentity.description(of: other.process))
        var ticket = OpenTicket(fence: 1, owner: [], process: "", deadline: later)
        let awake = TicketHolder.awakeSeconds
        ticket.process = "\(living)/\(awake + 100)"
        #expect(!ticket.isOverdue(at: later, for: .current))
        ticket.process = "\(living)/\(awake)"
        #expect(ticket.isOverdue(at: now, for: .current))
        ticket.process = "\(living)/x"
        #expect(!ticket.isOverdue(at: now, for: .current))
        #expect(ticket.isOverdue(at: later, for: .current))
        withExtendedLifetime(other) {}
    }

    /// Opens a ticket as another process would, and asks for it in this one.
    private func reopen(_ folder: TemporaryFolder, after process: String, at then: Timestamp = now)
        async throws -> RenewalStart
    {
        let path = folder.file("store.db")
        let opening = SealedDatabase.Opening(
            path: path, keyholder: HeldKey(testKey()), random: SystemRandom(), now: now)
        let other = try SQLiteStore(
            opening, time: ManualTime(now: now), process: ProcessIdentity(text: process))
        _ = try await other.beginRenewal(of: "mautic", seen: nil, now: now, deadline: later)
        return try await openStore(in: folder)
            .beginRenewal(of: "mautic", seen: nil, now: then, deadline: then.adding(seconds: 60))
    }
}
