import SesameBrokerAPI
import SesameJSON
import SesameSecrets
import SesameSystem

extension Command {
    static let generateKey = Command(
        name: "key generate", summary: "print a new store key, for a place that you keep it in",
        details: [
            "It is one line of 32 random bytes, to be piped into a password manager or into "
                + "systemd-creds. Nothing is stored and no store is changed. On a terminal it prints "
                + "nothing, since the key would stay on the screen."
        ],
        options: [.force],
        examples: [
            Example(
                "sesame key generate | pass insert --multiline sesame",
                "A key for: sesame key init --key-command '/usr/bin/pass show sesame'."),
            Example(
                "sesame key generate | systemd-creds encrypt --name=sesame-key - /etc/sesame.cred",
                "A key for a service with LoadCredentialEncrypted=sesame-key:/etc/sesame.cred."),
        ],
        run: generate)
}

private func generate(_ context: Context) throws(Failure) -> ExitCode {
    try context.expectNoArguments(of: "key generate")
    try context.requireNoTerminal(for: "the key")
    let key = try newKey(context)
    if context.output.isJSON {
        try context.output.object(.object([("key", .secret(key))]))
    } else {
        try context.output.data(key)
    }
    return .done
}

/// The line that a key file, a credential and a key command all hold.
private func newKey(_ context: Context) throws(Failure) -> Secret {
    let bytes: Secret
    do throws(SystemError) {
        bytes = try context.surroundings.random(32)
    } catch {
        throw Failure(.internal, "no key can be made: \(error)")
    }
    var line = SecretBuffer(capacity: 64)
    line.append("sesame-key-1 ")
    bytes.withBytes { Base64URL.encode($0, into: &line) }
    return Secret(line)
}
