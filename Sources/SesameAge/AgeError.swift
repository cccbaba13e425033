/// Why an age file could not be read or written, and what to do next.
package struct AgeError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is; the first four are the classes of the format's own test vectors.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        package let description: String

        /// The header is not one that the format allows, or asks for more than is done here.
        package static let header = Code(description: "header failure")
        /// The header was changed after the file was sealed.
        package static let mac = Code(description: "HMAC failure")
        /// The payload was changed, cut off or extended.
        package static let payload = Code(description: "payload failure")
        /// None of the given keys opens the file, or the passphrase is wrong.
        package static let noMatch = Code(description: "no match")
        /// The file is armored, which is not supported.
        package static let armored = Code(description: "armored")
        /// A recipient's text is none that can be used here.
        package static let recipient = Code(description: "unusable recipient")
        /// A file of identities has something in it that cannot be used here.
        package static let identity = Code(description: "unusable identity")
        /// Reading the sealed bytes, or writing them, failed.
        package static let transfer = Code(description: "input or output failure")
        /// OpenSSL refused; on a sound installation this does not happen.
        package static let `internal` = Code(description: "internal")
    }

    package let code: Code
    package let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { "\(code): \(message)" }
}

extension AgeError {
    /// A header that breaks the format's grammar.
    static func header(_ what: String) -> AgeError {
        AgeError(.header, "this is no sound age file: \(what)")
    }

    /// A payload that is not the one that was sealed.
    static func payload(_ what: String) -> AgeError {
        AgeError(.payload, "\(what); the file is damaged or incomplete, use another copy of it")
    }

    static func `internal`(_ what: String) -> AgeError {
        AgeError(.internal, "\(what) failed in OpenSSL")
    }
}
