/// A shell that can complete our command lines.
package enum CompletionShell: String, Sendable, CaseIterable {
    case bash
    case zsh
    case fish

    /// The script that teaches the shell a table of commands.
    ///
    /// The table stands in the script, so that completing costs no start of a program. Only the names of
    /// profiles are asked for while somebody types: of `sesame` on `PATH`, never of a path that was
    /// typed and may be anybody's. What it prints is compared and offered, not evaluated.
    package func script(
        for commands: [Command] = CommandTable.all,
        globalOptions: [Command.Option] = Command.globalOptions
    ) -> String {
        let tree = CommandTree(commands, globalOptions: globalOptions)
        return switch self {
        case .bash: BashCompletion(tree: tree).script
        case .zsh: ZshCompletion(tree: tree).script
        case .fish: FishCompletion(tree: tree).script
        }
    }
}
