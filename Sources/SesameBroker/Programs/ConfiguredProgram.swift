import SesameSecrets
import SesameSystem

/// A program that the configuration names, run without a shell: a hook, or one that confirms.
///
/// It learns what it is about from variables, whose values are text for people: nothing of them is ever part of
/// a command.
struct ConfiguredProgram: Sendable {
    /// Its absolute path, and its arguments.
    let words: [String]

    /// How it ended.
    enum End: Sendable, Equatable {
        case success
        /// It said no: status 1.
        case refusal
        /// It did not do what it was for, in words.
        case failure(String)
    }

    /// Runs it to its end, on a thread of its own.
    /// - Parameters:
    ///   - variables: added to the broker's own environment, each named `SESAME_…`.
    ///   - limit: how long it may take before it is killed.
    func run(_ variables: [String: String], within limit: Duration) async -> End {
        await withCheckedContinuation { done in
            do throws(SystemError) {
                try startThread(name: "sesame-hook") {
                    done.resume(returning: runToEnd(variables, within: limit))
                }
            } catch {
                done.resume(returning: .failure("\(error)"))
            }
        }
    }

    private func runToEnd(_ variables: [String: String], within limit: Duration) -> End {
        let program = words[0]
        // Whoever can write the program decides what it says.
        if let reason = PrivateFile.objection(toSharedFileAt: program) {
            return .failure("the program \(program.sanitised()) \(reason)")
        }
        for path in [program, PrivateFile.resolved(program)] {
            let folder = PrivateFile.folder(of: path)
            if let reason = PrivateFile.objection(toFolderAt: folder) {
                return .failure("the folder \(folder.sanitised()) of a program \(reason)")
            }
        }
        let environment = ProcessEnvironment.current.merging(variables) { _, ours in ours }
        do throws(CapturedProgram.Failure) {
            _ = try CapturedProgram.output(
                of: program, Array(words.dropFirst()), environment: environment,
                limit: Self.mostOutput, within: limit)
            return .success
        } catch {
            if case .failed(status: 1) = error { return .refusal }
            return .failure("the program \(program.sanitised()): \(error)")
        }
    }

    /// Bytes that it may print, which go nowhere.
    private static let mostOutput = 65_536
}
