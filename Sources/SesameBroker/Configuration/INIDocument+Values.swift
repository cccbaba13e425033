import SesameSecrets
import SesameSystem

extension INIDocument.Section {
    /// The name in a heading such as `[caller NAME]`.
    /// - Parameter prefix: the kind of the section, with the space behind it.
    func name(behind prefix: String) throws(INIDocument.Refusal) -> String {
        let name = String(self.name.dropFirst(prefix.count))
        guard ProfileSettings.isName(name) else {
            throw refusal(
                "a \(prefix.dropLast())'s name has 1 to 64 letters, digits, `.`, `_` or `-`")
        }
        return name
    }

    func refusal(_ reason: String) -> INIDocument.Refusal {
        INIDocument.Refusal(line: line, reason: reason)
    }

    /// Hands over the entries; one that is none of these keys, one without a value, and one that may not
    /// be there twice, is refused.
    func forEachEntry(
        of keys: [String], repeating repeatable: Set<String> = [],
        _ body: (INIDocument.Entry) throws(INIDocument.Refusal) -> Void
    ) throws(INIDocument.Refusal) {
        var seen: Set<String> = []
        for entry in entries {
            guard keys.contains(entry.key) else { throw entry.unknown(in: self.name, among: keys) }
            guard seen.insert(entry.key).inserted || repeatable.contains(entry.key) else {
                throw entry.refusal("`\(entry.key)` occurs twice")
            }
            guard !entry.value.isEmpty else { throw entry.refusal("`\(entry.key)` has no value") }
            try body(entry)
        }
    }
}

// Kinds of values that several sections have.
extension INIDocument.Entry {
    /// A program and its arguments; no shell runs it.
    func program() throws(INIDocument.Refusal) -> [String] {
        guard let words = CommandWords.split(value), let program = words.first else {
            throw refusal("`\(key)` has a quotation mark that is not closed")
        }
        guard program.hasPrefix("/") else {
            throw refusal(
                "`\(key)` begins with the absolute path of a program; no shell runs it")
        }
        return words
    }

    /// A whole number.
    /// - Parameter unit: what it counts, in words.
    func number(
        of unit: String, _ range: ClosedRange<Int64>
    ) throws(INIDocument.Refusal) -> Int64 {
        guard let number = Int64(value), range.contains(number) else {
            throw refusal(
                "`\(key)` is a number of \(unit), \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// A time span in seconds, or with `m`, `h` or `d` behind the number in minutes, hours or days.
    func seconds(_ range: ClosedRange<Int64>) throws(INIDocument.Refusal) -> Int64 {
        let unit: Int64? =
            switch value.last {
            case "s": 1
            case "m": 60
            case "h": 3600
            case "d": 86_400
            default: nil
            }
        let digits = unit == nil ? value[...] : value.dropLast()
        let product = Int64(digits)?.multipliedReportingOverflow(by: unit ?? 1)
        guard let product, !product.overflow, range.contains(product.partialValue) else {
            throw refusal(
                "`\(key)` is a time such as 90, 15m, 12h or 3d, at most \(range.upperBound) seconds"
            )
        }
        return product.partialValue
    }

    /// The refusal of a key that the section does not have.
    func unknown(in section: String, among keys: [String]) -> INIDocument.Refusal {
        let near = nearestName(to: key, among: keys).map { "; did you mean `\($0)`?" } ?? ""
        return refusal("unknown key `\(key.sanitised(limit: 60))` in [\(section)]\(near)")
    }

    func refusal(_ reason: String) -> INIDocument.Refusal {
        INIDocument.Refusal(line: line, reason: reason)
    }
}
