import SesameBrokerAPI
import SesameJSON
import SesameSecrets
import SesameSystem

extension Command {
    static let audit = Command(
        name: "audit", summary: "show who got what for where, and check that record",
        details: [
            "The broker records each token, header and request that it hands out, each login and each "
                + "change of the store. A token itself is never recorded, only its fingerprint."
        ],
        arguments: [
            Argument(
                name: "PROFILE", summary: "one profile; without it all", presence: .optional,
                content: .profile)
        ],
        options: [
            Option(name: "verify", summary: "look at every record, and say what is not whole"),
            Option(
                name: "since", value: "T",
                summary: "records since then: 30m, 12h, 7d, or a time in RFC 3339"),
            Option(name: "limit", value: "N", summary: "the last N records (50, at most 1000)"),
            Option(
                name: "fingerprint", summary: "records of a token, which is read from stdin"),
        ],
        examples: [
            Example("sesame audit aivie --since 12h", "What was asked for profile aivie."),
            Example("sesame audit --verify", "Exits with 8 when the record was changed."),
            Example("sesame audit --fingerprint < found.txt", "Who got a token that was found."),
        ],
        run: showAudit)
}

private func showAudit(_ context: Context) throws(Failure) -> ExitCode {
    let arguments = context.arguments
    let profile = try context.optionalProfile()
    if arguments.has("verify") {
        guard profile == nil, !arguments.has("fingerprint"), !arguments.has("since") else {
            throw Failure.usage("--verify looks at all records")
        }
        return try verifyAudit(context)
    }
    let limit = try arguments.number("limit", in: 1...1000) ?? 50
    let since = try arguments["since"].map { text throws(Failure) in
        try moment(text, context.surroundings.time.now)
    }
    var fingerprint: String?
    if arguments.has("fingerprint") {
        let token = try secretLine("token", context)
        fingerprint = try context.ask { broker throws(Problem) in
            try broker.fingerprint(of: token)
        }
    }
    let records = try context.ask(about: profile) { broker throws(Problem) in
        try broker.auditRecords(
            limit: limit, profile: profile, since: since, fingerprint: fingerprint)
    }
    if context.output.isJSON {
        for record in records { try context.output.object(record.json) }
        return .done
    }
    if records.isEmpty { context.output.note("there is no such record") }
    if let fingerprint { context.output.note("fingerprint: \(fingerprint.sanitised())") }
    if !records.isEmpty { try show(records, context) }
    return .done
}

private func show(_ records: [AuditRecordMessage], _ context: Context) throws(Failure) {
    var table = Table(["TIME", "ACTION", "OUTCOME", "PROFILE", "CALLER", "FOR"])
    for record in records {
        table.append([
            record.time.description, record.action.sanitised(limit: 20),
            record.outcome.sanitised(limit: 30), record.profile?.sanitised(limit: 40) ?? "-",
            record.caller?.inWords ?? "-", record.purpose,
        ])
    }
    let lines = table.lines { row, column, text in
        if row == 0 { return context.output.colour(text, .bold, .output) }
        let isUsual = ["granted", "begun", "continued"].contains(records[row - 1].outcome)
        return column == 2 && !isUsual ? context.output.colour(text, .yellow, .output) : text
    }
    for line in lines { try context.output.line(line) }
}

extension AuditRecordMessage.Caller {
    fileprivate var inWords: String {
        let name = unit ?? executable.flatMap { $0.split(separator: "/").last.map(String.init) }
        let process = pid.map { "process \($0)" }
        let words = ["uid \(uid)", name?.sanitised(limit: 40), process].compactMap(\.self)
        return words.joined(separator: " ")
    }
}

extension AuditRecordMessage {
    /// What it was for, how often, and which token.
    fileprivate var purpose: String {
        let place = [method, destination].compactMap { $0?.sanitised(limit: 120) }
        var words = place.isEmpty ? [] : [place.joined(separator: " ")]
        if let detail { words.append(detail.asMessage) }
        if let count, detail == nil { words.append("\(count) more times") }
        if let fingerprint {
            words.append("token \(fingerprint.prefix(12).description.sanitised())")
        }
        return words.joined(separator: ", ")
    }
}

/// A time that was typed: how long ago, or when.
private func moment(_ text: String, _ now: Timestamp) throws(Failure) -> Timestamp {
    if let time = Timestamp(text) { return time }
    let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
    if let unit = text.last.flatMap({ units[$0] }), let count = Int64(text.dropLast()),
        (0...100_000_000).contains(count)
    {
        return now.adding(seconds: -count * unit)
    }
    throw Failure.usage(
        "--since: neither a time ago nor a time: \(text.sanitised(limit: 40))",
        hints: ["such as 12h, 7d or 2026-11-23T08:15:00Z"])
}

private func verifyAudit(_ context: Context) throws(Failure) -> ExitCode {
    let found = try context.ask { broker throws(Problem) in try broker.verifyAudit() }
    if context.output.isJSON {
        try context.output.object(found.json)
        return found.isWhole ? .done : .storeDamaged
    }
    for flaw in found.flaws {
        let place = flaw.line.map { ", line \($0)" } ?? ""
        try context.output.line("\(flaw.file.sanitised())\(place): \(flaw.reason.asMessage)")
    }
    for note in found.notes { context.output.note(note.asMessage) }
    let head = found.last.map { ", the last is \($0) with hash \(found.hash?.sanitised() ?? "-")" }
    try context.output.line("\(found.records) records are whole\(head ?? "")")
    switch (found.anchor, found.remembered) {
    case (nil, _): context.output.note("nobody remembers the last record outside the trail")
    case (let place?, nil): context.output.note("nothing is remembered yet in: \(place.asMessage)")
    case (let place?, let number?):
        context.output.note("record \(number) is remembered in: \(place.asMessage)")
    }
    guard !found.isWhole else { return .done }
    context.output.note("the audit trail is not as it was written")
    return .storeDamaged
}
