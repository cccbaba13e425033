import SesameSecrets

/// The one line of a secret's source, without its end.
/// - Parameter what: what the secret is called in messages, such as `client secret`.
func singleLine(of text: Secret, _ what: String) throws(Failure) -> Secret {
    let line = text.withBytes { bytes in
        var end = bytes.count
        if end > 0, bytes[end - 1] == UInt8(ascii: "\n") { end -= 1 }
        if end > 0, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        return Secret(copying: bytes.extracting(0..<end))
    }
    guard !line.isEmpty else { throw Failure.usage("the \(what) is empty") }
    let isOneLine = line.withBytes { bytes in bytes.indices.allSatisfy { bytes[$0] >= 0x20 } }
    guard isOneLine else { throw Failure.usage("the \(what) is more than one line") }
    return line
}

/// A secret from standard input: without an echo where a person types it.
func secretLine(_ what: String, _ context: Context) throws(Failure) -> Secret {
    guard context.terminal.isTerminal(.input) else {
        return try singleLine(of: context.terminal.readInput(limit: secretLimit), what)
    }
    guard let line = try context.terminal.readLine(after: "\(what): ", hidden: true) else {
        throw Failure.usage("no \(what) was given")
    }
    return try singleLine(of: line, what)
}

let secretLimit = 65_536
