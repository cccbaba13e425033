import SesameBrokerAPI
import SesameJSON
import SesameSecrets
import SesameSystem

extension Command {
    static let keyStatus = Command(
        name: "key status", summary: "show where the store key comes from and what it protects",
        details: [
            "It needs no key, so it also works with a store that is locked or cannot be opened."
        ],
        examples: [
            Example("sesame key status", "Facts for a person."),
            Example("sesame key status --json", "The same for a script."),
        ],
        run: showKey)
}

private func showKey(_ context: Context) throws(Failure) -> ExitCode {
    try context.expectNoArguments(of: "key status")
    let store = try context.ask { broker throws(Problem) in try broker.store() }
    if context.output.isJSON {
        try context.output.object(store.json)
        return .done
    }
    let now = context.surroundings.time.now
    var facts = Facts()
    facts.add("store", store.path.sanitised())
    facts.add("state", store.state.inWords, store.error?.asMessage)
    facts.add("key", store.keyInWords, store.mismatchInWords)
    facts.add("protects", lines: store.protects.map(\.asMessage))
    facts.add("does not protect", lines: store.doesNotProtect.map(\.asMessage))
    facts.add("derivation", store.derivation?.sanitised())
    facts.add(
        "data keys",
        lines: store.generations.map {
            "generation \($0.generation), made \($0.createdAt.relative(to: now))"
        })
    facts.add(
        "re-sealing", store.resealing.map { "unfinished: \($0.done) of \($0.total) profiles" })
    facts.add("profiles", store.profiles.map { "\($0)" })
    facts.add(
        "older copies",
        store.anchor.map { "are noticed (\($0.sanitised()))" } ?? "are not noticed on this machine"
    )
    facts.add("memory", store.memory.inWords)
    facts.add("unlocked until", store.unlockedUntil?.description)
    try context.output.facts(facts)
    for hint in store.nextSteps { context.output.hint(hint) }
    return .done
}

extension StoreMessage {
    /// Where the key comes from: the store's own word, else the configuration's.
    var keyInWords: String {
        let kind = source ?? configured
        // The detail belongs to what is configured.
        guard kind == configured, kind != .passphrase else { return kind.inWords }
        return "\(kind.inWords) \(detail.sanitised())"
    }

    fileprivate var mismatchInWords: String? {
        guard let source, source != configured else { return nil }
        return "but the configuration names: \(configured.inWords) \(detail.sanitised())"
    }

    fileprivate var nextSteps: [String] {
        if let source, source != configured {
            return [
                "name the \(source.inWords) in the configuration; key rotate can change it then"
            ]
        }
        if resealing != nil { return ["sesame key rotate --full seals everything anew"] }
        return switch state {
        case .locked: ["sesame unlock"]
        case .absent: ["sesame setup, or sesame key init, makes it"]
        case .open, .unusable: []
        }
    }
}

extension StoreMessage.State {
    fileprivate var inWords: String {
        switch self {
        case .open: "open"
        case .locked: "locked: it waits for its passphrase"
        case .absent: "there is none yet"
        case .unusable: "cannot be opened"
        }
    }
}

extension StoreMessage.Memory {
    fileprivate var inWords: String {
        switch self {
        case .locked: "secrets of the broker are kept out of the swap space"
        case .notLocked:
            "secrets of the broker may reach the swap space: the system would not lock them"
        case .absent: "secrets of the broker may reach the swap space"
        }
    }
}
