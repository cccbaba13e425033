import Glibc
import TestSupport
import Testing

/// kill -9 at random moments of renewals, as often as `SESAME_KILL_ROUNDS` says (`make torture`).
///
/// Without rotation and with a grace period at the server no login may ever be lost. With strict
/// single use, and where a second use ends the whole login, one may be lost only where the server's
/// log shows a committed rotation whose answer had not reached our disk, and then the person is told
/// exactly that.
@Suite struct `A broker that is killed within a renewal` {
    @Test(arguments: [Victim.daemon, .companion], ["none", "grace", "strict", "family"])
    func `loses no login but to an answer that never reached the disk`(
        victim: Victim, rotation: String
    ) async throws {
        let practice = try await Practice(rotation)
        // A server some network away: otherwise hardly a kill would fall between commit and answer.
        try await practice.disturb(#"{"delay_ms":5,"answer_delay_ms":15,"count":1000000}"#)
        var tally = Tally("\(victim), \(rotation)", seed: "2026-11-23/\(victim)/\(rotation)")
        let length = try await usualRenewal(practice, victim)
        for round in 1...Self.rounds {
            if round % 250 == 0 { print("\(victim), \(rotation): round \(round)") }
            try await practice.forgetLog()
            let delay = tally.moment(within: length)
            let isOver = try await killed(victim, in: practice, after: delay)
            let broker = victim == .daemon ? try await practice.startBroker() : nil
            let next = try await practice.end(of: "token", "work", "--refresh")
            let log = try await practice.log()
            let fate = try Fate(log, wasOver: isOver)
            tally.count(fate)
            if fate == .lost {
                try #require(["strict", "family"].contains(rotation), "\(rotation) loses nothing")
                try #require(next.status == 3, "\(next.errors)")
                try #require(next.errors.contains("the answer to the last renewal was lost"))
                try await practice.sesame.run("login", "work")
            } else {
                try #require(next.status == 0, "\(fate): \(next.errors) \(log)")
            }
            broker?.kill()
        }
        tally.show()
        #expect(try await practice.end(of: "token", "work", "--refresh").status == 0)
    }

    private static let rounds =
        unsafe getenv("SESAME_KILL_ROUNDS").flatMap { unsafe Int(String(cString: $0)) } ?? 12

    /// How long an undisturbed renewal by a fresh broker takes, from the moment that the delay of a
    /// kill counts from.
    private func usualRenewal(_ practice: Practice, _ victim: Victim) async throws -> Duration {
        var lengths: [Duration] = []
        for _ in 1...7 {
            let broker = victim == .daemon ? try await practice.startBroker() : nil
            defer { broker?.kill() }
            let client = try practice.sesame.start("token", "work", "--refresh")
            lengths.append(
                try await offPool {
                    if victim == .companion { try companion(of: client.process) }
                    return try ContinuousClock().measure {
                        try #require(client.wait().status == 0)
                    }
                })
        }
        return lengths.sorted()[lengths.count / 2]
    }

    /// Starts a renewal and kills the broker that long after.
    /// - Returns: whether the renewal had succeeded already.
    private func killed(
        _ victim: Victim, in practice: Practice, after delay: Duration
    ) async throws -> Bool {
        let broker = victim == .daemon ? try await practice.startBroker() : nil
        let client = try practice.sesame.start("token", "work", "--refresh")
        return try await offPool {
            let process = victim == .companion ? try companion(of: client.process) : 0
            // The moment is the stimulus; nothing is waited for here.
            usleep(UInt32(delay / .microseconds(1)))
            if let broker {
                broker.kill()
                _ = try broker.wait()
            } else if process > 0, children(of: client.process).contains(process) {
                _ = kill(process, SIGKILL)
            }
            return try client.wait().status == 0
        }
    }
}

/// Which broker is killed.
enum Victim: String, Sendable, CustomStringConvertible {
    /// One that runs and serves everybody.
    case daemon
    /// The one that a command starts for itself.
    case companion

    var description: String { rawValue }
}

/// What became of the renewal that a kill hit, by the server's log and by what came next.
private enum Fate: String, CaseIterable {
    case done = "were over before the kill"
    case unsent = "killed before the request was sent"
    case uncommitted = "sent and not committed"
    case unspent = "answered, and the refresh token stays good"
    case saved = "committed and on our disk"
    case repeated = "committed, answer lost, given again within the grace period"
    case lost = "committed, answer lost, login lost"

    /// - Parameter log: what the renewal that was hit asked the server, and the one that came next.
    init(_ log: [Practice.TokenRequest], wasOver: Bool) throws {
        try #require(log.count == 1 || log.count == 2, "one request for each renewal: \(log)")
        guard log.count == 2 else {
            self = .unsent
            return
        }
        // Whoever comes next with the refresh token that was spent has never had the new one.
        if log[0].outcome == "issued", !log[0].isCommitted {
            // The refresh token stays good: nothing can be lost.
            try #require(log[1].presented == log[0].presented)
            self = wasOver ? .done : .unspent
        } else if !log[0].isCommitted {
            self = .uncommitted
        } else if log[1].presented != log[0].presented {
            self = wasOver ? .done : .saved
        } else {
            self = log[1].outcome == "issued" ? .repeated : .lost
        }
    }
}

/// The moments of one run, and what they led to.
private struct Tally {
    private let name: String
    private let seed: String
    private var random: UInt64
    private var fates: [Fate] = []

    init(_ name: String, seed: String) {
        self.name = name
        self.seed = seed
        random = seed.utf8.reduce(14_695_981_039_346_656_037) {
            ($0 ^ UInt64($1)) &* 1_099_511_628_211
        }
    }

    /// The next moment (SplitMix64).
    mutating func moment(within length: Duration) -> Duration {
        random &+= 0x9E37_79B9_7F4A_7C15
        var mixed = random
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        mixed ^= mixed >> 31
        let limit = UInt64(max(1, length / .microseconds(1)))
        return .microseconds(Int64(mixed % limit))
    }

    mutating func count(_ fate: Fate) { fates.append(fate) }

    func show() {
        let carriedOut = fates.count { $0 != .unsent && $0 != .uncommitted }
        let counts = Fate.allCases.map { fate in "\(fates.count { $0 == fate }) \(fate.rawValue)" }
        print(
            "killed (\(name), seed \(seed)): \(fates.count) rounds, \(carriedOut) renewals carried out,"
                + " \(fates.count { $0 == .lost }) logins lost; " + counts.joined(separator: "; "))
    }
}

/// The broker that a command has started for itself, once it is there.
@discardableResult
private func companion(of process: Int32) throws -> Int32 {
    let deadline = ContinuousClock.now + patience
    while ContinuousClock.now < deadline {
        if let child = children(of: process).first { return child }
        usleep(100)
    }
    throw NoCompanion()
}

/// The living children of a process.
private func children(of process: Int32) -> [Int32] {
    guard let file = unsafe fopen("/proc/\(process)/task/\(process)/children", "r") else {
        return []
    }
    defer { unsafe fclose(file) }
    var text = [UInt8](repeating: 0, count: 4096)
    let count = unsafe fread(&text, 1, text.count, file)
    return String(decoding: text[..<count], as: UTF8.self).split(separator: " ").compactMap {
        Int32($0)
    }
}

/// A command ended without having started a broker, or none could be seen.
private struct NoCompanion: Error {}
