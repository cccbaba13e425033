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

extension Context {
    /// Says that what is handed out may be of no use by itself.
    func warnOfCertificate() {
        output.warning(
            "the token may be bound to the profile's client certificate: the API takes it only over a "
                + "connection on which that is shown, as sesame request does")
    }
}
