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
    let contact = try askMautic(context) { client async throws(MauticError) in
        let id = try await client.number(of: reference)
        let known =
            (added + removed).allSatisfy { Int64($0) != nil } ? [] : try await client.segments()
        // All are known before anything changes.
        let into = try added.map { name throws(MauticError) in try known.number(of: name) }
        let outOf = try removed.map { name throws(MauticError) in try known.number(of: name) }
        for segment in into { try await client.add(id, to: segment) }
        for segment in outOf { try await client.remove(id, from: segment) }
        return id
    }
    if context.output.isJSON {
        try context.output.object(
            .object([
                ("id", .integer(contact)), ("added", .array(added.map { .string($0) })),
                ("removed", .array(removed.map { .string($0) })),
            ]))
    } else {
        let done =
            added.map { "is in \($0.sanitised(limit: 60))" }
            + removed.map { "is not in \($0.sanitised(limit: 60))" }
        try context.output.line("contact \(contact) " + done.joined(separator: ", "))
    }
    return .done
}

extension [Segment] {
    /// The number of a segment that is named by it or by its alias.
    fileprivate func number(of name: String) throws(MauticError) -> Int64 {
        if let number = Int64(name) { return number }
        if let segment = first(where: { $0.alias == name }) { return segment.id }
        throw MauticError(
            noSegment: name, nearest: nearestName(to: name, among: map(\.alias)))
    }
}
