import SesameBrokerAPI
import SesameSecrets

/// Asks a person where the key of a new store shall live, and says what each place is worth.
struct KeyGuide {
    private let context: Context
    private let questions: Questions

    init(_ context: Context) {
        self.context = context
        questions = Questions(context)
    }

    /// Makes the store where there is none, and asks before; without a person it does nothing, and
    /// the first command that needs the store makes it as configured.
    func makeStoreIfAbsent() throws(Failure) {
        guard context.terminal.isInteractive, !context.output.isJSON else { return }
        let store = try context.ask { broker throws(Problem) in try broker.store() }
        guard store.state == .absent, let start = try chosen(store) else { return }
        _ = try context.ask { broker throws(Problem) in try broker.makeKey(start) }
    }

    /// What the person wants; `nil` where the configuration has said it already.
    private func chosen(_ store: StoreMessage) throws(Failure) -> KeyStartMessage? {
        switch store.configured {
        case .credential, .command: return nil
        case .passphrase: return try passphrase(nil)
        case .file: break
        }
        context.output.tell(
            "\nWhat is stored is sealed with a key. Where shall the key live?")
        let file = store.detail.sanitised()
        switch try questions.choose(
            "Each place leaves something open:",
            [
                "in a file, \(file): nothing to type; whoever copies both the file and the store reads all",
                "nowhere: it is made from a passphrase: asked for after each restart of the machine",
                "in another program, such as pass or a cloud's key service: as safe as that program",
                "in a systemd credential: for a service only; root of this machine can read it",
            ])
        {
        case 0: return KeyStartMessage(source: .file(path: nil))
        case 1: return try passphrase(.passphrase)
        case 2: return KeyStartMessage(source: try command())
        default: return KeyStartMessage(source: try credential())
        }
    }

    private func passphrase(_ source: KeySourceMessage?) throws(Failure) -> KeyStartMessage {
        KeyStartMessage(
            source: source,
            passphrase: try Passphrases(context).chosen("New passphrase of the store"))
    }

    private func command() throws(Failure) -> KeySourceMessage {
        context.output.tell(
            "Put a key there first: sesame key generate | pass insert --multiline sesame")
        while true {
            let text = try questions.text("Command that prints it", suggestion: "pass show sesame")
            do throws(Failure) {
                return try KeySourceOptions.command(text, context)
            } catch {
                context.output.tell("\(error.message).")
            }
        }
    }

    private func credential() throws(Failure) -> KeySourceMessage {
        while true {
            let name = try questions.text("Name of the credential", suggestion: "sesame-key")
            do throws(Failure) {
                return try KeySourceOptions.credential(name)
            } catch {
                context.output.tell("\(error.message).")
            }
        }
    }
}
