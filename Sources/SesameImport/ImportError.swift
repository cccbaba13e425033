/// Why a file of another program gives no login.
package struct ImportError: Error, Sendable, Equatable {
    /// What kind of failure it is.
    package enum Code: Sendable {
        /// It is not what that program writes.
        case malformed
        /// It is that program's, and has something that Sesame cannot take over.
        case unsupported
        /// The password is missing, or is not the one that it was sealed with.
        case wrongPassword
        /// The machine has no room for the work.
        case busy
    }

    package let code: Code
    /// One sentence, lower case, without a full stop; text from the file in it is sanitised.
    package let message: String
    /// What to do next, where that is known.
    package let hints: [String]

    package init(_ code: Code, _ message: String, hints: [String] = []) {
        self.code = code
        self.message = message
        self.hints = hints
    }

    static let noRefreshToken = ImportError(
        .unsupported, "it has no refresh token: nobody is logged in to it")
}
