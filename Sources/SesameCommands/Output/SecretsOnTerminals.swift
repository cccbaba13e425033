extension Command.Option {
    static let force = Command.Option(name: "force", summary: "print it on a terminal, too")
}

extension Context {
    /// Refuses to print a secret where it would stay on the screen, unless that is what somebody wants.
    func requireNoTerminal(for secret: String) throws(Failure) {
        guard !terminal.isTerminal(.output) || arguments.has("force") else {
            throw Failure.usage(
                "\(secret) would show on the terminal",
                hints: ["pipe it to where it belongs, or take --force"])
        }
    }
}
