import CLinux
import Glibc
import SesameBrokerAPI
import SesameHTTP
import SesameJSON
import SesameSecrets
import SesameSystem

extension Command {
    static let request = Command(
        name: "request", summary: "send one signed request and print the body of the answer",
        details: [
            "The broker signs and sends it; the token never leaves the broker. A URL that begins with / is "
                + "taken below the profile's base URL. With -d the method is POST, and data that is JSON "
                + "is sent as application/json, other data as a form, unless -H says otherwise.",
            "An answer of status 400 or above is printed too; the exit code is then 5 for 429 and 5xx, 7 "
                + "for the others. Redirects are not followed.",
        ],
        arguments: [
            .profile, Argument(name: "URL", summary: "where to, or a path such as /api/contacts"),
        ],
        options: [
            Option(
                name: "method", short: "X", value: "M", summary: "the method (GET; POST with data)"),
            Option(
                name: "header", short: "H", value: "'K: V'", summary: "a header field",
                repeats: true),
            Option(
                name: "data", short: "d", value: "DATA",
                summary: "the content; @F reads the file F, @- reads standard input"),
            Option(name: "include", short: "i", summary: "print status and header fields first"),
            Option(name: "timeout", value: "S", summary: "give up after S seconds (30)"),
        ],
        examples: [
            Example("sesame request aivie '/api/contacts?limit=5'", "The first contacts."),
            Example(
                "sesame request aivie /api/contacts/new -d '{\"email\":\"a@example.org\"}' -i",
                "Creates a contact and shows the whole answer."),
        ],
        run: sendRequest)
}

private func sendRequest(_ context: Context) throws(Failure) -> ExitCode {
    let (profile, words) = try context.profile(
        arguments: 1, missing: "which URL? or a path such as /api/contacts")
    let message = try message(to: words[0], context)
    let answer = try context.ask(about: profile) { broker throws(Problem) in
        try broker.send(message, as: profile)
    }
    if context.output.isJSON {
        try context.output.object(answer.asObject)
    } else {
        try show(answer, context)
    }
    guard answer.status >= 400 else { return .done }
    let isTemporary = answer.status >= 500 || answer.status == 429
    throw Failure(
        isTemporary ? .temporary : .serverRefused,
        "the server answered with status \(answer.status)")
}

private func message(to url: String, _ context: Context) throws(Failure) -> SignedRequestMessage {
    let arguments = context.arguments
    var message = SignedRequestMessage(method: "GET", url: url)
    for line in arguments.all("header") { try append(line, to: &message.headers) }
    if let data = arguments["data"] {
        let body = try content(data, context.terminal)
        if !message.headers.contains("Content-Type") {
            let isJSON = (try? JSON(parsing: body)) != nil
            message.headers.append(
                "Content-Type", isJSON ? "application/json" : "application/x-www-form-urlencoded")
        }
        message.method = "POST"
        message.body = body
    }
    message.method = arguments["method"] ?? message.method
    try checkMethod(message.method)
    message.timeout = try arguments.number("timeout", in: 1...600) ?? 30
    return message
}

/// Methods are tokens (RFC 9110, section 9.1).
func checkMethod(_ method: String) throws(Failure) {
    guard !method.isEmpty, method.utf8.allSatisfy(isTokenCharacter) else {
        throw Failure.usage("--method: not the name of a method")
    }
}

private func append(_ line: String, to headers: inout HTTPFields) throws(Failure) {
    guard let colon = line.firstIndex(of: ":") else {
        throw Failure.usage("-H: not of the form 'Name: value': \(line.sanitised(limit: 60))")
    }
    let name = String(line[..<colon])
    let value = line[line.index(after: colon)...].drop { $0 == " " }
    guard !equalIgnoringCase(name, "Authorization") else {
        throw Failure.usage("-H: the Authorization field is what sesame adds")
    }
    headers.append(name, String(value))
    guard headers.firstMalformed == nil else {
        throw Failure.usage("-H: not a header field: \(name.sanitised(limit: 60))")
    }
}

private func content(_ data: String, _ terminal: any Terminal) throws(Failure) -> Secret {
    guard data.hasPrefix("@") else { return Secret(utf8: data) }
    let name = String(data.dropFirst())
    if name == "-" { return try terminal.readInput(limit: contentLimit) }
    return try readFile(name, limit: contentLimit)
}

/// A file that is named on the command line.
func readFile(_ path: String, limit: Int) throws(Failure) -> Secret {
    let descriptor = unsafe clinux_open(path, O_RDONLY, 0)
    guard descriptor >= 0 else {
        throw Failure.usage("\(SystemError("opening \(path.sanitised())"))")
    }
    let file = FileDescriptor(owning: descriptor)
    do {
        return try FileDescriptor.readAll(file.number, limit: limit)
    } catch {
        throw Failure.usage("\(path.sanitised()): \(error)")
    }
}

private func show(_ answer: SignedResponseMessage, _ context: Context) throws(Failure) {
    if context.arguments.has("include") {
        try context.output.line("HTTP \(answer.status)")
        for field in answer.headers.all {
            guard case .plain(let value) = field.value else { continue }
            try context.output.line("\(field.name): \(value.sanitised(limit: .max))")
        }
        try context.output.line("")
    }
    guard context.terminal.isTerminal(.output) else {
        return try context.terminal.write(answer.body, to: .output)
    }
    // A body could otherwise reprogram the terminal.
    var text = answer.body.dangerouslyRevealedText()[...]
    if text.last?.isNewline == true { text.removeLast() }
    for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
        try context.output.line(
            line.split(separator: "\t", omittingEmptySubsequences: false)
                .map { String($0).sanitised(limit: .max) }.joined(separator: "\t"))
    }
}

extension SignedResponseMessage {
    /// For scripts: the body as text, or as base64url where it is none.
    fileprivate var asObject: JSONValue {
        let isText = body.withBytes { (try? UTF8Span(validating: $0)) != nil }
        let fields = headers.all.compactMap { field -> JSONValue? in
            guard case .plain(let value) = field.value else { return nil }
            return .object([("name", .string(field.name)), ("value", .string(value))])
        }
        return .object([
            ("status", .integer(Int64(status))), ("headers", .array(fields)),
            isText
                ? ("body", .secret(body))
                : ("body_base64url", .string(body.withBytes { Base64URL.encode($0) })),
        ])
    }
}

private let contentLimit = 1 << 20
