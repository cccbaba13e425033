import SesameHTTP
import SesameSecrets

/// Questions on a terminal, asked again until the answer will do.
struct Questions {
    private let context: Context
    private var terminal: any Terminal { context.terminal }

    init(_ context: Context) {
        self.context = context
    }

    /// One of a few; the first is the usual one.
    func choose(_ question: String, _ choices: [String]) throws(Failure) -> Int {
        context.output.tell(question)
        for (index, choice) in choices.enumerated() {
            context.output.tell("  \(index + 1)) \(choice)")
        }
        while true {
            let answer = try text("Number", suggestion: "1")
            if let number = Int(answer), choices.indices.contains(number - 1) { return number - 1 }
            context.output.tell("A number from 1 to \(choices.count), please.")
        }
    }

    /// Yes or no.
    func agree(_ question: String, usual: Bool) throws(Failure) -> Bool {
        while true {
            switch try line("\(question) [\(usual ? "Y/n" : "y/N")] ").lowercased() {
            case "": return usual
            case "y", "yes": return true
            case "n", "no": return false
            default: context.output.tell("y or n, please.")
            }
        }
    }

    /// A text that is no secret.
    func text(
        _ question: String, suggestion: String? = nil, mayBeEmpty: Bool = false
    ) throws(Failure) -> String {
        while true {
            let answer = try line(question + (suggestion.map { " [\($0)]" } ?? "") + ": ")
            if answer.isEmpty, let suggestion { return suggestion }
            if !answer.isEmpty || mayBeEmpty { return answer }
        }
    }

    /// An address that is https, or this machine's own; `https://` may be left out.
    func url(_ question: String, suggestion: String? = nil) throws(Failure) -> HTTPURL {
        while true {
            let answer = try text(question, suggestion: suggestion)
            let url = HTTPURL(answer.contains("://") ? answer : "https://" + answer)
            if let url, url.isSecure, url.fragment == nil, url.query == nil { return url }
            context.output.tell(
                url?.isSecure == false
                    ? "Only https is safe enough, except on this machine."
                    : "That is not an address.")
        }
    }

    /// A secret: what is typed does not show.
    func secret(_ question: String, mayBeEmpty: Bool = false) throws(Failure) -> Secret {
        while true {
            let prompt = "\(question), not shown: "
            guard let answer = try terminal.readLine(after: prompt, hidden: true)?.trimmed else {
                throw Self.endOfInput
            }
            if !answer.isEmpty || mayBeEmpty { return answer }
        }
    }

    private func line(_ prompt: String) throws(Failure) -> String {
        guard let answer = try terminal.readLine(after: prompt, hidden: false) else {
            throw Self.endOfInput
        }
        return answer.trimmed.dangerouslyRevealedText()
    }

    private static let endOfInput = Failure.usage("the input ended before the last answer")
}
