/// Facts about one thing: a name in front, behind it what is known, which may take several lines.
struct Facts {
    private var rows: [(name: String, values: [String])] = []

    /// Adds a fact; without a value there is none.
    mutating func add(_ name: String, _ values: String?...) {
        let known = values.compactMap(\.self)
        if !known.isEmpty { rows.append((name, known)) }
    }

    /// Adds a fact of several lines.
    mutating func add(_ name: String, lines values: [String]) {
        if !values.isEmpty { rows.append((name, values)) }
    }

    /// The lines, the names as wide as the widest.
    /// - Parameter style: changes a name after it was padded.
    func lines(style: (String) -> String) -> [String] {
        let width = rows.map(\.name.count).max() ?? 0
        return rows.flatMap { row in
            row.values.enumerated().map { index, value in
                let name = index == 0 ? row.name : ""
                let padding = String(repeating: " ", count: width - name.count)
                return (name.isEmpty ? "" : style(name)) + padding + "  " + value
            }
        }
    }
}

extension Output {
    /// Facts for a person, their names in bold.
    func facts(_ facts: Facts) throws(Failure) {
        for text in facts.lines(style: { colour($0, .bold, .output) }) { try line(text) }
    }
}
