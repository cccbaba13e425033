import SesameSecrets
import SesameSystem

/// A program that prints the root secret, as a ``KeyLine``: `pass show`, a vault's or a cloud's client.
package enum KeyCommand {
    /// How long the program may take.
    package static let timeLimit = Duration.seconds(60)

    /// Runs the program and reads the key that it prints.
    /// - Parameter words: its absolute path and its arguments; there is no shell.
    static func run(
        _ words: [String], environment: [String: String], timeLimit: Duration = timeLimit
    ) throws(StoreError) -> Secret {
        guard let program = words.first, program.hasPrefix("/") else {
            throw StoreError(
                .keyUnreadable, "the key command does not begin with the absolute path of a program"
            )
        }
        if let reason = PrivateFile.objection(toSharedFileAt: program) {
            throw StoreError(
                reason == "cannot be found" ? .keyMissing : .keyUnreadable,
                "the program of the key command, \(program.sanitised()), \(reason)")
        }
        let printed: Secret
        do throws(CapturedProgram.Failure) {
            printed = try CapturedProgram.output(
                of: program, Array(words.dropFirst()), environment: passed(from: environment),
                limit: KeyLine.limit, within: timeLimit)
        } catch {
            throw StoreError(
                error == .overdue || error == .tooLong ? .keyUnreadable : .keyMissing,
                "the key command \(program.sanitised()) gave no key: \(error). Run it yourself to see"
                    + " what it says; nobody can answer questions that it asks here")
        }
        guard let key = KeyLine.parse(printed) else {
            throw StoreError(
                .keyUnreadable,
                "what the key command \(program.sanitised()) prints is no Sesame key;"
                    + " `sesame key generate` prints one")
        }
        return key
    }

    /// What the program finds in its environment: where its files are and whose they are.
    ///
    /// A program that needs more gets it from a script of yours that is named instead.
    static func passed(from environment: [String: String]) -> [String: String] {
        var passed = environment.filter { names.contains($0.key) }
        passed["PATH"] = "/usr/local/bin:/usr/bin:/bin"
        return passed
    }

    private static let names: Set = [
        "HOME", "USER", "LOGNAME", "LANG", "XDG_RUNTIME_DIR", "GNUPGHOME", "PASSWORD_STORE_DIR",
    ]
}
