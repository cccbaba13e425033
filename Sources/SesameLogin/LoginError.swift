/// Why a callback could not be awaited, or did not come.
package struct LoginError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure.
    package struct Code: Hashable, Sendable {
        /// A stable name for logs.
        package let name: String
        private init(_ name: String) { self.name = name }

        /// The redirect URI is not one that this machine can listen on.
        package static let badRedirectURI = Code("bad_redirect_uri")
        /// Somebody else listens on the registered port.
        package static let portTaken = Code("port_taken")
        /// The system would not let us listen.
        package static let cannotListen = Code("cannot_listen")
        /// Nobody called back in time.
        package static let timeout = Code("timeout")
        /// The waiting task was cancelled.
        package static let cancelled = Code("cancelled")
    }

    /// The kind of failure.
    package let code: Code
    /// Words for a person, nothing from a request among them.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { "\(code.name): \(message)" }

    /// Somebody else listens on that port.
    package static func portTaken(_ port: UInt16) -> LoginError {
        LoginError(.portTaken, "port \(port) of this machine is in use by another program")
    }
}
