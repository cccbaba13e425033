import SesameBrokerAPI
import SesameHTTP
import SesameJSON
import SesameSecrets
import SesameSystem

/// Shows a person where to enter which code, and for how long (RFC 8628, section 3.3).
///
/// No browser is opened: with an address that holds the code, nobody would compare it (section 5.4).
struct DevicePrompt {
    private let context: Context
    private let code: String
    private let address: HTTPURL
    private let completeAddress: HTTPURL?
    private let expiresAt: Timestamp
    private let progress: Progress

    /// - Throws: where what the broker has passed on is nothing to show.
    init(_ login: LoginMessage, _ context: Context) throws(Failure) {
        guard let code = login.userCode, let expiresAt = login.expiresAt,
            let address = login.verificationURI.flatMap({ HTTPURL($0) }), address.isSecure
        else {
            throw Failure(
                .serverRefused, "the address to log in at is neither https nor this machine's own")
        }
        self.context = context
        self.code = code.sanitised(limit: 64)
        self.address = address
        self.expiresAt = expiresAt
        let complete = login.verificationURIComplete.flatMap { HTTPURL($0) }
        completeAddress = complete?.origin == address.origin ? complete : nil
        progress = Progress("Waiting for you; the code expires ", context.output)
    }

    /// Data are the address and the code, a line each; the words beside them are for a terminal.
    func show() throws(Failure) {
        let output = context.output
        if output.isJSON { return try output.object(event) }
        output.tell(
            "In a browser on any device, open this page of \(output.colour(address.authority, .bold, .error)):\n"
        )
        try output.line(address.description)
        output.tell("\nEnter this code there, or compare it with the one that the page shows:\n")
        try output.line(code)
        if let completeAddress {
            output.tell("\nThis address has the code in it:\n\n\(completeAddress)")
        }
        output.tell("")
        output.hint("never enter a code that somebody has sent you: they would be logged in as you")
    }

    /// How long the person still has.
    func showRemaining() {
        let now = context.surroundings.time.now
        if now < expiresAt { progress.say(expiresAt.relative(to: now)) }
    }

    /// Takes the last line away.
    func end() { progress.end() }

    private var event: JSONValue {
        let remaining = context.surroundings.time.now.seconds(until: expiresAt)
        return .object([
            ("event", "device"), ("user_code", .string(code)),
            ("verification_uri", .string(address.description)),
            ("verification_uri_complete", .optional(completeAddress?.description)),
            ("expires_in", .integer(max(0, remaining))),
        ])
    }
}
