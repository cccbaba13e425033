import Glibc
import SesameBrokerAPI
import SesameSecrets
import SesameSystem

/// Where oidc-agent keeps its accounts, each in a file that is sealed with a passphrase or by GnuPG.
///
/// What has sealed them opens them: `oidc-gen --print`. The passphrase goes to it through a pipe.
struct OIDCAgentFolder {
    let path: String
    private let context: Context

    /// The folder that oidc-agent itself would use.
    init?(_ context: Context) {
        let environment = context.environment
        self.context = context
        if let given = environment.given("OIDC_CONFIG_DIR") {
            path = given
            return
        }
        guard let home = environment.given("HOME") else { return nil }
        let newer = "\(home)/.config/oidc-agent"
        path = PrivateFile.names(in: newer).isEmpty ? "\(home)/.oidc-agent" : newer
    }

    var candidates: [ImportCandidate] {
        PrivateFile.names(in: path).sorted().compactMap { name in
            let file = "\(path)/\(name)"
            guard !name.hasPrefix("."), !name.hasSuffix(".clientconfig"),
                let seal = seal(of: file)
            else { return nil }
            var candidate = ImportCandidate(account: name, place: file) {
                passphrases throws(Failure) in
                try printed(name, file, seal, passphrases)
            }
            candidate.seal = seal
            return candidate
        }
    }

    /// How a file is sealed; `nil` for one that is no account.
    ///
    /// One with a passphrase is lines: the length of the contents, a nonce and a salt in base64, the parameters
    /// of the derivation.
    private func seal(of file: String) -> String? {
        guard isReadableFile(file), let text = try? readFile(file, limit: ImportCandidate.mostBytes)
        else { return nil }
        let lines = text.dangerouslyRevealedText().split(separator: "\n", maxSplits: 4)
        if lines.first == "-----BEGIN PGP MESSAGE-----" { return "gnupg" }
        guard lines.count == 5, Int(lines[0]) != nil,
            lines[3].split(separator: ":").allSatisfy({ Int($0) != nil })
        else { return nil }
        return "passphrase"
    }

    private func printed(
        _ account: String, _ file: String, _ seal: String, _ passphrases: Passphrases
    ) throws(Failure) -> Secret {
        let advice = "where oidc-gen is: oidc-gen --print ACCOUNT | sesame import oidc-agent -"
        guard let program = ProgramSearch.onPath("oidc-gen", environment: context.environment)
        else {
            throw Failure.usage(
                "oidc-gen, which opens the accounts of oidc-agent, is not on the PATH",
                hints: [advice])
        }
        var arguments = ["--print=\(file)"]
        var input = SecretBuffer(capacity: 256)
        if seal == "passphrase" {
            arguments.append("--pw-file=/dev/stdin")
            input.append(
                try passphrases.known(
                    "Passphrase of account \(account.sanitised(limit: 80)) of oidc-agent"))
            input.append(UInt8(ascii: "\n"))
        }
        do throws(CapturedProgram.Failure) {
            return try CapturedProgram.output(
                of: program, arguments, environment: context.environment.withoutSecrets,
                input: Secret(input), limit: ImportCandidate.mostBytes, within: .seconds(120))
        } catch {
            guard case .failed = error else {
                throw Failure.usage("oidc-gen --print: \(error)", hints: [advice])
            }
            throw Failure(
                .keyWrong,
                "oidc-gen cannot open account \(account.sanitised(limit: 80))"
                    + (seal == "passphrase" ? ": most likely the passphrase is wrong" : ""),
                hints: ["see what it says itself: oidc-gen --print \(account.sanitised(limit: 80))"]
            )
        }
    }
}

/// Whether it is a file, or a link to one, that we may read.
func isReadableFile(_ path: String) -> Bool {
    var status = stat()
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        && access(path, R_OK) == 0
}
