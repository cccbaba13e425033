import SesameSecrets
import SesameSystem

/// The sections `[caller NAME]`: what each caller of the broker may do.
enum CallerSection {
    static let prefix = "caller "
    static let keys = [
        "user", "group", "executable", "unit", "user_unit", "profile", "may", "scope", "rate",
        "confirm", "confirm_for",
    ]
    private static let repeatable: Set<String> = [
        "user", "group", "executable", "unit", "user_unit", "profile",
    ]

    static func rule(_ section: INIDocument.Section) throws(INIDocument.Refusal) -> CallerRule {
        let name = try section.name(behind: prefix)
        var rule = CallerRule(name: name)
        try section.forEachEntry(of: keys, repeating: repeatable) {
            entry throws(INIDocument.Refusal) in
            try read(entry, into: &rule)
        }
        let seen = Set(section.entries.map(\.key))
        guard !rule.who.isEmpty else {
            throw section.refusal(
                "[caller \(name)] says nothing of who it is; for everybody: user = *")
        }
        guard seen.contains("may") else {
            throw section.refusal("[caller \(name)] does not say what it `may`: \(words)")
        }
        for term in ["scope", "rate", "confirm"] where seen.contains(term) && rule.access < .request
        {
            throw section.refusal(
                "[caller \(name)] may have nothing that `\(term)` could be about")
        }
        return rule
    }

    private static func read(
        _ entry: INIDocument.Entry, into rule: inout CallerRule
    ) throws(INIDocument.Refusal) {
        let value = entry.value
        switch entry.key {
        case "user": rule.who.users.append(try user(entry))
        case "group":
            guard let group = Accounts.group(value) else {
                throw entry.refusal("there is no group \(value.sanitised(limit: 40))")
            }
            rule.who.groups.append(group)
        case "executable":
            guard value.hasPrefix("/") else {
                throw entry.refusal("`executable` is the absolute path of a program")
            }
            rule.who.executables.append(value)
        case "unit": rule.who.units.append(try unit(entry))
        case "user_unit": rule.who.userUnits.append(try unit(entry))
        case "profile":
            guard ProfileSettings.isName(value) else {
                throw entry.refusal("`profile` is the name of a profile")
            }
            rule.profiles.insert(value)
            rule.profileLines[value] = entry.line
        default: try readTerms(entry, into: &rule)
        }
    }

    /// What such a caller may do, and on which terms.
    private static func readTerms(
        _ entry: INIDocument.Entry, into rule: inout CallerRule
    ) throws(INIDocument.Refusal) {
        switch entry.key {
        case "may":
            guard let access = Access(word: entry.value) else {
                throw entry.refusal("`may` is one of: \(words)")
            }
            rule.access = access
        case "scope": rule.scope = entry.value
        case "rate": rule.rate = try rate(entry)
        case "confirm": rule.confirmation = try entry.program()
        case "confirm_for": rule.confirmationLifetime = try entry.seconds(1...31_536_000)
        default:
            throw entry.unknown(in: prefix + rule.name, among: keys)
        }
    }

    private static func user(_ entry: INIDocument.Entry) throws(INIDocument.Refusal) -> UInt32? {
        if entry.value == "*" { return nil }
        guard let user = Accounts.user(entry.value) else {
            throw entry.refusal("there is no user \(entry.value.sanitised(limit: 40))")
        }
        return user
    }

    private static func unit(_ entry: INIDocument.Entry) throws(INIDocument.Refusal) -> String {
        guard entry.value.hasSuffix(".service") || entry.value.hasSuffix(".scope") else {
            throw entry.refusal(
                "`\(entry.key)` is the whole name of a unit, such as web.service")
        }
        return entry.value
    }

    /// `60/min`, `5/s`, `1000/hour`.
    private static func rate(
        _ entry: INIDocument.Entry
    ) throws(INIDocument.Refusal) -> CallerRule.Rate {
        let parts = entry.value.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let count = Int64(parts[0]), (1...1_000_000).contains(count),
            let seconds = ["s": 1, "min": 60, "hour": 3600][parts[1]] as Int64?
        else { throw entry.refusal("`rate` is a number a time, such as 5/s, 60/min or 1000/hour") }
        return CallerRule.Rate(count: count, seconds: seconds)
    }

    static let words = Access.allCases.map(\.word).joined(separator: ", ")
}
