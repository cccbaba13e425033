import SesameBrokerAPI
import SesameHTTP
import SesameJSON
import SesameSecrets
import SesameSystem

extension Command {
    static let login = Command(
        name: "login", summary: "log in through the browser",
        details: [
            "The browser is $BROWSER, run with the URL as its one argument, or xdg-open. Over SSH and without "
                + "a display a code is shown instead, to be entered in a browser anywhere, or the URL where the "
                + "server has no such codes.",
            "Enter a code only for a login that you have begun yourself: whoever asks you to enter another one "
                + "wants to log in as you.",
        ],
        arguments: [.profile],
        options: [
            Option(name: "no-browser", summary: "print the URL only, and wait"),
            Option(
                name: "paste", summary: "read the address the browser ends at from standard input"),
            Option(
                name: "device", summary: "show a code to enter in a browser on any other device"),
            Option(name: "timeout", value: "S", summary: "give up after S seconds (300)"),
        ],
        examples: [
            Example("sesame login aivie", "Opens the browser and waits until you are done."),
            Example("sesame login aivie --paste", "On a machine that your browser cannot reach."),
            Example("sesame login work --device", "With your phone, where the server has codes."),
            Example(
                "sesame login aivie --no-browser --json", "Events for a program that opens the URL."
            ),
        ],
        run: { context throws(Failure) in
            let profile = try context.profile().name
            return try LoginDialogue(context, profile: profile).run()
        })
}

/// One login from the first request to its end.
struct LoginDialogue {
    private let context: Context
    private let profile: String
    private let timeout: Int64
    private let way: LoginWay

    init(_ context: Context, profile: String) throws(Failure) {
        self.context = context
        self.profile = profile
        timeout = try context.arguments.number("timeout", in: 1...3600) ?? 300
        way = try LoginWay.chosen(context)
    }

    func run() throws(Failure) -> ExitCode {
        let start = LoginStartMessage(mode: way.mode, timeout: timeout)
        let login = try context.ask(about: profile) { broker throws(Problem) in
            try broker.beginLogin(to: profile, start)
        }
        guard let id = login.id, login.state == .pending else { return try finish(login) }
        let ended = try context.terminal.deferringInterruption { () throws(Failure) in
            do throws(Failure) {
                if login.userCode != nil {
                    let prompt = try DevicePrompt(login, context)
                    try prompt.show()
                    return try wait(for: id, nil, prompt)
                }
                let companion = try present(login)
                return way.isPaste ? try paste(into: id) : try wait(for: id, companion)
            } catch {
                // The port is closed and the answer refused from here on.
                try? context.ask { broker throws(Problem) in try broker.cancelLogin(id) }
                throw error
            }
        }
        return try finish(ended)
    }

    /// Shows the way to the browser, or opens it.
    private func present(_ login: LoginMessage) throws(Failure) -> (any Companion)? {
        guard let text = login.authorizationURL, let url = HTTPURL(text), url.isSecure else {
            throw Failure(
                .serverRefused, "the address to log in at is neither https nor this machine's own")
        }
        if context.output.isJSON {
            try context.output.object(
                .object([("event", "authorize"), ("url", .string(url.description))]))
        }
        if case .browser(let program) = way {
            context.output.tell("Opening your browser. If nothing opens, go to:\n\n  \(url)\n")
            let companion = context.surroundings.start(
                program, [url.description], context.environment.withoutSecrets)
            if companion == nil {
                context.output.note("the browser cannot be started: \(program.sanitised())")
            }
            return companion
        }
        context.output.tell("Open this address in a browser:\n")
        if !context.output.isJSON { try context.output.line(url.description) }
        explain(login)
        return nil
    }

