import SesameCrypto
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@testable import SesameStore

/// Something that is done to a store, in steps: what a step has reported as done must last.
struct Drill: Sendable, CustomStringConvertible {
    typealias Step = @Sendable (Hands) async throws -> Void

    let name: String
    /// Whether the store is open before anything can fail.
    var isOpenBefore = true
    /// What the store holds before.
    var prepare: Step
    let steps: [Step]

    var description: String { name }
}

/// A store on a faulty disk, and what the steps of a drill hand to each other.
final class Hands {
    let disk: FaultyDisk
    var store: SQLiteStore?
    var ticket: RenewalTicket?

    init(_ disk: FaultyDisk) {
        self.disk = disk
    }

    /// The open store; it is opened with the one of the two root secrets that fits.
    func opened() async throws -> SQLiteStore {
        if let store { return store }
        let opened = try await disk.open().store
        store = opened
        return opened
    }
}

extension FaultyDisk {
    /// Opens the store with the one of the two root secrets that fits.
    func open() async throws -> (store: SQLiteStore, secret: String) {
        do {
            return (try await open(with: "key"), "key")
        } catch let error as StoreError {
            guard error.code == .keyWrong else { throw error }
        }
        return (try await open(with: "second key"), "second key")
    }

    private func open(with secret: String) async throws -> SQLiteStore {
        var opening = SealedDatabase.Opening(
            path: folder.file("store.db"), keyholder: HeldKey(testKey(secret)),
            random: SystemRandom(), now: now)
        opening.vfs = Self.layer
        return try await SQLiteStore.open(opening, time: ManualTime(now: now))
    }
}

/// Everything that a store says, one line for each profile.
func everything(in store: SQLiteStore) async throws -> String {
    var lines: [String] = []
    let listed = try await store.profiles()
    for name in ["alice", "bob", "carol"] {
        let credential = try await store.credential(of: name)?.value
        let secrets = try await store.secrets(of: name)
        let parts: [String?] = [
            credential?.accessToken?.dangerouslyRevealedText(),
            credential?.refreshToken?.dangerouslyRevealedText(),
            secrets?.clientSecret?.dangerouslyRevealedText(),
            try await store.outcome(of: name)?.message,
            try await store.renewal(of: name) == nil ? nil : "ticket",
            listed.contains(name) ? "listed" : nil,
        ]
        lines.append("\(name): " + parts.map { $0 ?? "-" }.joined(separator: " "))
    }
    return lines.joined(separator: "\n")
}

/// Lets a drill meet a fault at its first operation, at its second, and so on, until it runs through
/// without meeting one; at every third, except for `make torture`.
///
/// Each time the store must be what it was before the step that failed, or after it, and it must
/// work.
/// - Returns: how many operations there were.
@discardableResult
func everyFault(of drill: Drill, _ fault: FaultyDisk.Fault) async throws -> Int {
    let before = FaultyDisk()
    try await drill.prepare(Hands(before))
    let states = try await states(of: drill, from: before)
    let step = Torture.number(quick: 3, full: 1)
    // Each fault begins elsewhere, so that together they meet nearly every operation.
    let first = 1 + "\(drill)\(fault)".utf8.reduce(0) { $0 + Int($1) } % step
    for number in stride(from: first, through: 10_000, by: step) {
        let hands = Hands(FaultyDisk(before.image()))
        if drill.isOpenBefore { _ = try await hands.opened() }
        let image = TemporaryFolder()
        hands.disk.fail(fault, at: Int64(number), image: image)
        let (done, error) = await run(drill.steps, hands)
        let place = "\(drill), \(fault), operation \(number), \(done) steps done"
        guard hands.disk.hasStruck else {
            try #require(error == nil && done == drill.steps.count, "\(place): \(error as Any)")
            if case .powerLoss(let keeps) = fault {
                let rest = Hands(FaultyDisk(hands.disk.image(keeps)))
                try await expectWhole(rest, states.suffix(1), place)
            }
            return number - 1
        }
        let possible = states[done...min(done + 1, drill.steps.count)]
        hands.disk.repair()
        if case .powerLoss = fault {
            try await expectWhole(Hands(FaultyDisk(image)), possible, place)
        } else {
            if let error { try expectPassing(error, place) }
            if hands.store != nil { try await expectWhole(hands, possible, "\(place), same store") }
            hands.store = nil
            try await expectWhole(hands, possible, place)
        }
    }
    Issue.record("\(drill), \(fault): there is no end of operations")
    return 0
}

/// What the store holds before the first step and after each of them.
private func states(of drill: Drill, from before: FaultyDisk) async throws -> [String] {
    let hands = Hands(FaultyDisk(before.image()))
    var states: [String] = []
    if drill.isOpenBefore { _ = try await hands.opened() }
    for step in drill.steps {
        states.append(try await state(of: hands.disk.image()))
        try await step(hands)
    }
    return states + [try await state(of: hands.disk.image())]
}

private func state(of folder: TemporaryFolder) async throws -> String {
    let (store, secret) = try await FaultyDisk(folder).open()
    return try await everything(in: store) + "\nopened with \(secret)"
}

private func run(_ steps: [Drill.Step], _ hands: Hands) async -> (done: Int, error: (any Error)?) {
    for (index, step) in steps.enumerated() {
        do {
            try await step(hands)
        } catch {
            return (index, error)
        }
    }
    return (steps.count, nil)
}

/// Neither damage nor a mistake in Sesame: a disk that does not do its work is neither.
private func expectPassing(_ error: any Error, _ place: String) throws {
    let code = try #require(error as? StoreError, "\(place): \(error)").code
    try #require([.unwritable, .busy].contains(code), "\(place): \(error)")
}

/// The store is in one of these states, and takes more.
private func expectWhole(
    _ hands: Hands, _ possible: ArraySlice<String>, _ place: String
) async throws {
    do {
        let secret = hands.store == nil ? try await hands.disk.open().secret : nil
        let store = try await hands.opened()
        let found = try await everything(in: store)
        let matches = possible.contains {
            $0 == "\(found)\nopened with \(secret ?? "key")"
                || (secret == nil && $0.hasPrefix(found))
        }
        try #require(matches, "\(place) found \(found), possible \(possible)")
        try await store.put(sampleCredential(place), for: "probe")
        let probe = try await store.credential(of: "probe")?.value.accessToken
        try #require(probe?.dangerouslyRevealedText() == place)
    } catch let error as StoreError {
        Issue.record("\(place): \(error)")
    }
}
