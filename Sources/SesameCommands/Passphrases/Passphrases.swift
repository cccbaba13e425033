import Glibc
import SesameBrokerAPI
import SesameSecrets
import SesameSystem

/// Passphrases: from the descriptor or the file that was named, else from a person at a terminal.
///
/// Where nobody would see the question it is not asked: the command ends at once (K-12).
struct Passphrases {
    private let context: Context
    private let given: Secret?

    /// Reads what the options name.
    ///
    /// That comes first in a command: the descriptor belongs to the caller only as long as nothing
    /// else was opened.
    init(_ context: Context) throws(Failure) {
        self.context = context
        given = try Self.given(context)
    }

    /// The options of commands that may need one.
    static let options: [Command.Option] = [
        .init(
            name: "passphrase-fd", value: "N",
            summary: "read the passphrase from descriptor N (0, or 3 and above), one line"),
        .init(
            name: "passphrase-file", value: "F",
            summary: "read the passphrase from the private file F", content: .file),
    ]

    /// One that was chosen before.
    /// - Parameter what: what it opens, in a prompt: `Passphrase of the store`.
    func known(_ what: String) throws(Failure) -> Secret {
        if let given { return given }
        return try Self.typed(what, context)
    }

    /// One that was chosen before, by a person at the terminal.
    static func typed(_ what: String, _ context: Context) throws(Failure) -> Secret {
        try expectPerson(context)
        return try ask(what, context)
    }

    /// One that is being chosen: typed twice, and not a short one.
    /// - Parameter what: what it is for, in a prompt: `New passphrase of the store`.
    func chosen(_ what: String) throws(Failure) -> Secret {
        if let given {
            if let objection = Self.objection(to: given) { throw Failure.usage(objection) }
            warn(about: given)
            return given
        }
        try Self.expectPerson(context)
        while true {
            let passphrase = try Self.ask(what, context)
            if let objection = Self.objection(to: passphrase) {
                context.output.tell("\(objection.prefix(1).uppercased() + objection.dropFirst()).")
                continue
            }
            guard try Self.ask("The same again", context).equals(passphrase) else {
                context.output.tell("These two differ.")
                continue
            }
            warn(about: passphrase)
            return passphrase
        }
    }

    private static func ask(_ what: String, _ context: Context) throws(Failure) -> Secret {
        while true {
            let prompt = "\(what), not shown: "
            guard let line = try context.terminal.readLine(after: prompt, hidden: true) else {
                throw Failure(.storeLocked, "no passphrase was typed", hints: [advice])
            }
            if !line.isEmpty { return try singleLine(of: line, "passphrase") }
        }
    }

    private static func expectPerson(_ context: Context) throws(Failure) {
        guard context.terminal.isInteractive else {
            throw Failure(
                .storeLocked, "a passphrase is needed, and there is no terminal to ask for it on",
                hints: [advice])
        }
    }

    private func warn(about passphrase: Secret) {
        guard Self.length(of: passphrase) < Self.advisedLength else { return }
        context.output.warning(
            "a passphrase of less than \(Self.advisedLength) characters can be guessed by who has a copy;"
                + " four random words or more are better")
    }

    private static func objection(to passphrase: Secret) -> String? {
        length(of: passphrase) < smallestLength
            ? "a passphrase has \(smallestLength) characters or more" : nil
    }

    /// Characters, counted in UTF-8 without making a text of them.
    private static func length(of passphrase: Secret) -> Int {
        passphrase.withBytes { bytes in bytes.indices.count { bytes[$0] & 0xC0 != 0x80 } }
    }

    /// Whether an option names one.
    var isGiven: Bool { given != nil }

    private static let smallestLength = 8
    private static let advisedLength = 12
    private static let advice = "give it by --passphrase-fd N or --passphrase-file F"
}

// Where scripts put it.
extension Passphrases {
    private static func given(_ context: Context) throws(Failure) -> Secret? {
        switch (context.arguments["passphrase-fd"], context.arguments["passphrase-file"]) {
        case (nil, nil): nil
        case (nil, let file?): try singleLine(of: contents(of: file), "passphrase")
        case (_?, nil): try line(of: context)
        case (_?, _?):
            throw Failure.usage("--passphrase-fd and --passphrase-file exclude each other")
        }
    }

    private static func contents(of file: String) throws(Failure) -> Secret {
        do throws(PrivateFile.Failure) {
            return try PrivateFile.read(file, limit: 4096)
        } catch {
            throw Failure.usage("--passphrase-file \(file.sanitised()): \(error)")
        }
    }

    private static func line(of context: Context) throws(Failure) -> Secret {
        let number = try context.arguments.number("passphrase-fd", in: 0...65_535) ?? 0
        guard number == 0 || number > 2, let number = Int32(exactly: number) else {
            throw Failure.usage("--passphrase-fd: 1 and 2 are for writing; take 0, or 3 and above")
        }
        let isTyped = number == 0 ? context.terminal.isTerminal(.input) : isatty(number) == 1
        guard !isTyped else {
            throw Failure.usage(
                "--passphrase-fd \(number) is a terminal",
                hints: ["without the option you are asked, and what you type does not show"])
        }
        let line =
            number == 0
            ? try context.terminal.readLine(after: "", hidden: false) : try Self.line(of: number)
        return try singleLine(of: line ?? Secret(copying: []), "passphrase")
    }

    private static func line(of descriptor: Int32) throws(Failure) -> Secret? {
        do throws(SystemError) {
            return try FileDescriptor.readLine(descriptor, limit: 4096)
        } catch {
            throw Failure.usage("--passphrase-fd \(descriptor): \(error)")
        }
    }
}
