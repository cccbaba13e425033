package import SesameJSON
package import SesameSecrets

/// How a command speaks: data to standard output, everything else to standard error.
package struct Output: Sendable {
    package let terminal: any Terminal
    /// Whether data and errors are JSON, one object a line.
    package let isJSON: Bool
    /// Whether steps are shown.
    package let isVerbose: Bool
    private let colours: Set<Stream>

    package init(
        terminal: any Terminal, environment: [String: String], isJSON: Bool, isVerbose: Bool
    ) {
        self.terminal = terminal
        self.isJSON = isJSON
        self.isVerbose = isVerbose
        let wanted = environment.given("NO_COLOR") == nil && environment["TERM"] != "dumb"
        colours = Set([Stream.output, .error].filter { wanted && terminal.isTerminal($0) })
    }

    /// Data for a person.
    package func line(_ text: String) throws(Failure) {
        try terminal.write(text + "\n", to: .output)
    }

    /// Data for a script: one object, one line.
    package func object(_ json: JSONValue) throws(Failure) {
        try data(json.encodedForDisplay())
    }

    /// Data that may be a secret, and a line's end.
    package func data(_ secret: Secret) throws(Failure) {
        var out = SecretBuffer(capacity: secret.count + 1)
        out.append(secret)
        out.append(UInt8(ascii: "\n"))
        try terminal.write(Secret(out), to: .output)
    }

    /// Something worth knowing that is no data.
    package func note(_ text: String) {
        try? terminal.write("sesame: \(text)\n", to: .error)
    }

    /// Something that looks wrong and does not stop us.
    package func warning(_ text: String) {
        note(colour("warning:", .yellow, .error) + " " + text)
    }

    /// Words that only a person at a terminal wants.
    package func tell(_ text: String) {
        if terminal.isTerminal(.error) { try? terminal.write(text + "\n", to: .error) }
    }

    /// What to do next, for a person at a terminal.
    package func hint(_ text: String) {
        if !isJSON { tell("\(colour("hint:", .cyan, .error)) \(text)") }
    }

    /// A step, with `-v`.
    package func step(_ text: String) {
        if isVerbose { try? terminal.write(colour("- \(text)", .dim, .error) + "\n", to: .error) }
    }

    /// Why the command ends.
    package func failure(_ failure: Failure) {
        if isJSON {
            let members: [(String, JSONValue)] = [
                ("code", .string(failure.code)), ("message", .string(failure.message)),
                ("hints", .array(failure.hints.map(JSONValue.string))),
            ]
            let object = JSONValue.object([("error", .object(members))])
            try? terminal.write(object.encoded().dangerouslyRevealedText() + "\n", to: .error)
            return
        }
        // Behind the ^C that the terminal shows.
        if failure.exit == .interrupted { tell("") }
        try? terminal.write(
            colour("sesame:", .red, .error) + " \(failure.message)\n"
                + failure.hints.map { colour("hint:", .cyan, .error) + " \($0)\n" }.joined(),
            to: .error)
    }

    /// The text in a colour, where that stream shows colours.
    package func colour(_ text: String, _ colour: Colour, _ stream: Stream) -> String {
        colours.contains(stream) ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text
    }
}

/// The few colours we use, by their codes (ECMA-48).
package enum Colour: Int, Sendable {
    case bold = 1
    case dim = 2
    case red = 31
    case green = 32
    case yellow = 33
    case cyan = 36
}
