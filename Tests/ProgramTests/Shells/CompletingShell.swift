import SesameSecrets
import SesameSystem
import TestSupport
import Testing

/// A shell of the machine that has read our script for it, and what it offers.
struct CompletingShell {
    let name: String
    let sesame: Sesame
    /// Stands before all other folders of `PATH`.
    let programs: String

    /// - Parameter programs: the folder of the program `sesame`; the built one's if nothing else.
    init(_ name: String, _ sesame: Sesame, programs: String = BuiltPrograms.folder) async throws {
        self.name = name
        self.sesame = sesame
        self.programs = programs
        // zsh finds it by this name.
        try await sesame.shell("\"$SESAME\" completion \(name) >_sesame")
    }

    /// What is offered behind a line; a value without the option that stands before it.
    func offers(behind line: String) async throws -> Set<String> {
        let finished = try await run(line)
        try #require(finished.status == 0 && finished.errors.isEmpty, "\(finished.errors)")
        return Set(
            finished.output.split(separator: "\n").map { candidate in
                candidate.hasPrefix("--")
                    ? String(candidate.split(separator: "=").last ?? "") : String(candidate)
            })
    }

    private func run(_ line: String) async throws -> ChildProcess.Finished {
        let path = "PATH=\"\(programs):$PATH\""
        switch name {
        case "bash":
            // As bash splits a line: = is a word of its own.
            let words = String(line.flatMap { $0 == "=" ? [" ", $0, " "] : [$0] })
                .split(separator: " ", omittingEmptySubsequences: false)
            let typed = words.map { "'\($0)'" }.joined(separator: " ")
            return try await sesame.shell(
                """
                \(path) bash --norc -c 'source ./_sesame; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); \
                _sesame; ((${#COMPREPLY[@]} == 0)) || printf "%s\\n" "${COMPREPLY[@]}"' bash \(typed)
                """)
        case "zsh":
            return try await sesame.shell("\(path) zsh -f '\(Self.zshScript)' \"$PWD\" '\(line)'")
        default:
            return try await sesame.shell(
                "\(path) fish --no-config -c 'source ./_sesame; complete --do-complete \"\(line)\"'"
                    + " | cut -f1")
        }
    }

    private static let zshScript =
        #filePath.split(separator: "/").dropLast(2).reduce("") { "\($0)/\($1)" }
        + "/Scripts/complete.zsh"
}

extension Sesame {
    /// Has two profiles that nobody is logged in to; the key of the store comes from a program that must
    /// not be run for their names.
    func configureTwoProfiles() throws {
        let text = """
            [store]
            key_command = /bin/sh -c "touch \(folder.file("asked")); exit 1"
            [profile aivie]
            provider = mautic
            base_url = https://acme.example
            [profile work]
            issuer = https://id.example
            client_id = cli

            """
        try PrivateFile.create(folder.file("config"), Secret(utf8: text))
    }
}
