import SesameSecrets

/// What was typed, sorted by a command's definition.
package struct Arguments: Sendable {
    private var values: [String: [String]] = [:]
    /// What stands for itself, in order.
    package private(set) var positional: [String] = []
    /// What came behind `--`; `nil` without it.
    package private(set) var rest: [String]?

    /// Whether an option is there.
    package func has(_ option: String) -> Bool { values[option] != nil }

    /// An option's value; where it was given more than once, the last.
    package subscript(option: String) -> String? { values[option]?.last }

    /// All values of an option, in order.
    package func all(_ option: String) -> [String] { values[option] ?? [] }

    /// An option's value as a whole number.
    package func number(_ option: String, in range: ClosedRange<Int64>) throws(Failure) -> Int64? {
        guard let text = self[option] else { return nil }
        guard let number = Int64(text), range.contains(number), !text.hasPrefix("+") else {
            throw Failure.usage(
                "--\(option): not a whole number from \(range.lowerBound) to \(range.upperBound): "
                    + text.sanitised(limit: 40))
        }
        return number
    }

    /// Splits what was typed; options may stand anywhere before `--`.
    /// - Parameter strict: whether an unknown option is an error; it is not while the command's name is
    ///   still being looked for.
    init(_ words: [String], options: [Command.Option], strict: Bool = true) throws(Failure) {
        var index = words.startIndex
        while index < words.endIndex {
            let word = words[index]
            index += 1
            if word == "--" {
                rest = Array(words[index...])
                return
            }
            guard word.hasPrefix("-"), word != "-" else {
                positional.append(word)
                continue
            }
            let takesNext =
                word.hasPrefix("--")
                ? try long(word.dropFirst(2), options, strict)
                : try short(word.dropFirst(), options, strict)
            guard let option = takesNext else { continue }
            guard index < words.endIndex else {
                guard strict else { return }
                throw Failure.usage("--\(option.name) needs a value: \(option.value ?? "VALUE")")
            }
            record(option, words[index])
            index += 1
        }
    }

    /// `--name`, `--name=value`; gives the option when its value is the next word.
    private mutating func long(
        _ word: Substring, _ options: [Command.Option], _ strict: Bool
    ) throws(Failure) -> Command.Option? {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts.first ?? "")
        guard let option = options.first(where: { $0.name == name }) else {
            guard strict else { return nil }
            let like = nearestName(to: name, among: options.map(\.name))
            throw Failure.usage(
                "unknown option: --\(name.sanitised(limit: 60))",
                hints: like.map { ["did you mean: --\($0)"] } ?? [])
        }
        if parts.count == 2 {
            guard option.value != nil else { throw Failure.usage("--\(name) takes no value") }
            record(option, String(parts[1]))
            return nil
        }
        if option.value == nil { record(option, "") }
        return option.value == nil ? nil : option
    }

    /// `-i`, `-iv`, `-X POST`, `-XPOST`; gives the option when its value is the next word.
    private mutating func short(
        _ word: Substring, _ options: [Command.Option], _ strict: Bool
    ) throws(Failure) -> Command.Option? {
        var letters = word
        while let letter = letters.popFirst() {
            guard let option = options.first(where: { $0.short == letter }) else {
                guard strict else { return nil }
                throw Failure.usage("unknown option: -\(String(letter).sanitised())")
            }
            if option.value == nil {
                record(option, "")
            } else if letters.isEmpty {
                return option
            } else {
                record(option, String(letters))
                return nil
            }
        }
        return nil
    }

    private mutating func record(_ option: Command.Option, _ value: String) {
        values[option.name, default: []].append(value)
    }
}

extension Arguments {
    /// Drops the words of the command's own name.
    mutating func dropFirst(_ count: Int) {
        positional.removeFirst(count)
    }
}
