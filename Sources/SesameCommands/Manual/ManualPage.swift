import SesameBrokerAPI

/// The manual page of the command line, made from the table of commands as the help is.
package enum ManualPage {
    /// The page in mdoc(7).
    package static func text(
        of commands: [Command] = CommandTable.all,
        globalOptions: [Command.Option] = Command.globalOptions
    ) -> String {
        var page = Mdoc()
        page.macro("Dd", SesameVersion.date)
        page.macro("Dt", "SESAME 1")
        page.macro("Os")
        describe(&page)
        page.macro("Sh", "COMMANDS")
        for command in commands { describe(command, &page) }
        page.macro("Sh", "OPTIONS OF EVERY COMMAND")
        list(globalOptions, &page)
        surroundings(&page)
        page.macro("Sh", "EXIT STATUS")
        page.list(ExitCode.meanings) {
            "\($0.0.rawValue)"
        } meaning: {
            $0.1.capitalisedSentence
        }
        page.macro("Sh", "EXAMPLES")
        for command in commands { showExamples(of: command, &page) }
        page.macro("Sh", "SEE ALSO")
        page.macro("Xr", "sesame-config 5", ",")
        page.macro("Xr", "sesamed 8")
        return page.text
    }

    private static func describe(_ page: inout Mdoc) {
        page.macro("Sh", "NAME")
        page.macro("Nm", "sesame")
        page.macro("Nd", "keep OAuth 2 logins fresh and hand out access tokens")
        page.macro("Sh", "SYNOPSIS")
        page.macro("Nm")
        page.macro("Ar", "command")
        page.macro("Op", "Ar argument ...")
        page.macro("Op", "Ar option ...")
        page.macro("Sh", "DESCRIPTION")
        page.text(
            "sesame logs in to OAuth 2 servers once and gives programs fresh access tokens ever after. "
                + "Refresh tokens, client secrets and the key of the store stay with the broker sesamed. "
                + "If one is running, sesame uses it. Otherwise it starts one for this command, and "
                + "nothing stays behind.")
        page.macro("Pp")
        page.text(
            "Data goes to standard output, all else to standard error. No option takes a secret as its "
                + "value, since other users can read a command line. Options may stand anywhere before "
                + "--, and their values behind a blank or behind an equals sign.")
    }

    private static func describe(_ command: Command, _ page: inout Mdoc) {
        page.macro("Ss", Mdoc.word(command.synopsis))
        page.text(command.summary.capitalisedSentence)
        for paragraph in command.details {
            page.macro("Pp")
            page.text(paragraph)
        }
        if !command.arguments.isEmpty {
            page.list(command.arguments) {
                "Ar \(Mdoc.word($0.name))"
            } meaning: {
                $0.explanation.capitalisedSentence
            }
        }
        if !command.options.isEmpty { list(command.options, &page) }
    }

    private static func list(_ options: [Command.Option], _ page: inout Mdoc) {
        page.list(options) { option in
            let short = option.short.map { "Fl \($0) , " } ?? ""
            let value = option.value.map { " Ar \(Mdoc.word($0))" } ?? ""
            return short + "Fl \\-" + option.name.replacingHyphens + value
        } meaning: {
            $0.explanation.capitalisedSentence
        }
    }

    private static func surroundings(_ page: inout Mdoc) {
        page.macro("Sh", "ENVIRONMENT")
        page.list(environment) {
            "Ev \($0.name)"
        } meaning: {
            $0.meaning
        }
        page.macro("Sh", "FILES")
        page.list(files) {
            "Pa \(Mdoc.word($0.name))"
        } meaning: {
            $0.meaning
        }
    }

    private static func showExamples(of command: Command, _ page: inout Mdoc) {
        for example in command.examples {
            page.text(example.purpose)
            page.display([example.line])
        }
    }

    /// What the client and the broker read in their environment.
    package static let environment: [(name: String, meaning: String)] = [
        ("SESAME_PROFILE", "The profile, where no argument and no option names one."),
        (
            "SESAME_HOME",
            "One folder for configuration, store, key and socket, for containers and tests."
        ),
        ("SESAME_CONFIG", "The configuration file."),
        ("SESAME_SOCKET", "The socket of the broker."),
        ("XDG_CONFIG_HOME", "Where configurations lie, unless in ~/.config."),
        ("XDG_STATE_HOME", "Where the store lies, unless in ~/.local/state."),
        ("XDG_RUNTIME_DIR", "Where the socket lies. Without it, the socket lies beside the store."),
        (
            "BROWSER",
            "The program that is run with the address of a login as its one argument and without a "
                + "shell. Otherwise xdg-open is."
        ),
        ("NO_COLOR", "Where it is set, nothing is shown in colours."),
    ]

    private static let files: [(name: String, meaning: String)] = [
        ("~/.config/sesame/config", "The configuration. It holds no secrets."),
        ("~/.config/sesame/store.key", "The key of the store, unless it has another source."),
        ("~/.local/state/sesame/store.db", "The store. All that is secret in it is sealed."),
        ("~/.local/state/sesame/audit.log", "Who got what for where."),
        ("$XDG_RUNTIME_DIR/sesame/broker.sock", "The socket of the broker."),
    ]
}

extension String {
    /// With the hyphens that a shell takes.
    fileprivate var replacingHyphens: String {
        map { $0 == "-" ? "\\-" : String($0) }.joined()
    }
}