    private func explain(_ login: LoginMessage) {
        guard !way.isPaste else {
            return context.output.tell(
                "\nAfter you have agreed, the browser ends at an address that it may not be able to show.\n"
                    + "Copy that whole address from its address bar and paste it here:")
        }
        guard way.isOverSSH, let redirect = login.redirectURI.flatMap({ HTTPURL($0) })
        else { return }
        context.output.tell("")
        context.output.hint(
            "the browser must reach this machine: ssh -L \(redirect.port):127.0.0.1:\(redirect.port) HOST"
        )
        context.output.hint(
            "or paste the address by hand: sesame login \(profile.sanitised()) --paste")
    }

    /// - Parameter prompt: what shows a person how long a code will last.
    private func wait(
        for id: String, _ companion: (any Companion)?, _ prompt: DevicePrompt? = nil
    ) throws(Failure) -> LoginMessage {
        let start = context.surroundings.time.uptime
        var companion = companion
        var isReminded = prompt != nil
        defer { prompt?.end() }
        while true {
            prompt?.showRemaining()
            let login = try poll(id)
            if login.state != .pending { return login }
            if let status = companion?.exitStatus() {
                companion = nil
                if status != 0 {
                    context.output.note("the browser ended with exit status \(status)")
                }
            }
            if !isReminded, context.surroundings.time.uptime - start > .seconds(45) {
                isReminded = true
                context.output.tell(
                    "Still waiting. If you refused, or the browser shows an error: press Ctrl-C.")
            }
        }
    }

    /// Reads the address, and keeps the connection to the broker alive meanwhile.
    private func paste(into id: String) throws(Failure) -> LoginMessage {
        while true {
            while !context.terminal.awaitInput(seconds: 5) {
                let login = try poll(id)
                if login.state != .pending { return login }
            }
            if context.terminal.isInterrupted { throw .interrupted }
            guard let line = try context.terminal.readLine(after: "", hidden: false) else {
                throw Failure.usage("no address was given")
            }
            if line.isEmpty { continue }
            let login: LoginMessage
            do throws(Failure) {
                login = try context.ask(about: profile) { broker throws(Problem) in
                    try broker.completeLogin(id, callback: line.trimmed)
                }
            } catch {
                guard error.code == Problem.Code.badCallback.rawValue,
                    context.terminal.isInteractive
                else {
                    throw error
                }
                context.output.note(error.message)
                context.output.tell("Paste the whole address, from http to its end:")
                continue
            }
            return login.state == .pending ? try wait(for: id, nil) : login
        }
    }

    private func poll(_ id: String) throws(Failure) -> LoginMessage {
        if context.terminal.isInterrupted { throw .interrupted }
        // A second at most, so that Ctrl-C is noticed soon.
        let login = try context.ask(about: profile) { broker throws(Problem) in
            try broker.login(id, wait: 1)
        }
        if context.terminal.isInterrupted, login.state == .pending { throw .interrupted }
        return login
    }

    private func finish(_ login: LoginMessage) throws(Failure) -> ExitCode {
        guard login.state == .done else {
            throw Failure(
                login.error ?? Problem(.internal, "the login ended without a reason"),
                profile: profile)
        }
        if let note = login.note { context.output.warning(note.asMessage) }
        if context.output.isJSON {
            try context.output.object(
                .object([
                    ("event", "done"), ("profile", .string(login.profile)),
                    ("scope", .optional(login.scope)),
                    ("expires_at", .optional(login.expiresAt?.description)),
                ]))
            return .done
        }
        let now = context.surroundings.time.now
        let expiry =
            login.expiresAt.map { "; the access token expires \($0.relative(to: now))" } ?? ""
        context.output.note("logged in: \(login.profile.sanitised())\(expiry)")
        return .done
    }
}

extension Secret {
    /// Without blanks at both ends, which pasting adds.
    var trimmed: Secret {
        withBytes { bytes in
            let kept = bytes.indices.filter { bytes[$0] > 0x20 }
            guard let first = kept.first, let last = kept.last else { return Secret(copying: []) }
            return Secret(copying: bytes.extracting(first..<(last + 1)))
        }
    }
}
