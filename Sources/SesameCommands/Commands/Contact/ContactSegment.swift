import SesameJSON
import SesameMautic
import SesameSecrets

extension Command {
    static let contactSegment = Command(
        name: "contact segment", summary: "put a contact into segments, or take it out",
        arguments: [.contact],
        options: [
            Option(
                name: "add", value: "S", summary: "a segment to put it into: its number or alias",
                repeats: true),
            Option(
                name: "remove", value: "S", summary: "a segment to take it out of", repeats: true),
        ],
        examples: [
            Example(
                "sesame contact segment ada@example.org --add newsletter", "By the segment's alias."
            ),
            Example("sesame contact segment 42 --remove 7", "By numbers."),
        ],
        run: place)
}

private func place(_ context: Context) throws(Failure) -> ExitCode {
    let reference = try context.arguments.contact()
    let (added, removed) = (context.arguments.all("add"), context.arguments.all("remove"))
    guard !added.isEmpty || !removed.isEmpty else {
        throw Failure.usage(
            "which segment?", hints: ["--add S puts the contact into it, --remove S takes it out"])
    }
    let profile = try contactProfile(context)
    let url = try baseURL(of: profile, context)
    let placing = try askMautic(at: url, as: profile, context) {
        client async throws(MauticError) in
        let id = try await client.number(of: reference)
        // All are known before anything changes.
        let steps = try await client.segments(added: added, removed: removed)
        return try await Placing(id, steps, client)
    }
    if context.output.isJSON {
        try context.output.object(placing.json)
    } else {
        let words = placing.done.map {
            ($0.isIn ? "is in " : "is not in ") + $0.name.sanitised(limit: 60)
        }
        try context.output.line("contact \(placing.contact) " + words.joined(separator: ", "))
    }
    guard let error = placing.error, let next = placing.undone.first else { return .done }
    let failure = Failure(error, profile: profile)
    context.output.warning("\(next.name.sanitised(limit: 60)): \(failure.message)")
    for hint in failure.hints { context.output.note(hint) }
    return .partlyStored
}

/// One contact's way into segments and out of others.
private struct Placing: Sendable {
    struct Step: Sendable {
        let name: String
        let segment: Int64
        let isIn: Bool
    }

    let contact: Int64
    private(set) var done: [Step] = []
    private(set) var undone: [Step]
    /// Why the first of those that are not done could not be.
    private(set) var error: MauticError?

    /// Does one after the other.
    /// - Throws: ``MauticError`` where the first one fails already, and so nothing has changed.
    init(
        _ contact: Int64, _ steps: [Step], _ client: MauticClient
    ) async throws(MauticError) {
        self.contact = contact
        undone = steps
        while let step = undone.first {
            do throws(MauticError) {
                if step.isIn {
                    try await client.add(contact, to: step.segment)
                } else {
                    try await client.remove(contact, from: step.segment)
                }
            } catch {
                guard !done.isEmpty else { throw error }
                self.error = error
                return
            }
            done.append(undone.removeFirst())
        }
    }

    var json: JSONValue {
        func names(_ steps: [Step], isIn: Bool) -> JSONValue {
            .array(steps.filter { $0.isIn == isIn }.map { .string($0.name) })
        }
        return .object([
            ("id", .integer(contact)), ("added", names(done, isIn: true)),
            ("removed", names(done, isIn: false)),
            ("not_done", .array(undone.map { .string($0.name) })),
            ("error", .optional(error?.message)),
        ])
    }
}

extension MauticClient {
    /// The segments that were named by number or alias.
    fileprivate func segments(
        added: [String], removed: [String]
    ) async throws(MauticError) -> [Placing.Step] {
        let known = try await segments(for: added + removed)
        var steps: [Placing.Step] = []
        for (name, isIn) in added.map({ ($0, true) }) + removed.map({ ($0, false) }) {
            let segment = try known.number(of: name)
            guard let other = steps.first(where: { $0.segment == segment }) else {
                steps.append(Placing.Step(name: name, segment: segment, isIn: isIn))
                continue
            }
            guard other.isIn == isIn else {
                throw MauticError(contradictory: name)
            }
        }
        return steps
    }

    /// The segments there are; none where they may not be listed, and need not, since all are named by number.
    private func segments(for names: [String]) async throws(MauticError) -> [Segment] {
        do {
            return try await segments()
        } catch {
            guard error.isOfTheRole, names.allSatisfy({ Int64($0) != nil }) else { throw error }
            return []
        }
    }
}

extension [Segment] {
    /// The number of a segment that is named by it or by its alias.
    ///
    /// A number that is in no list may be that of a segment which the role can use all the same.
    fileprivate func number(of name: String) throws(MauticError) -> Int64 {
        // Written as numbers are: an alias may be 007.
        let number = Int64(name).flatMap { $0 > 0 && String($0) == name ? $0 : nil }
        if let number, contains(where: { $0.id == number }) { return number }
        if let segment = first(where: { $0.alias == name }) { return segment.id }
        if let number { return number }
        throw MauticError(noSegment: name, nearest: nearestName(to: name, among: map(\.alias)))
    }
}
