/// A program and its arguments in one line: words with blanks between them; double quotes hold a word
/// together that has blanks.
///
/// Nothing else has a meaning: no shell reads it.
package enum CommandWords {
    /// The words of a line; `nil` where a quotation mark is not closed.
    package static func split(_ line: String) -> [String]? {
        var words: [String] = []
        var word: String?
        var isQuoted = false
        for letter in line {
            if letter == "\"" {
                isQuoted.toggle()
                word = word ?? ""
            } else if !isQuoted, letter == " " || letter == "\t" {
                if let complete = word { words.append(complete) }
                word = nil
            } else {
                word = (word ?? "") + String(letter)
            }
        }
        if let word { words.append(word) }
        return isQuoted ? nil : words
    }

    /// The line that ``split(_:)`` takes apart into these words.
    package static func joined(_ words: [String]) -> String {
        words.map { $0.isEmpty || $0.contains(where: \.isWhitespace) ? "\"\($0)\"" : $0 }
            .joined(separator: " ")
    }
}
